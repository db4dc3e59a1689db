import { beforeEach, describe, expect, it } from 'vitest';
import { directConversation } from '../../../shared/conversation.ts';
import type { MessageId } from '../../../shared/ids.ts';
import { contentText } from '../../../shared/content-text.ts';
import { textMessage, type SimulatedClient } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

let chat: ChatFixture;
beforeEach(() => {
  chat = new ChatFixture();
});

/** The stopped server loses its data, and `newcomer` takes the nickname first. All others register again. */
function takesTheName(newcomer: SimulatedClient, ...others: SimulatedClient[]): void {
  chat.server.wipe();
  chat.server.start();
  newcomer.start();
  chat.simulation.until(
    'the newcomer is seen, and sees',
    () => others.every((other) => other.sees(newcomer) && newcomer.sees(other)),
    60_000,
  );
}

function keyConflictOf(viewer: SimulatedClient, { key }: { readonly key: string }) {
  return viewer.role.contacts().find((contact) => contact.key === key)?.keyConflict;
}

function deliveryOf(sender: SimulatedClient, peer: SimulatedClient, id: MessageId) {
  return sender.messagesWith(peer).find((message) => message.id === id)?.delivery;
}

describe('a nickname with another key', () => {
  it('PROTOCOL 6.40: is shown, and no message goes to either key until the user decides', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const before = bob.say(alice, 'hello');
    chat.simulation.until('delivered', () => bob.stateOf(before) === 'delivered');
    bob.kill();
    chat.simulation.until('away', () => !alice.sees(bob));
    chat.server.kill();
    const waiting = alice.say(bob, 'are you there?');
    const bobAgain = chat.client('bob');
    takesTheName(bobAgain, alice);
    expect(keyConflictOf(alice, bob)).toEqual({ type: 'changed', newKey: bobAgain.key, refused: false });
    expect(keyConflictOf(alice, bobAgain)).toEqual({ type: 'not-pinned', pinned: bob.key, refused: false });
    chat.simulation.pass(60_000);
    expect(deliveryOf(alice, bob, waiting)).toEqual({
      state: 'waiting',
      nextAttemptAtMs: null,
      reason: 'key-changed',
    });
    for (const one of [bob, bobAgain]) {
      const id = chat.simulation.newMessageId();
      const result = alice.command((client, now) => client.write(now, textMessage(id, one.key, 'x')));
      expect(result).toMatchObject({ status: 'refused', code: 'key-changed' });
    }
    // The messages of the other key are kept apart.
    const sent = bobAgain.say(alice, 'it is me');
    chat.simulation.until('delivered', () => bobAgain.stateOf(sent) === 'delivered');
    expect(alice.textsFrom(bob)).toEqual(['hello']);
    expect(alice.textsFrom(bobAgain)).toEqual(['it is me']);
    expect(bobAgain.textsFrom(alice)).toEqual([]);
  });

  it('continues the conversation after it is accepted, and sends what waited under the same ids and in order', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const ids = [alice.say(bob, 'one')];
    chat.simulation.until('delivered', () => alice.stateOf(ids[0]!) === 'delivered');
    bob.kill();
    chat.simulation.until('away', () => !alice.sees(bob));
    ids.push(alice.say(bob, 'two'));
    chat.simulation.until('stored', () => alice.stateOf(ids[1]!) === 'stored');
    chat.server.kill();
    ids.push(alice.say(bob, 'three'));
    const bobAgain = chat.client('bob');
    takesTheName(bobAgain, alice);
    const sent = bobAgain.say(alice, 'new phone');
    chat.simulation.until('delivered', () => bobAgain.stateOf(sent) === 'delivered');
    expect(alice.command((client, now) => client.acceptKey(now, bob.key, bobAgain.key))).toEqual({
      status: 'done',
    });
    ids.push(alice.say(bobAgain, 'four'));
    chat.simulation.until('delivered', () => ids.every((id) => alice.stateOf(id) === 'delivered'));
    expect(bobAgain.textsFrom(alice)).toEqual(['two', 'three', 'four']);
    expect(alice.messagesWith(bobAgain).map(({ content }) => contentText(content))).toEqual([
      'one',
      'two',
      'three',
      'new phone',
      'four',
    ]);
    expect(alice.role.contacts().filter(({ nickname }) => nickname === 'bob')).toHaveLength(1);
    expect(alice.events.filter(({ type }) => type === 'key-accepted')).toEqual([
      { type: 'key-accepted', peer: bob.key, key: bobAgain.key },
    ]);
    expect(alice.role.movedConversations()).toEqual([
      { from: directConversation(bob.key), to: directConversation(bobAgain.key) },
    ]);
    // The previous key is an unknown sender now, and cannot get the nickname back unnoticed.
    alice.kill();
    alice.start();
    chat.simulation.until('back', () => alice.isOnline && alice.sees(bobAgain));
    expect(keyConflictOf(alice, bobAgain)).toBeUndefined();
    expect(alice.role.contacts().some(({ key }) => key === bob.key)).toBe(false);
  });

  it('lets commands for the old conversation reach the new one, as a tab may have kept them', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const said = bob.say(alice, 'hello');
    chat.simulation.until('delivered', () => bob.stateOf(said) === 'delivered');
    bob.kill();
    chat.simulation.until('away', () => !alice.sees(bob));
    chat.server.kill();
    const bobAgain = chat.client('bob');
    takesTheName(bobAgain, alice);
    alice.command((client, now) => client.acceptKey(now, bob.key, bobAgain.key));
    const id = alice.say(bob, 'is it you?');
    const withOldKey = directConversation(bob.key);
    expect(alice.command((client, now) => client.markRead(now, withOldKey, said))).toEqual({
      status: 'done',
    });
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bobAgain.textsFrom(alice)).toEqual(['is it you?']);
    const withNewKey = alice.role
      .conversations()
      .find(({ conversation }) => conversation === directConversation(bobAgain.key));
    expect(withNewKey?.unread).toBe(0);
    expect(withNewKey?.messages.map((message) => message.id)).toEqual([said, id]);
  });

  it('keeps the old key after it is refused, and sends what waited when the old key returns', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.kill();
    chat.simulation.until('away', () => !alice.sees(bob));
    const mallory = chat.client('bob');
    chat.server.kill();
    takesTheName(mallory, alice);
    alice.command((client, now) => client.refuseKey(now, bob.key, mallory.key));
    expect(keyConflictOf(alice, bob)).toEqual({ type: 'changed', newKey: mallory.key, refused: true });
    const id = alice.say(bob, 'for the real one');
    chat.simulation.pass(60_000);
    expect(mallory.textsFrom(alice)).toEqual([]);
    mallory.kill();
    chat.server.kill();
    takesTheName(bob, alice);
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered', 120_000);
    expect(bob.textsFrom(alice)).toEqual(['for the real one']);
    expect(keyConflictOf(alice, bob)).toBeUndefined();
  });

  it('is still in conflict for the next process, even without a server', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.kill();
    chat.simulation.until('away', () => !alice.sees(bob));
    const mallory = chat.client('bob');
    chat.server.kill();
    takesTheName(mallory, alice);
    chat.server.kill();
    alice.kill();
    alice.start();
    expect(keyConflictOf(alice, bob)).toMatchObject({ type: 'changed', newKey: mallory.key });
    expect(keyConflictOf(alice, mallory)).toMatchObject({ type: 'not-pinned', pinned: bob.key });
  });

  it('cannot be accepted or refused when no server offered it', () => {
    const [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
    const notOffered = { status: 'refused', code: 'key-not-offered' };
    expect(alice.command((client, now) => client.acceptKey(now, bob.key, carol.key))).toMatchObject(
      notOffered,
    );
    expect(alice.command((client, now) => client.refuseKey(now, bob.key, carol.key))).toMatchObject(
      notOffered,
    );
  });
});

