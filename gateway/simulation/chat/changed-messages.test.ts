import { describe, expect, it } from 'vitest';
import type { ConversationContent } from '../../../shared/chat/content-kinds.ts';
import { encodeContent } from '../../../shared/chat/codec.ts';
import { digestFromBytes, installationIdFromBytes, type MessageId } from '../../../shared/ids.ts';

import { directConversation } from '../../../shared/conversation.ts';
import type { ChatMessage } from '../../../shared/message.ts';
import { ChatFixture } from './chat-fixture.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { ManualClientAtServer } from './manual-client.ts';

const poll = { kind: 'poll', question: 'Tea or coffee?', choices: ['tea', 'coffee'] } as const;

function pollContent(): ConversationContent {
  return { ...poll, choices: [...poll.choices] };
}

function reaction(of: MessageId, emoji: string, on = true): ConversationContent {
  return { kind: 'reaction', items: [{ of, emoji, on }] };
}

/** What is on the screen of `one` about its conversation with `other`. */
function screen(one: SimulatedClient, other: SimulatedClient) {
  return one.messagesWith(other).map(({ content, edited, reactions, votes, closed, acknowledgedBy }) => ({
    content,
    edited,
    reactions,
    votes,
    closed,
    acknowledgedBy,
  }));
}

/** What was announced to `one` as a new message of its conversation with `other`. */
function announcedBy(one: SimulatedClient, other: SimulatedClient): ChatMessage['content'][] {
  return one.events.flatMap((event) =>
    event.type === 'message' && event.message.conversation === directConversation(other.key)
      ? [event.message.content]
      : [],
  );
}

function messageAt(one: SimulatedClient, other: SimulatedClient, id: MessageId): ChatMessage | undefined {
  return one.messagesWith(other).find((message) => message.id === id);
}

function setUp(link: ConstructorParameters<typeof ChatFixture>[0] = {}) {
  const chat = new ChatFixture(link);
  const [alice, bob] = chat.online('alice', 'bob');
  const until = (what: string, isDone: () => boolean) => chat.simulation.until(what, isDone, 120_000);
  return { chat, simulation: chat.simulation, alice, bob, until };
}

describe('an offer of a file, between two people', () => {
  it('PROTOCOL 13.13: arrives as a message that others answer and react to, and its deletion takes it back', () => {
    const { alice, bob, until } = setUp();
    const root = digestFromBytes(new Uint8Array(32).fill(7));
    const file = { kind: 'file', name: 'plan.pdf', size: 3_000_000, type: 'application/pdf', root } as const;
    const offer = alice.write(bob, { ...file, preview: 'AAEC', text: 'as agreed' });
    until('the offer is there', () => bob.messagesWith(alice).length === 1);
    expect(messageAt(bob, alice, offer)?.content).toEqual({ ...file, preview: 'AAEC', text: 'as agreed' });
    bob.write(alice, reaction(offer, '👍'));
    until('the reaction', () => messageAt(alice, bob, offer)?.reactions?.length === 1);
    expect(alice.tryToWrite(bob, { kind: 'edit', of: offer, text: 'other' })).toMatchObject({
      code: 'cannot-change',
    });
    expect(alice.tryToWrite(bob, { ...file, name: '../plan.pdf' })).toMatchObject({
      code: 'file-name-not-allowed',
    });
    alice.write(bob, { kind: 'delete', of: offer });
    until('it is deleted', () => messageAt(bob, alice, offer)?.content.kind === 'deleted');
  });
});

