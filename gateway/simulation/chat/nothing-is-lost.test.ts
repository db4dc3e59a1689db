import { beforeEach, describe, expect, it } from 'vitest';
import { textMessage } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

let chat: ChatFixture;
beforeEach(() => {
  chat = new ChatFixture();
});

describe('undelivered messages', () => {
  it('leave the outbox when a server or peer returns', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.kill();
    chat.server.kill();
    chat.simulation.pass(60_000);
    const id = alice.say(bob, 'patience');
    chat.simulation.pass(10_000);
    expect(alice.stateOf(id)).toBe('waiting');
    chat.server.start();
    chat.simulation.until('stored', () => alice.stateOf(id) === 'stored');
    bob.start();
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered');
  });

  it('PROTOCOL 6.71: travel directly between connected peers while the server is away', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const hello = alice.say(bob, 'hello');
    chat.simulation.until('delivered', () => alice.stateOf(hello) === 'delivered', 15_000);
    alice.kill();
    alice.start();
    chat.simulation.until('alice is back', () => alice.isOnline && bob.sees(alice));
    chat.server.kill();
    chat.simulation.pass(60_000);
    const id = alice.say(bob, 'still here');
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered', 15_000);
  });

  it('are sent after a restart when the sender was killed before it could send them', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    chat.part(alice, bob);
    const id = alice.say(bob, 'saved');
    alice.kill();
    chat.heal(alice, bob);
    alice.start();
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['saved']);
  });

  it('survive a restart of the server that holds them, without a loss or duplicate, and its clients reconnect', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.command((client, now) => client.deregister(now));
    chat.simulation.until('bob away', () => !alice.sees(bob));
    const id = alice.say(bob, 'kept');
    chat.simulation.until('stored', () => alice.stateOf(id) === 'stored');
    chat.server.kill();
    chat.simulation.pass(3_000);
    chat.server.start();
    chat.simulation.until(
      'alice is back',
      () => chat.server.changes.filter((c) => c.type === 'registered' && c.nickname === 'alice').length === 2,
      5_000,
    );
    bob.command((client, now) => client.register(now));
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['kept']);
    expect(bob.timesAnnounced(id)).toBe(1);
  });

  it('are offered again to a server that lost its disk', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.kill();
    const id = alice.say(bob, 'twice offered');
    chat.simulation.until('stored', () => alice.stateOf(id) === 'stored', 15_000);
    chat.server.kill();
    chat.server.wipe();
    chat.server.start();
    chat.simulation.until('alice is back', () => alice.isOnline && alice.role.contacts().length > 0, 60_000);
    chat.simulation.pass(5_000);
    bob.start();
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered', 120_000);
    expect(bob.textsFrom(alice)).toEqual(['twice offered']);
  });

  it('include a receipt for a sender that is away', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.command((client, now) => client.deregister(now));
    chat.simulation.until('bob away', () => !alice.sees(bob));
    const id = alice.say(bob, 'see you');
    chat.simulation.until('stored', () => alice.stateOf(id) === 'stored');
    alice.command((client, now) => client.deregister(now));
    chat.simulation.until('alice away', () => alice.role.session().phase === 'offline');
    bob.command((client, now) => client.register(now));
    chat.simulation.until('bob has it', () => bob.textsFrom(alice).length === 1);
    chat.simulation.pass(5_000);
    alice.command((client, now) => client.register(now));
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered');
  });

  it('wait for a client that vanished, which is offline for all others within 45 s', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.kill();
    chat.simulation.until('offline', () => !alice.sees(bob), 45_500);
  });

  it('may have 16 KiB of text, and not a byte more', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const text = 'ü'.repeat(8 * 1024);
    const id = alice.say(bob, text);
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual([text]);
    const tooLong = chat.simulation.newMessageId();
    expect(
      alice.command((client, now) => client.write(now, textMessage(tooLong, bob.key, `${text}!`))),
    ).toMatchObject({
      status: 'refused',
      code: 'message-too-long',
    });
  });

  it.each(['', ' \n\t', '\u200b', '\u2800', '\u3164', '\u00ad', '\u202e\u0000'])(
    'is refused with message-empty if nothing of it can be seen: %j',
    (text) => {
      const [alice, bob] = chat.online('alice', 'bob');
      const id = chat.simulation.newMessageId();
      expect(alice.command((client, now) => client.write(now, textMessage(id, bob.key, text)))).toMatchObject(
        {
          status: 'refused',
          code: 'message-empty',
        },
      );
    },
  );
});
