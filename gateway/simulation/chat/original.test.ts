import { beforeEach, describe, expect, it } from 'vitest';
import { directConversation } from '../../../shared/conversation.ts';
import { textMessage } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

let chat: ChatFixture;
beforeEach(() => {
  chat = new ChatFixture();
});

describe('the original program’s feature', () => {
  it('clients: each client has the client table, which stays current without a request', () => {
    const [alice] = chat.online('alice', 'bob', 'carol');
    expect(
      alice.role
        .contacts()
        .map(({ nickname }) => nickname)
        .sort(),
    ).toEqual(['alice', 'bob', 'carol']);
  });

  it('send: a message goes directly, and is delivered when the recipient has it on disk', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const id = alice.say(bob, 'hello');
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['hello']);
    expect(chat.server.changes.some(({ type }) => type === 'stored')).toBe(false);
  });

  it('send to an offline user: the message waits on the server and arrives at the user’s return, which is announced', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.command((client, now) => client.deregister(now));
    chat.simulation.until('bob is offline for alice', () => !alice.sees(bob));
    const first = alice.say(bob, 'one');
    const second = alice.say(bob, 'two');
    chat.simulation.until(
      'stored',
      () => alice.stateOf(first) === 'stored' && alice.stateOf(second) === 'stored',
    );
    bob.command((client, now) => client.register(now));
    chat.simulation.until('delivered later', () => alice.stateOf(second) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['one', 'two']);
    expect(bob.events).toContainEqual({ type: 'waiting-messages', count: 2 });
    expect(alice.events).toContainEqual({
      type: 'delivery',
      conversation: directConversation(bob.key),
      id: second,
      delivery: { state: 'delivered', later: true },
    });
  });

  it('send to a user that does not answer: the server tries, stores, and marks the user offline for all others', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.kill();
    const id = alice.say(bob, 'are you there?');
    chat.simulation.until('stored', () => alice.stateOf(id) === 'stored', 15_000);
    chat.simulation.until('offline for everybody', () => !alice.sees(bob));
    expect(chat.server.changes).toContainEqual({ type: 'departed', nickname: 'bob', cause: 'unreachable' });
    bob.start();
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.textsFrom(alice)).toEqual(['are you there?']);
  });

  it('store for an online user: the server delivers instead, and tells the sender', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    // The two cannot reach each other directly. Both reach the server.
    chat.part(alice, bob);
    const id = alice.say(bob, 'by the server');
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered', 15_000);
    expect(bob.textsFrom(alice)).toEqual(['by the server']);
    expect(alice.events).toContainEqual({
      type: 'delivered-by-server',
      conversation: directConversation(bob.key),
      id,
    });
    expect(alice.sees(bob)).toBe(true);
  });

  it('dereg: the user is offline in the server’s table and for all others', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    alice.command((client, now) => client.deregister(now));
    chat.simulation.until(
      'offline',
      () => alice.role.session().phase === 'offline' && !bob.sees(alice),
      2_000,
    );
  });

  it('taken nickname: the server refuses it with a suggestion, even while its owner is offline', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const impostor = chat.simulation
      .client('BOB', chat.simulation.host('impostor', '10.0.0.99/24'), chat.server.address)
      .start();
    chat.simulation.until('refused', () => impostor.role.session().phase === 'refused');
    expect(impostor.role.session()).toMatchObject({ code: 'nickname-taken', suggestion: 'BOB2' });
    bob.command((client, now) => client.deregister(now));
    chat.simulation.until('bob offline', () => !alice.sees(bob));
    impostor.command((client, now) => client.register(now));
    chat.simulation.until(
      'refused again',
      () => impostor.events.filter(({ type }) => type === 'session').length >= 3,
    );
    chat.simulation.pass(5_000);
    expect(impostor.role.session().phase).toBe('refused');
  });

  it('restart: a killed client gets its nickname again at once, while the server still lists it as online', () => {
    const [, bob] = chat.online('alice', 'bob');
    bob.kill();
    bob.start();
    chat.simulation.until('back', () => bob.isOnline, 1_000);
  });

  it('unknown user: the client sends nothing', () => {
    const [alice, bob] = [chat.client('alice'), chat.client('bob')];
    alice.start();
    chat.simulation.until('online', () => alice.isOnline);
    const id = chat.simulation.newMessageId();
    expect(alice.command((client, now) => client.write(now, textMessage(id, bob.key, 'x')))).toMatchObject({
      status: 'refused',
      code: 'unknown-recipient',
    });
    expect(alice.store.messages.find(id)).toBeUndefined();
  });

  it('silent server: the client reports it, and retries until the server answers', () => {
    const alice = chat.client('alice');
    chat.server.kill();
    alice.start();
    chat.simulation.until('told', () => alice.role.session().phase === 'unreachable', 5_000);
    chat.simulation.pass(30_000);
    chat.server.start();
    chat.simulation.until('online', () => alice.isOnline, 15_000);
  });
});