describe('contents that change messages, between two people', () => {
  it('PROTOCOL 6.100: lead to the same messages on both screens, and to none of their own', () => {
    const { simulation, alice, bob, until } = setUp();
    const first = alice.say(bob, 'hello');
    const reply = alice.write(bob, { kind: 'reply', to: first, text: 'hello again' });
    const exam = alice.write(bob, { kind: 'announcement', text: 'Exam at 9', mentions: [bob.key] });
    const question = alice.write(bob, pollContent());
    until('all there', () => bob.messagesWith(alice).length === 4);
    alice.write(bob, { kind: 'edit', of: reply, text: 'hello to you' });
    alice.write(bob, { kind: 'delete', of: first });
    bob.write(alice, reaction(reply, '👍'));
    bob.write(alice, { kind: 'acknowledge', items: [exam] });
    bob.write(alice, { kind: 'vote', items: [{ of: question, choice: 1 }] });
    alice.write(bob, { kind: 'vote', items: [{ of: question, choice: 0 }] });
    until('all votes', () => messageAt(alice, bob, question)?.votes?.flat().length === 2);
    simulation.pass(2_000);
    alice.write(bob, { kind: 'close-poll', of: question });
    simulation.pass(2_000);
    const expected = [
      { content: { kind: 'deleted' } },
      {
        content: { kind: 'reply', to: first, text: 'hello to you' },
        edited: true,
        reactions: [{ emoji: '👍', keys: [bob.key] }],
      },
      {
        content: { kind: 'announcement', text: 'Exam at 9', mentions: [bob.key] },
        acknowledgedBy: [bob.key],
      },
      { content: pollContent(), votes: [[alice.key], [bob.key]], closed: true },
    ];
    expect(screen(alice, bob)).toEqual(expected);
    expect(screen(bob, alice)).toEqual(expected);
    expect(messageAt(bob, alice, exam)?.mentionsMe).toBe(true);
    expect(alice.tryToWrite(bob, { kind: 'vote', items: [{ of: question, choice: 1 }] })).toMatchObject({
      code: 'poll-closed',
    });
    expect(announcedBy(bob, alice)).toHaveLength(4);
  });

  it('PROTOCOL 10.35: count the same votes on both screens, where one is on its way when the poll ends', () => {
    const { simulation, alice, bob, until } = setUp();
    const question = alice.write(bob, pollContent());
    until('there', () => messageAt(bob, alice, question) !== undefined);
    simulation.pass(2_000);
    alice.write(bob, { kind: 'vote', items: [{ of: question, choice: 0 }] });
    // Both act before anything of the other one has arrived.
    bob.write(alice, { kind: 'vote', items: [{ of: question, choice: 1 }] });
    alice.write(bob, { kind: 'close-poll', of: question });
    simulation.pass(5_000);
    for (const [one, other] of [
      [alice, bob],
      [bob, alice],
    ] as const)
      expect(messageAt(one, other, question)).toMatchObject({ votes: [[alice.key], []], closed: true });
  });

  it('tell frontends of each change once, with the key that made it', () => {
    const { alice, bob, until } = setUp();
    const id = alice.say(bob, 'hello');
    until('delivered', () => alice.stateOf(id) === 'delivered');
    bob.write(alice, reaction(id, '👍'));
    until('seen', () => messageAt(alice, bob, id)?.reactions !== undefined);
    const changes = alice.events.flatMap((event) => (event.type === 'changed' ? [event.change] : []));
    expect(changes).toEqual([{ author: bob.key, kind: 'reaction', emoji: '👍', on: true }]);
    expect(bob.tryToWrite(alice, reaction(id, '👍'))).toEqual({ status: 'done' });
    expect(bob.events.filter(({ type }) => type === 'changed')).toHaveLength(1);
  });

  it('are refused for messages of others, for missing ones, and for the wrong kinds', () => {
    const { simulation, alice, bob, until } = setUp();
    const id = alice.say(bob, 'hello');
    until('delivered', () => alice.stateOf(id) === 'delivered');
    const missing = simulation.newMessageId();
    const refusals: [ConversationContent, string][] = [
      [{ kind: 'edit', of: id, text: 'forged' }, 'not-the-author'],
      [{ kind: 'delete', of: id }, 'not-the-author'],
      [{ kind: 'close-poll', of: id }, 'not-the-author'],
      [{ kind: 'edit', of: missing, text: 'x' }, 'unknown-message'],
      [reaction(missing, '👍'), 'unknown-message'],
      [reaction(id, 'no emoji'), 'not-an-emoji'],
      [reaction(id, '👍👍'), 'not-an-emoji'],
      [{ kind: 'vote', items: [{ of: id, choice: 0 }] }, 'cannot-change'],
      [{ kind: 'acknowledge', items: [id] }, 'cannot-change'],
      [{ kind: 'poll', question: 'x', choices: ['one'] }, 'poll-invalid'],
      [{ kind: 'poll', question: ' ', choices: ['one', 'two'] }, 'message-empty'],
      [{ kind: 'reply', to: id, text: '' }, 'message-empty'],
    ];
    for (const [content, code] of refusals) expect(bob.tryToWrite(alice, content)).toMatchObject({ code });
    alice.write(bob, { kind: 'delete', of: id });
    expect(alice.tryToWrite(bob, reaction(id, '👍'))).toMatchObject({ code: 'message-deleted' });
    expect(alice.tryToWrite(bob, { kind: 'delete', of: id })).toEqual({ status: 'done' });
  });

  it('change nothing where their author may not make them', () => {
    const { chat, simulation, alice } = setUp();
    const mallory = new ManualClientAtServer(simulation, chat.server, '10.0.0.99');
    mallory.register(1, 'mallory');
    simulation.until('alice sees mallory', () => alice.sees(mallory));
    const own = alice.say(mallory, 'hello');
    mallory.node.dial('alice', [{ host: chat.hostOf(alice).interfaces[0]!.host, port: 49_152 }], alice.key);
    simulation.pass(500);
    const forged: ConversationContent[] = [
      { kind: 'edit', of: own, text: 'forged' },
      { kind: 'delete', of: own },
    ];
    for (const [index, content] of forged.entries())
      mallory.say(alice.key, {
        kind: 'message',
        id: simulation.newMessageId(),
        body: encodeContent({
          installation: installationIdFromBytes(new Uint8Array(8)),
          sequence: index + 1,
          sentAtMs: 0,
          content,
        }),
      });
    expect(alice.messagesWith(mallory).map(({ content }) => content)).toEqual([
      { kind: 'text', text: 'hello' },
    ]);
    expect(mallory.heardOf('receipt')).toHaveLength(2);
  });

  it('PROTOCOL 10.33: wait for a message that comes after them', () => {
    const { chat, simulation, alice, bob, until } = setUp();
    // Both know an address of the other.
    const before = [alice.say(bob, 'hello'), bob.say(alice, 'hello')] as const;
    until(
      'delivered',
      () => alice.stateOf(before[0]) === 'delivered' && bob.stateOf(before[1]) === 'delivered',
    );
    bob.kill();
    until('bob is away', () => !alice.sees(bob));
    const id = alice.say(bob, 'helo');
    until('stored', () => alice.stateOf(id) === 'stored');
    chat.server.kill();
    simulation.pass(1_000);
    alice.write(bob, { kind: 'edit', of: id, text: 'hello' });
    bob.start();
    const way = bob.say(alice, 'a way for alice');
    until('they are connected', () => bob.stateOf(way) === 'delivered');
    simulation.pass(5_000);
    expect(messageAt(bob, alice, id)).toBeUndefined();
    chat.server.start();
    until('the message is there', () => messageAt(bob, alice, id) !== undefined);
    expect(messageAt(bob, alice, id)).toMatchObject({ content: { text: 'hello' }, edited: true });
  });

  it('reach a recipient that was away, by the server, also after both ends crashed', () => {
    const { alice, bob, until } = setUp();
    const id = alice.say(bob, 'helo');
    until('delivered', () => alice.stateOf(id) === 'delivered');
    bob.kill();
    until('bob is away', () => !alice.sees(bob));
    alice.write(bob, { kind: 'edit', of: id, text: 'hello' });
    alice.write(bob, reaction(id, '🎉'));
    alice.kill();
    alice.start();
    bob.start();
    until('the reaction is there', () => messageAt(bob, alice, id)?.reactions !== undefined);
    expect(screen(bob, alice)).toEqual(screen(alice, bob));
    expect(messageAt(bob, alice, id)?.content).toEqual({ kind: 'text', text: 'hello' });
  });

  it('PROTOCOL 10.10: leave as at most one batch of reactions, votes or acknowledgements a second', () => {
    const { simulation, alice, bob, until } = setUp();
    const ids = ['one', 'two', 'three'].map((text) => alice.say(bob, text));
    until('delivered', () => ids.every((id) => alice.stateOf(id) === 'delivered'));
    bob.allow(alice);
    for (const id of ids) bob.write(alice, reaction(id, '👍'));
    bob.write(alice, reaction(ids[0]!, '👍', false));
    // The user sees all of them at once.
    expect(bob.messagesWith(alice).map(({ reactions }) => reactions?.length ?? 0)).toEqual([0, 1, 1]);
    const counts = () => alice.messagesWith(bob).map(({ reactions }) => reactions?.length ?? 0);
    until('the first is there', () => counts()[0] === 1);
    expect(counts()).toEqual([1, 0, 0]);
    simulation.pass(1_500);
    expect(counts()).toEqual([0, 1, 1]);
    const receipts = bob.events.flatMap((event) =>
      event.type === 'delivery' && event.delivery.state === 'delivered' ? [event.id] : [],
    );
    // The first one, and a batch of the three others.
    expect(new Set(receipts).size).toBe(2);
    expect(screen(bob, alice)).toEqual(screen(alice, bob));
  });
});

