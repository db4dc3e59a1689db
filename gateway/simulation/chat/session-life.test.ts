import { describe, expect, it } from 'vitest';
import { ChatFixture } from './chat-fixture.ts';

describe('coming online', () => {
  it('PROTOCOL 6.9: is retried by the client itself when the server first takes others, without a user’s request', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const alice = chat.client('alice');
    let refusals = 0;
    server.byzantineReplies = (to, message) => {
      if (message.kind !== 'registered' || refusals === 5) return [[to, message]];
      refusals++;
      const { registration } = message;
      // A code of a later version does not matter: the advice does.
      const code = refusals % 2 === 0 ? 'too-often' : 'not-before-noon';
      const rejection = { kind: 'register-rejected', registration, code, suggestion: null } as const;
      return [[to, { ...rejection, retryAfterMs: 700 }]];
    };
    alice.start();
    simulation.until('refused often', () => refusals === 5);
    simulation.until('online', () => alice.isOnline);
    expect(alice.events.some((event) => event.type === 'session' && event.session.phase === 'refused')).toBe(
      false,
    );
  });
});

describe('a lying server', () => {
  it('suggests no nickname that could not be one', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const alice = chat.client('alice');
    server.byzantineReplies = (to, message) => {
      if (message.kind !== 'registered') return [[to, message]];
      const { registration } = message;
      const suggestion = 'alice\u202E2';
      return [[to, { kind: 'register-rejected', registration, code: 'nickname-taken', suggestion }]];
    };
    alice.start();
    simulation.until('refused', () => alice.role.session().phase === 'refused');
    expect(alice.role.session()).toMatchObject({ code: 'nickname-taken', suggestion: null });
  });
});

describe('a server that does not answer', () => {
  it('PROTOCOL 6.70: is dialed again after 0.5 s, and after twice as long each time, up to 10 s', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice] = chat.online('alice');
    simulation.pass(5_000);
    server.kill();
    const waitsMs: number[] = [];
    let shown: number | null = null;
    while (waitsMs.length < 7) {
      simulation.pass(10);
      const session = alice.role.session();
      const nextAttemptAtMs = session.phase === 'unreachable' ? session.nextAttemptAtMs : null;
      if (nextAttemptAtMs !== null && nextAttemptAtMs !== shown)
        waitsMs.push(nextAttemptAtMs - simulation.network.clock.now().wallMs);
      shown = nextAttemptAtMs;
    }
    // Seen up to 10 ms after the wait began.
    expect(waitsMs.map((waitMs) => Math.ceil(waitMs / 100) * 100)).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
  });
});

describe('going offline', () => {
  it('PROTOCOL 6.73: is shown when the server has confirmed it, and not before', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice] = chat.online('alice', 'bob');
    alice.command((client, now) => client.deregister(now));
    expect(alice.role.session().phase).toBe('online');
    simulation.until('offline', () => alice.role.session().phase === 'offline', 1_000);
    expect(server.changes.at(-1)).toEqual({ type: 'departed', nickname: 'alice', cause: 'deregistered' });
  });

  it('completes even when the server is out of reach', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice] = chat.online('alice');
    server.kill();
    alice.command((client, now) => client.deregister(now));
    simulation.until('offline', () => alice.role.session().phase === 'offline', 4_500);
  });

  it('completes even when the disk refuses what arrives at the same time', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice] = chat.online('alice', 'bob');
    // The next change of the roster is published at once.
    simulation.pass(1_000);
    chat.client('carol').start();
    // The roster with Carol is on its way to Alice now.
    simulation.until('carol is registered', () =>
      chat.server.changes.some((change) => change.type === 'registered' && change.nickname === 'carol'),
    );
    alice.isDiskFull = true;
    alice.command((client, now) => client.deregister(now));
    simulation.pass(20_000);
    expect(simulation.faults.length).toBeGreaterThan(0);
    expect(alice.role.session().phase).toBe('offline');
  });

  it('takes one round trip, even when an earlier dial was given up', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const alice = chat.client('alice').start();
    alice.command((client, now) => client.deregister(now));
    alice.command((client, now) => client.register(now));
    simulation.until('online', () => alice.isOnline, 1_000);
    alice.command((client, now) => client.deregister(now));
    simulation.until('offline', () => alice.role.session().phase === 'offline', 100);
  });

  it('ends online when the user registers again before the server has answered', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    alice.command((client, now) => client.deregister(now));
    alice.command((client, now) => client.register(now));
    simulation.pass(5_000);
    expect(alice.isOnline).toBe(true);
    expect(bob.sees(alice)).toBe(true);
  });
});

describe('a session with a fault of its disk', () => {
  it('stays refused, and still shows the user what to do', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    chat.online('bob');
    const impostor = simulation
      .client('BOB', simulation.host('impostor', '10.0.0.99/24'), server.address)
      .start();
    simulation.until('refused', () => impostor.role.session().phase === 'refused');
    impostor.isDiskFull = true;
    expect(() => impostor.say(impostor, 'a note')).toThrow();
    expect(impostor.role.session()).toMatchObject({ phase: 'refused', suggestion: 'BOB2' });
  });

  it('waits for the server and shows the time of the next attempt, as after any interruption', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    alice.isDiskFull = true;
    expect(() => alice.say(bob, 'not saved')).toThrow();
    expect(alice.role.session().phase).toBe('unreachable');
    alice.isDiskFull = false;
    simulation.faults.length = 0;
    simulation.until('back', () => alice.isOnline, 5_000);
  });

  it('is retried with growing waits, even when the disk takes the registration but no message', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    chat.part(alice, bob);
    alice.isDiskNearlyFull = true;
    bob.say(alice, 'there is no room for this');
    simulation.pass(120_000);
    expect(simulation.faults.length).toBeGreaterThan(1);
    expect(simulation.faults.length).toBeLessThan(20);
    alice.isDiskNearlyFull = false;
    simulation.faults.length = 0;
    simulation.until('there is room', () => alice.textsFrom(bob).length === 1);
  });
});
