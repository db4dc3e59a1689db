import { describe, expect, it } from 'vitest';
import { ChatFixture } from './chat-fixture.ts';

describe('coming online', () => {
  it('PROTOCOL 6.9: goes on by itself where others came first, and the person need not ask again', () => {
    const chat = new ChatFixture();
    const { world, server } = chat;
    const alice = chat.person('alice');
    let refusals = 0;
    server.lies = (to, said) => {
      if (said.kind !== 'registered' || refusals === 5) return [[to, said]];
      refusals++;
      const { registration } = said;
      return [[to, { kind: 'register-rejected', registration, code: 'too-often', suggestion: null }]];
    };
    alice.start();
    world.until('refused often', () => refusals === 5);
    world.until('online', () => alice.isOnline);
    expect(alice.events.some((event) => event.type === 'session' && event.session.phase === 'refused')).toBe(
      false,
    );
  });
});

describe('going offline', () => {
  it('is said when the server has confirmed it, not before', () => {
    const chat = new ChatFixture();
    const { world, server } = chat;
    const [alice] = chat.online('alice', 'bob');
    alice.command((client, now) => client.deregister(now));
    expect(alice.role.session().phase).toBe('online');
    world.until('offline', () => alice.role.session().phase === 'offline', 1_000);
    expect(server.changes.at(-1)).toEqual({ type: 'departed', nickname: 'alice', cause: 'deregistered' });
  });

  it('comes to an end when the server is out of reach, too', () => {
    const chat = new ChatFixture();
    const { world, server } = chat;
    const [alice] = chat.online('alice');
    server.kill();
    alice.command((client, now) => client.deregister(now));
    world.until('offline', () => alice.role.session().phase === 'offline', 4_500);
  });

  it('comes to an end when the disk refuses what arrives meanwhile', () => {
    const chat = new ChatFixture();
    const { world } = chat;
    const [alice] = chat.online('alice', 'bob');
    // The next change of the roster is told at once.
    world.pass(1_000);
    chat.person('carol').start();
    // The news of carol is on its way to alice now.
    world.until('carol is registered', () =>
      chat.server.changes.some((change) => change.type === 'registered' && change.nickname === 'carol'),
    );
    alice.isDiskFull = true;
    alice.command((client, now) => client.deregister(now));
    world.pass(20_000);
    expect(world.faults.length).toBeGreaterThan(0);
    expect(alice.role.session().phase).toBe('offline');
  });

  it('takes one round trip also when an earlier dial was given up on the way', () => {
    const chat = new ChatFixture();
    const { world } = chat;
    const alice = chat.person('alice').start();
    alice.command((client, now) => client.deregister(now));
    alice.command((client, now) => client.register(now));
    world.until('online', () => alice.isOnline, 1_000);
    alice.command((client, now) => client.deregister(now));
    world.until('offline', () => alice.role.session().phase === 'offline', 100);
  });

  it('and coming back before the server has answered ends online', () => {
    const chat = new ChatFixture();
    const { world } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    alice.command((client, now) => client.deregister(now));
    alice.command((client, now) => client.register(now));
    world.pass(5_000);
    expect(alice.isOnline).toBe(true);
    expect(bob.sees(alice)).toBe(true);
  });
});

describe('a session over a fault of its disk', () => {
  it('stays refused: the person has to do something, and sees what', () => {
    const chat = new ChatFixture();
    const { world, server } = chat;
    chat.online('bob');
    const impostor = world.client('BOB', world.host('impostor', '10.0.0.99/24'), server.address).start();
    world.until('refused', () => impostor.role.session().phase === 'refused');
    impostor.isDiskFull = true;
    expect(() => impostor.say(impostor, 'a note')).toThrow();
    expect(impostor.role.session()).toMatchObject({ phase: 'refused', suggestion: 'BOB2' });
  });

  it('is out of reach of the server and says when it tries again, as at any other interruption', () => {
    const chat = new ChatFixture();
    const { world } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    alice.isDiskFull = true;
    expect(() => alice.say(bob, 'not saved')).toThrow();
    expect(alice.role.session().phase).toBe('unreachable');
    alice.isDiskFull = false;
    world.faults.length = 0;
    world.until('back', () => alice.isOnline, 5_000);
  });

  it('is tried with ever longer waits also where the disk takes the registration but no message', () => {
    const chat = new ChatFixture();
    const { world } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    chat.part(alice, bob);
    alice.isDiskNearlyFull = true;
    bob.say(alice, 'there is no room for this');
    world.pass(120_000);
    expect(world.faults.length).toBeGreaterThan(1);
    expect(world.faults.length).toBeLessThan(20);
    alice.isDiskNearlyFull = false;
    world.faults.length = 0;
    world.until('there is room', () => alice.textsFrom(bob).length === 1);
  });
});