describe('a message that is deleted while it waits', () => {
  it('PROTOCOL 6.99: leaves the server, and the recipient sees nothing of it', () => {
    const { chat, simulation, alice, bob, until } = setUp();
    bob.kill();
    until('bob is away', () => !alice.sees(bob));
    const id = alice.say(bob, 'secret');
    alice.write(bob, { kind: 'edit', of: id, text: 'secret too' });
    until('stored', () => alice.stateOf(id) === 'stored' && chat.server.store.mailboxes.count(bob.key) === 2);
    const deletion = alice.write(bob, { kind: 'delete', of: id });
    until('withdrawn', () => alice.store.withdrawals.first(10).length === 0);
    until('the deletion waits', () => chat.server.store.mailboxes.has(bob.key, alice.key, deletion));
    expect(chat.server.store.mailboxes.count(bob.key)).toBe(1);
    bob.start();
    until('bob has it', () => chat.server.store.mailboxes.count(bob.key) === 0);
    simulation.pass(1_000);
    expect(bob.messagesWith(alice)).toEqual([]);
    expect(alice.messagesWith(bob).map(({ content, delivery }) => [content, delivery])).toEqual([
      [{ kind: 'deleted' }, undefined],
    ]);
  });

  it('PROTOCOL 6.99: leaves the server later if the server was out of reach, also after a crash', () => {
    const { chat, simulation, alice, bob, until } = setUp();
    bob.kill();
    until('bob is away', () => !alice.sees(bob));
    const id = alice.say(bob, 'secret');
    until('stored', () => alice.stateOf(id) === 'stored');
    chat.server.kill();
    simulation.pass(1_000);
    alice.write(bob, { kind: 'delete', of: id });
    alice.kill();
    alice.start();
    simulation.pass(5_000);
    expect(alice.store.withdrawals.first(10)).toEqual([{ recipient: bob.key, id }]);
    chat.server.start();
    until('withdrawn', () => alice.store.withdrawals.first(10).length === 0);
    expect(chat.server.store.mailboxes.has(bob.key, alice.key, id)).toBe(false);
  });

  it('PROTOCOL 6.99: is taken back only by its sender, and the answer does not say whether it was there', () => {
    const { chat, simulation, alice, bob, until } = setUp();
    bob.kill();
    until('bob is away', () => !alice.sees(bob));
    const id = alice.say(bob, 'hello');
    until('stored', () => alice.stateOf(id) === 'stored');
    const mallory = new ManualClientAtServer(simulation, chat.server, '10.0.0.99');
    mallory.register(1, 'mallory');
    const items = [{ to: bob.key, id }];
    mallory.tell({ kind: 'withdraw', items });
    expect(mallory.heardOf('withdrawn')).toEqual([{ kind: 'withdrawn', items }]);
    expect(chat.server.store.mailboxes.has(bob.key, alice.key, id)).toBe(true);
  });
});

