import { beforeEach, describe, expect, it } from 'vitest';
import { directConversation } from '../../../shared/conversation.ts';
import { textMessage } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

let chat: ChatFixture;
beforeEach(() => {
  chat = new ChatFixture();
});

describe('the original, row by row (DESIGN section 10)', () => {
  it('clients: everybody has the client table, kept current without asking', () => {
    const [alice] = chat.online('alice', 'bob', 'carol');
    expect(
      alice.role
        .people()
        .map(({ nickname }) => nickname)
        .sort(),
    ).toEqual(['alice', 'bob', 'carol']);
  });

  it('send: a message goes directly, and is delivered when the recipient has it on disk', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const id = alice.say(bob, 'hello');
    chat.world.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['hello']);
    expect(chat.server.changes.some(({ type }) => type === 'stored')).toBe(false);
  });

  it('send to somebody offline: waits on the server, arrives at the return, which is announced', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.command((client, now) => client.deregister(now));
    chat.world.until('bob is offline for alice', () => !alice.sees(bob));
    const first = alice.say(bob, 'one');
    const second = alice.say(bob, 'two');
    chat.world.until('stored', () => alice.stateOf(first) === 'stored' && alice.stateOf(second) === 'stored');
    bob.command((client, now) => client.register(now));
    chat.world.until('delivered later', () => alice.stateOf(second) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['one', 'two']);
    expect(bob.events).toContainEqual({ type: 'waiting-messages', count: 2 });
    expect(alice.events).toContainEqual({
      type: 'delivery',
      conversation: directConversation(bob.key),
      id: second,
      delivery: { state: 'delivered', later: true },
    });
  });

  it('send to somebody who does not answer: the server tries, marks offline, tells everybody, stores', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.kill();
    const id = alice.say(bob, 'are you there?');
    chat.world.until('stored', () => alice.stateOf(id) === 'stored', 15_000);
    chat.world.until('offline for everybody', () => !alice.sees(bob));
    expect(chat.server.changes).toContainEqual({ type: 'departed', nickname: 'bob', cause: 'unreachable' });
    bob.start();
    chat.world.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['are you there?']);
  });

  it('a server that is asked to store for somebody online delivers, and tells the sender so', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    // The two cannot reach each other directly; both reach the chat.server.
    chat.part(alice, bob);
    const id = alice.say(bob, 'by the server');
    chat.world.until('delivered', () => alice.stateOf(id) === 'delivered', 15_000);
    expect(bob.textsFrom(alice)).toEqual(['by the server']);
    expect(alice.events).toContainEqual({
      type: 'delivered-by-server',
      conversation: directConversation(bob.key),
      id,
    });
    expect(alice.sees(bob)).toBe(true);
  });

  it('dereg: offline in the server’s table, and everybody is told', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    alice.command((client, now) => client.deregister(now));
    chat.world.until('offline', () => alice.role.session().phase === 'offline' && !bob.sees(alice), 2_000);
  });

  it('a nickname that somebody has is refused with a suggestion, whether its owner is online or not', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const impostor = chat.world
      .client('BOB', chat.world.host('impostor', '10.0.0.99/24'), chat.server.address)
      .start();
    chat.world.until('refused', () => impostor.role.session().phase === 'refused');
    expect(impostor.role.session()).toMatchObject({ code: 'nickname-taken', suggestion: 'BOB2' });
    bob.command((client, now) => client.deregister(now));
    chat.world.until('bob offline', () => !alice.sees(bob));
    impostor.command((client, now) => client.register(now));
    chat.world.until(
      'refused again',
      () => impostor.events.filter(({ type }) => type === 'session').length >= 3,
    );
    chat.world.pass(5_000);
    expect(impostor.role.session().phase).toBe('refused');
  });

  it('a client that was killed returns to its nickname at once, while the server still believes it online', () => {
    const [, bob] = chat.online('alice', 'bob');
    bob.kill();
    bob.start();
    chat.world.until('back', () => bob.isOnline, 1_000);
  });

  it('an unknown person: nothing is sent', () => {
    const [alice, bob] = [chat.person('alice'), chat.person('bob')];
    alice.start();
    chat.world.until('online', () => alice.isOnline);
    const id = chat.world.newMessageId();
    expect(alice.command((client, now) => client.send(now, textMessage(id, bob.key, 'x')))).toMatchObject({
      status: 'refused',
      code: 'unknown-recipient',
    });
    expect(alice.store.messages.find(id)).toBeUndefined();
  });

  it('a silent server: told so, tried again until it answers', () => {
    const alice = chat.person('alice');
    chat.server.kill();
    alice.start();
    chat.world.until('told', () => alice.role.session().phase === 'unreachable', 5_000);
    chat.world.pass(30_000);
    chat.server.start();
    chat.world.until('online', () => alice.isOnline, 15_000);
  });
});
