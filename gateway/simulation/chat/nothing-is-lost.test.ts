import { beforeEach, describe, expect, it } from 'vitest';
import { textMessage } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

let chat: ChatFixture;
beforeEach(() => {
  chat = new ChatFixture();
});

describe('nothing is lost', () => {
  it('a message typed while everything is away leaves when somebody is back', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.kill();
    chat.server.kill();
    chat.world.pass(60_000);
    const id = alice.say(bob, 'patience');
    chat.world.pass(10_000);
    expect(alice.stateOf(id)).toBe('waiting');
    chat.server.start();
    chat.world.until('stored', () => alice.stateOf(id) === 'stored');
    bob.start();
    chat.world.until('delivered', () => alice.stateOf(id) === 'delivered');
  });

  it('people who have spoken directly go on talking while the server is away', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const hello = alice.say(bob, 'hello');
    chat.world.until('delivered', () => alice.stateOf(hello) === 'delivered', 15_000);
    alice.kill();
    alice.start();
    chat.world.until('alice is back', () => alice.isOnline && bob.sees(alice));
    chat.server.kill();
    chat.world.pass(60_000);
    const id = alice.say(bob, 'still here');
    chat.world.until('delivered', () => alice.stateOf(id) === 'delivered', 15_000);
  });

  it('a sender that is killed before it could send, sends after its return', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    chat.part(alice, bob);
    const id = alice.say(bob, 'saved');
    alice.kill();
    chat.heal(alice, bob);
    alice.start();
    chat.world.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['saved']);
  });

  it('the server restarts with mail: nothing is lost, nothing doubled, and its clients come back by themselves', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.command((client, now) => client.deregister(now));
    chat.world.until('bob away', () => !alice.sees(bob));
    const id = alice.say(bob, 'kept');
    chat.world.until('stored', () => alice.stateOf(id) === 'stored');
    chat.server.kill();
    chat.world.pass(3_000);
    chat.server.start();
    chat.world.until(
      'alice is back',
      () => chat.server.changes.filter((c) => c.type === 'registered' && c.nickname === 'alice').length === 2,
      5_000,
    );
    bob.command((client, now) => client.register(now));
    chat.world.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['kept']);
    expect(bob.timesAnnounced(id)).toBe(1);
  });

  it('a server that lost its disk is offered again what it had stored', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.kill();
    const id = alice.say(bob, 'twice offered');
    chat.world.until('stored', () => alice.stateOf(id) === 'stored', 15_000);
    chat.server.kill();
    chat.server.wipe();
    chat.server.start();
    chat.world.until('alice is back', () => alice.isOnline && alice.role.people().length > 0, 60_000);
    chat.world.pass(5_000);
    bob.start();
    chat.world.until('delivered', () => alice.stateOf(id) === 'delivered', 120_000);
    expect(bob.textsFrom(alice)).toEqual(['twice offered']);
  });

  it('a receipt for somebody who is away waits too', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.command((client, now) => client.deregister(now));
    chat.world.until('bob away', () => !alice.sees(bob));
    const id = alice.say(bob, 'see you');
    chat.world.until('stored', () => alice.stateOf(id) === 'stored');
    alice.command((client, now) => client.deregister(now));
    chat.world.until('alice away', () => alice.role.session().phase === 'offline');
    bob.command((client, now) => client.register(now));
    chat.world.until('bob has it', () => bob.textsFrom(alice).length === 1);
    chat.world.pass(5_000);
    alice.command((client, now) => client.register(now));
    chat.world.until('delivered', () => alice.stateOf(id) === 'delivered');
  });

  it('a client that vanishes is offline for everybody within 45 s', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.kill();
    chat.world.until('offline', () => !alice.sees(bob), 45_500);
  });

  it('16 KiB arrive whole, and not a byte more is taken', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const text = 'ü'.repeat(8 * 1024);
    const id = alice.say(bob, text);
    chat.world.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual([text]);
    const tooLong = chat.world.newMessageId();
    expect(
      alice.command((client, now) => client.send(now, textMessage(tooLong, bob.key, `${text}!`))),
    ).toMatchObject({
      status: 'refused',
      code: 'message-too-long',
    });
  });
});