describe('a client that is restored from a backup', () => {
  it('edits with a new installation and its edit holds, and a deleted message stays deleted at the recipient', () => {
    const { simulation, alice, bob, until } = setUp();
    const [edited, deleted] = [alice.say(bob, 'one'), alice.say(bob, 'two')] as const;
    until('delivered', () => alice.stateOf(deleted) === 'delivered');
    alice.write(bob, { kind: 'edit', of: edited, text: 'second' });
    simulation.pass(1_000);
    const backup = alice.disk.copy();
    alice.write(bob, { kind: 'edit', of: edited, text: 'third' });
    alice.write(bob, { kind: 'delete', of: deleted });
    until('bob has both', () => messageAt(bob, alice, deleted)?.content.kind === 'deleted');
    alice.kill();
    alice.restore(backup);
    alice.start();
    until('alice is back', () => alice.isOnline);
    alice.write(bob, { kind: 'edit', of: edited, text: 'fourth' });
    until('the edit is there', () => bob.textsFrom(alice)[0] === 'fourth');
    // Bob's copy is gone for good.
    alice.write(bob, { kind: 'edit', of: deleted, text: 'two again' });
    simulation.pass(5_000);
    expect(messageAt(bob, alice, deleted)?.content).toEqual({ kind: 'deleted' });
  });

  it('offers a message again that was deleted since, and the recipient shows nothing of it', () => {
    const { chat, simulation, alice, bob, until } = setUp();
    bob.kill();
    until('bob is away', () => !alice.sees(bob));
    const id = alice.say(bob, 'secret');
    until('stored', () => alice.stateOf(id) === 'stored');
    const backup = alice.disk.copy();
    const deletion = alice.write(bob, { kind: 'delete', of: id });
    until('withdrawn', () => !chat.server.store.mailboxes.has(bob.key, alice.key, id));
    until('the deletion waits', () => chat.server.store.mailboxes.has(bob.key, alice.key, deletion));
    bob.start();
    until('bob has the deletion', () => chat.server.store.mailboxes.count(bob.key) === 0);
    alice.kill();
    alice.restore(backup);
    alice.start();
    until('offered again', () => messageAt(bob, alice, id) !== undefined);
    simulation.pass(1_000);
    expect(messageAt(bob, alice, id)?.content).toEqual({ kind: 'deleted' });
    expect(announcedBy(bob, alice)).toEqual([{ kind: 'deleted' }]);
  });
});