describe('another server at the same address', () => {
  it('PROTOCOL 6.41: gets no registration and does not learn the client’s identity until the user accepts its key', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    chat.server.kill();
    bob.kill();
    const id = alice.say(bob, 'kept');
    chat.server.wipe({ newKey: true });
    chat.server.start();
    chat.simulation.until('refused', () => alice.role.session().phase === 'refused', 60_000);
    const session = alice.role.session();
    expect(session).toMatchObject({ phase: 'refused', code: 'server-key-changed' });
    chat.simulation.pass(60_000);
    expect(chat.server.changes.filter(({ type }) => type === 'registered')).toHaveLength(2);
    if (session.phase !== 'refused' || session.foundServer === undefined) throw new Error('no key was told');
    const found = session.foundServer.key;
    alice.command((client, now) => client.acceptServerKey(now, found));
    chat.simulation.until('online', () => alice.isOnline);
    bob.start();
    chat.simulation.until('refused', () => bob.role.session().phase === 'refused', 60_000);
    bob.command((client, now) => client.acceptServerKey(now, found));
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered', 120_000);
    expect(bob.textsFrom(alice)).toEqual(['kept']);
    // It is pinned instead of the other one: the next process does not ask.
    alice.kill();
    alice.start();
    chat.simulation.until('online again', () => alice.isOnline);
  });

  it('is left again when the user retries and the pinned server answers', () => {
    const [alice] = chat.online('alice');
    const { server, simulation } = chat;
    const right = server.identity;
    server.kill();
    server.wipe({ newKey: true });
    server.start();
    simulation.until('refused', () => alice.role.session().phase === 'refused', 60_000);
    server.kill();
    server.identity = right;
    server.start();
    alice.handleNetworkChange('addresses');
    simulation.until('online', () => alice.isOnline, 60_000);
  });
});