describe('notes of a user', () => {
  it('are edited, reacted to and deleted here alone', () => {
    const { chat, simulation, alice } = setUp();
    const id = alice.say(alice, 'note');
    alice.write(alice, { kind: 'edit', of: id, text: 'other note' });
    alice.write(alice, reaction(id, '👍'));
    expect(messageAt(alice, alice, id)).toMatchObject({ content: { text: 'other note' }, edited: true });
    alice.write(alice, { kind: 'delete', of: id });
    simulation.pass(2_000);
    expect(messageAt(alice, alice, id)?.content).toEqual({ kind: 'deleted' });
    expect(chat.server.store.mailboxes.count(alice.key)).toBe(0);
    expect(alice.store.withdrawals.first(1)).toEqual([]);
  });
});

describe('a conversation', () => {
  it('counts unread mentions, and keeps its level of notifications after a restart', () => {
    const { alice, bob, until } = setUp();
    alice.write(bob, { kind: 'text', text: '@bob look', mentions: [bob.key] });
    alice.say(bob, 'hello');
    until('both there', () => bob.messagesWith(alice).length === 2);
    const ofAlice = () => bob.role.conversations().find(({ messages }) => messages.length === 2)!;
    expect(ofAlice()).toMatchObject({ unread: 2, mentions: 1, notify: 'all' });
    const { conversation, messages } = ofAlice();
    const setNotify = () => bob.command((client, now) => client.setNotify(now, conversation, 'mentions'));
    expect([setNotify(), setNotify()]).toEqual([{ status: 'done' }, { status: 'done' }]);
    expect(bob.events.filter(({ type }) => type === 'notify')).toHaveLength(1);
    bob.kill();
    bob.start();
    expect(ofAlice()).toMatchObject({ mentions: 1, notify: 'mentions' });
    bob.command((client, now) => client.markRead(now, conversation, messages[0]!.id));
    expect(ofAlice()).toMatchObject({ unread: 1, mentions: 0 });
  });
});

describe('changes of a person that the user blocks', () => {
  it('are not taken, and neither is what the user does sent to that person', () => {
    const { simulation, alice, bob, until } = setUp();
    const id = alice.say(bob, 'hello');
    until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(bob.command((client, now) => client.block(now, alice.key))).toEqual({ status: 'done' });
    alice.write(bob, { kind: 'edit', of: id, text: 'other words' });
    simulation.pass(20_000);
    expect(messageAt(bob, alice, id)?.content).toEqual({ kind: 'text', text: 'hello' });
    expect(bob.tryToWrite(alice, reaction(id, '👍'))).toMatchObject({ code: 'blocked' });
  });
});
