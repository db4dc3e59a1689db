import { describe, expect, it } from 'vitest';
import { parseConversationId } from '../../shared/conversation.ts';
import type { Digest } from '../../shared/ids.ts';
import { waitingChangesMax, waitingChangesOfAuthorMax } from '../../shared/limits.ts';
import type { Content, PostContent, PostContentOf } from '../../shared/message.ts';
import type { ChangeMessageContent, ClientStore, NewChange, NewMessage } from './client-store.ts';
import {
  by,
  inTurnOf,
  newestTen,
  sampleConversation,
  sampleEpoch,
  sampleId,
  sampleMyIdentity,
  sampleKey,
  sampleMe,
  sampleMessage,
  sampleOwn,
  sampleQuery,
  sampleSigningKeyOf,
  text,
} from './sample.ts';

const bobs = sampleConversation(1);
const bob = sampleKey(1);
const room = parseConversationId(`room:${'0a'.repeat(16)}`)!;

/** A change by person 1, or by the user. */
function changeOf(
  number: number,
  content: ChangeMessageContent,
  change: Partial<NewMessage> = {},
): NewChange {
  return { ...sampleMessage(number, change), content };
}

function ownChangeOf(number: number, content: ChangeMessageContent): NewChange {
  return { ...sampleOwn(number), content };
}

function reaction(number: number, emoji: string, on = true): ChangeMessageContent {
  return { kind: 'reaction', items: [{ of: sampleId(number), emoji, on }] };
}

function edit(number: number, words: string): ChangeMessageContent {
  return { kind: 'edit', of: sampleId(number), text: words };
}

function deletion(number: number): ChangeMessageContent {
  return { kind: 'delete', of: sampleId(number) };
}

const poll: PostContent = { kind: 'poll', question: 'Tea or coffee?', choices: ['tea', 'coffee'] };

const plan: PostContentOf<'file'> = {
  kind: 'file',
  name: 'plan.pdf',
  size: 2 ** 40,
  type: 'application/pdf',
  root: 'ab'.repeat(32) as Digest,
};

function inRoom(number: number, person: number, content: Content): NewMessage {
  const position = { major: number, minor: 0 };
  return { ...sampleMessage(number, by(person)), conversation: room, content, position };
}

/** Describes what every ClientStore does with contents that change messages. `open` gives a new and empty one. */
export function describeMessageChanges(open: () => ClientStore): void {
  const inTurn = inTurnOf(open);

  const wordsOf = (store: ClientStore) =>
    store.messages.page(bobs, null, 100).messages.map(({ content }) => content);
  const foundBy = (store: ClientStore, words: string) =>
    store.messages.search(sampleQuery(words), newestTen).messages.map(({ id }) => id);

  describe('kinds of messages', () => {
    it('are found as they were put, also by the words of a poll', () =>
      inTurn((store) => {
        const contents: Content[] = [
          { kind: 'text', text: 'hello', mentions: [sampleMe, bob], mentionsRoom: true },
          { kind: 'reply', to: sampleId(1), text: 'yes' },
          { kind: 'announcement', text: 'Exam at 9', mentions: [bob] },
          poll,
          plan,
          { ...plan, packed: true, preview: 'AAEC', text: 'as agreed' },
          { kind: 'unknown', fallback: 'a song' },
          { kind: 'deleted' },
          { kind: 'erased' },
          { kind: 'notice', entry: { kind: 'role', member: bob, role: 'moderator' } },
        ];
        for (const [index, content] of contents.entries())
          expect(store.messages.insert(sampleMessage(index + 1, { content }))?.content).toEqual(content);
        expect(wordsOf(store)).toEqual(contents);
        // The notice is no message that waits to be read.
        expect(store.conversations.unreadCount(bobs)).toBe(contents.length - 1);
        expect(foundBy(store, 'coffee')).toEqual([sampleId(4)]);
        expect(foundBy(store, 'exam')).toEqual([sampleId(3)]);
        expect(foundBy(store, 'plan')).toEqual([sampleId(6), sampleId(5)]);
        expect(foundBy(store, 'agreed')).toEqual([sampleId(6)]);
      }));
  });

  describe('a message that changes others', () => {
    it('has a position and a dispatch, and is in no page, count or search', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1));
        const inserted = store.messages.insertChange(changeOf(2, edit(1, 'other words')));
        expect(inserted?.message.position).toEqual({ major: 2, minor: 2 });
        expect(inserted?.changed).toMatchObject([
          { message: { id: sampleId(1), edited: true }, change: { author: bob, kind: 'edit' } },
        ]);
        expect(wordsOf(store)).toEqual([{ kind: 'text', text: 'other words' }]);
        expect(store.conversations.unreadCount(bobs)).toBe(1);
        expect(foundBy(store, 'other words')).toEqual([sampleId(1)]);
        expect(store.messages.find(sampleId(2))).toBeUndefined();
        expect(store.messages.origin(sampleId(2))).toEqual({ author: bob, conversation: bobs });
        expect(store.messages.insert(sampleMessage(3))?.position.major).toBe(3);
      }));

    it('changes nothing as a copy', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1));
        store.messages.insertChange(changeOf(2, edit(1, 'new')));
        expect(store.messages.insertChange(changeOf(2, edit(1, 'another')))).toBeUndefined();
        expect(store.messages.insert(sampleMessage(2))).toBeUndefined();
        expect(wordsOf(store)).toEqual([{ kind: 'text', text: 'new' }]);
      }));

    it('keeps its content until it has arrived, and then nothing of it', () =>
      inTurn((store) => {
        store.messages.insert(sampleOwn(1));
        store.messages.insertChange(ownChangeOf(2, edit(1, 'new')));
        const content = edit(1, 'new');
        expect(store.dispatches.open().map((message) => message.content)).toEqual([
          { kind: 'text', text: 'new' },
          content,
        ]);
        expect(store.messages.findOutgoing(sampleId(2))?.content).toEqual(content);
        expect(store.messages.undeliveredEdits(sampleId(1))).toEqual([sampleId(2)]);
        store.dispatches.setProgress(sampleId(2), bob, { stage: 'stored', epoch: sampleEpoch(1) });
        expect(store.dispatches.open()).toHaveLength(2);
        store.dispatches.setProgress(sampleId(2), bob, { stage: 'delivered', later: true });
        expect(store.dispatches.open().map(({ id }) => id)).toEqual([sampleId(1)]);
        expect(store.messages.findOutgoing(sampleId(2))).toBeUndefined();
        expect(store.messages.undeliveredEdits(sampleId(1))).toEqual([]);
        expect(store.messages.insertChange(ownChangeOf(2, content))).toBeUndefined();
      }));

    it('keeps its content where it has failed, so that it can be sent again', () =>
      inTurn((store) => {
        store.messages.insert(sampleOwn(1));
        const content = edit(1, 'new');
        store.messages.insertChange(ownChangeOf(2, content));
        store.dispatches.setProgress(sampleId(2), bob, { stage: 'failed', code: 'message-expired' });
        expect(store.messages.findOutgoing(sampleId(2))?.content).toEqual(content);
        // A deletion of the message takes these words along.
        expect(store.messages.undeliveredEdits(sampleId(1))).toEqual([sampleId(2)]);
      }));

    it('of a late sequence does not undo a later edit', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1));
        store.messages.insertChange(changeOf(3, edit(1, 'third')));
        expect(store.messages.insertChange(changeOf(2, edit(1, 'second')))?.changed).toEqual([]);
        expect(wordsOf(store)).toEqual([{ kind: 'text', text: 'third' }]);
      }));

    it('cannot change a message of another conversation, another change, or a removed message', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1, { ...by(2), author: bob }));
        store.messages.insert(sampleMessage(2));
        store.messages.insertChange(changeOf(3, reaction(2, '👍')));
        store.messages.insert(sampleOwn(4));
        store.messages.remove(sampleId(4));
        for (const [index, target] of [1, 3, 4].entries())
          expect(store.messages.insertChange(changeOf(10 + index, edit(target, 'x')))?.changed).toEqual([]);
        expect(store.messages.find(sampleId(1))?.content).toEqual(text('text 1').content);
      }));
  });

  describe('marks of a message', () => {
    it('are reactions by emoji in the order in which they came, without those that were taken back', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1));
        const odd = 'a\0 "\n\\';
        for (const [number, emoji, on] of [
          [2, '👍', true],
          [3, odd, true],
          [4, '🎉', true],
          [5, '🎉', false],
        ] as const)
          store.messages.insertChange(changeOf(number, reaction(1, emoji, on)));
        store.messages.insertChange(ownChangeOf(6, reaction(1, '👍')));
        const reactions = [
          { emoji: '👍', keys: [bob, sampleMe] },
          { emoji: odd, keys: [bob] },
        ];
        expect(store.messages.find(sampleId(1))?.reactions).toEqual(reactions);
        expect(store.messages.page(bobs, null, 10).messages[0]?.reactions).toEqual(reactions);
      }));

    it('are the votes of a poll, which each voter changes until its author closes it', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1, { content: poll }));
        const vote = (number: number, choice: number | null, own = false) => {
          const content = { kind: 'vote', items: [{ of: sampleId(1), choice }] } as const;
          const mutable = { kind: content.kind, items: [...content.items] };
          return store.messages.insertChange(own ? ownChangeOf(number, mutable) : changeOf(number, mutable));
        };
        vote(2, 0);
        vote(3, 1, true);
        expect(store.messages.find(sampleId(1))?.votes).toEqual([[bob], [sampleMe]]);
        vote(4, 1);
        vote(5, null, true);
        expect(vote(6, 2)?.changed).toEqual([]);
        expect(store.messages.find(sampleId(1))?.votes).toEqual([[], [bob]]);
        store.messages.insertChange(changeOf(7, { kind: 'close-poll', of: sampleId(1) }));
        expect(vote(8, 0, true)?.changed).toEqual([]);
        expect(store.messages.find(sampleId(1))).toMatchObject({ closed: true, votes: [[], [bob]] });
      }));

    it('are the acknowledgements of an announcement', () =>
      inTurn((store) => {
        store.messages.insert(sampleOwn(1, { content: { kind: 'announcement', text: 'Exam at 9' } }));
        const acknowledge: ChangeMessageContent = { kind: 'acknowledge', items: [sampleId(1)] };
        expect(store.messages.insertChange(changeOf(2, acknowledge))?.changed).toHaveLength(1);
        expect(store.messages.insertChange(changeOf(3, acknowledge))?.changed).toEqual([]);
        expect(store.messages.find(sampleId(1))?.acknowledgedBy).toEqual([bob]);
      }));

    it('of a room are a hidden message, a place in the log, and words that the log no longer has', () =>
      inTurn((store) => {
        const waiting = { major: 2 ** 52, minor: 0 };
        store.messages.insert({ ...inRoom(1, 1, text('first').content), position: waiting });
        store.messages.insert(inRoom(2, 2, text('second').content));
        const texts = () => store.messages.page(room, null, 10).messages.map(({ id }) => id);
        expect(texts()).toEqual([sampleId(2), sampleId(1)]);
        store.messages.place(sampleId(1), { major: 1, minor: 0 });
        expect(texts()).toEqual([sampleId(1), sampleId(2)]);
        const position = { major: 3, minor: 0 };
        const hide = { kind: 'hide', of: sampleId(1) } as const;
        expect(store.messages.change(room, { author: bob, position, content: hide })?.hidden).toBe(true);
        const unhide = { kind: 'unhide', of: sampleId(1) } as const;
        const later = { author: bob, position: { major: 4, minor: 0 }, content: unhide };
        expect(store.messages.change(room, later)).toBeDefined();
        expect(store.messages.change(room, later)).toBeUndefined();
        expect(store.messages.find(sampleId(1))?.hidden).toBeUndefined();
        store.messages.erase(sampleId(2));
        expect(store.messages.find(sampleId(2))?.content).toEqual({ kind: 'erased' });
        expect(foundBy(store, 'second')).toEqual([]);
      }));
  });

  describe('a deletion', () => {
    it('leaves a message without words, marks and mentions, which no later edit brings back', () =>
      inTurn((store) => {
        store.facts.set({ identity: sampleMyIdentity });
        const content: Content = { kind: 'text', text: 'secret', mentions: [sampleMe] };
        store.messages.insert(sampleMessage(1, { content }));
        store.messages.insertChange(ownChangeOf(2, reaction(1, '👍')));
        expect(store.conversations.mentionCount(bobs)).toBe(1);
        const deleted = store.messages.insertChange(changeOf(3, deletion(1)))?.changed[0];
        expect(deleted).toMatchObject({ change: { kind: 'delete', author: bob } });
        expect(deleted?.message.content).toEqual({ kind: 'deleted' });
        expect(deleted?.message.reactions).toBeUndefined();
        store.messages.insertChange(changeOf(4, edit(1, 'secret again')));
        expect(wordsOf(store)).toEqual([{ kind: 'deleted' }]);
        expect(foundBy(store, 'secret')).toEqual([]);
        expect(store.conversations.mentionCount(bobs)).toBe(0);
        expect(store.conversations.unreadCount(bobs)).toBe(1);
      }));

    it('takes the words of edits that still have to be delivered, and its message from its recipients', () =>
      inTurn((store) => {
        store.messages.insert(sampleOwn(1));
        store.messages.insertChange(ownChangeOf(2, edit(1, 'new')));
        store.messages.insertChange(ownChangeOf(3, deletion(1)));
        store.dispatches.removeAll(sampleId(1));
        expect(store.messages.findOutgoing(sampleId(2))).toBeUndefined();
        expect(store.dispatches.open().map(({ id }) => id)).toEqual([sampleId(3)]);
        expect(store.messages.find(sampleId(1))).toMatchObject({
          content: { kind: 'deleted' },
          dispatches: [],
        });
      }));

    it('of another author changes nothing', () =>
      inTurn((store) => {
        store.messages.insert(sampleOwn(1));
        expect(store.messages.insertChange(changeOf(2, deletion(1)))?.changed).toEqual([]);
        expect(store.messages.insertChange(changeOf(3, edit(1, 'forged')))?.changed).toEqual([]);
        expect(wordsOf(store)).toEqual([text('text 1').content]);
      }));
  });

  describe('a change before its message', () => {
    it('PROTOCOL 10.33: waits for it, and is in what is shown first', () =>
      inTurn((store) => {
        store.messages.insertChange(changeOf(2, edit(1, 'new')));
        store.messages.insertChange(changeOf(3, reaction(1, '👍')));
        expect(store.messages.insert(sampleMessage(1))).toMatchObject({
          content: { text: 'new' },
          edited: true,
          reactions: [{ emoji: '👍', keys: [bob] }],
        });
        expect(wordsOf(store)).toEqual([{ kind: 'text', text: 'new' }]);
      }));

    it('PROTOCOL 10.33: that is a deletion shows no word of it, in whatever order its edits came', () =>
      inTurn((store) => {
        store.messages.insertChange(changeOf(2, edit(1, 'secret')));
        store.messages.insertChange(changeOf(4, deletion(1)));
        store.messages.insertChange(changeOf(3, edit(1, 'secret too')));
        expect(store.messages.insert(sampleMessage(1, text('secret')))?.content).toEqual({ kind: 'deleted' });
        expect(foundBy(store, 'secret')).toEqual([]);
      }));

    it('PROTOCOL 10.33: is forgotten past the share of its author, the oldest first', () =>
      inTurn((store) => {
        for (let number = 1; number <= waitingChangesOfAuthorMax + 1; number++) {
          const content = { kind: 'reaction', of: sampleId(number), emoji: '👍', on: true } as const;
          store.messages.change(room, { author: bob, position: { major: number, minor: 0 }, content });
        }
        const last = waitingChangesOfAuthorMax + 1;
        const reactionsOf = (number: number) =>
          store.messages.insert(inRoom(number, 2, text('x').content))?.reactions;
        expect(reactionsOf(1)).toBeUndefined();
        expect(reactionsOf(2)).toHaveLength(1);
        expect(reactionsOf(last)).toHaveLength(1);
      }));

    it('PROTOCOL 10.33: takes the place of one of the author with most, where all shares together are too many', () =>
      inTurn((store) => {
        const add = (person: number, target: number) =>
          store.messages.change(room, {
            author: sampleKey(person),
            position: { major: target, minor: 0 },
            content: { kind: 'reaction', of: sampleId(target), emoji: '👍', on: true },
          });
        const authors = waitingChangesMax / waitingChangesOfAuthorMax;
        let target = 0;
        for (let person = 1; person <= authors; person++)
          for (let each = 0; each < waitingChangesOfAuthorMax; each++) add(person, ++target);
        add(authors + 1, ++target);
        const reactionsOf = (number: number) =>
          store.messages.insert(inRoom(number, 20, text('x').content))?.reactions;
        expect(reactionsOf(target)).toHaveLength(1);
        expect(reactionsOf(1)).toBeUndefined();
        expect(reactionsOf(2)).toHaveLength(1);
      }));
  });

  describe('mentions', () => {
    it('count messages after the read mark that mention the user or the room, without those of the user', () =>
      inTurn((store) => {
        store.facts.set({ identity: sampleMyIdentity });
        const mention = (number: number, content: Partial<NewMessage>) =>
          store.messages.insert(sampleMessage(number, content));
        mention(1, { content: { kind: 'text', text: '@me', mentions: [sampleMe] } });
        mention(2, { content: { kind: 'text', text: '@room', mentionsRoom: true } });
        mention(3, { content: { kind: 'text', text: '@bob', mentions: [bob] } });
        store.messages.insert(sampleOwn(4, { content: { kind: 'text', text: '@me', mentions: [sampleMe] } }));
        expect(store.conversations.mentionCount(bobs)).toBe(2);
        store.conversations.setReadPosition(bobs, { major: 1, minor: 1 });
        expect(store.conversations.mentionCount(bobs)).toBe(1);
        const withMention = { kind: 'edit', of: sampleId(3), text: '@me', mentions: [sampleMe] } as const;
        store.messages.insertChange(changeOf(5, { ...withMention, mentions: [...withMention.mentions] }));
        expect(store.conversations.mentionCount(bobs)).toBe(2);
        store.messages.insertChange(changeOf(6, edit(2, 'no key')));
        expect(store.conversations.mentionCount(bobs)).toBe(1);
      }));

    it('have a level of notifications for each conversation, also before its first message', () =>
      inTurn((store) => {
        store.conversations.setNotify(bobs, 'none');
        store.messages.insert(sampleMessage(1));
        store.messages.insert(sampleMessage(2, by(2)));
        expect(store.conversations.all().map(({ notify }) => notify)).toEqual(['none', 'all']);
        store.conversations.setNotify(bobs, 'mentions');
        expect(store.conversations.all()[0]?.notify).toBe('mentions');
      }));
  });

  describe('a withdrawal', () => {
    it('is due once, in the order in which it was put, until it is removed', () =>
      inTurn((store) => {
        for (const number of [2, 1, 2]) store.withdrawals.put({ recipient: bob, id: sampleId(number) });
        expect(store.withdrawals.first(10).map(({ id }) => id)).toEqual([sampleId(2), sampleId(1)]);
        expect(store.withdrawals.first(1)).toHaveLength(1);
        store.withdrawals.remove({ recipient: bob, id: sampleId(2) });
        expect(store.withdrawals.first(10)).toEqual([{ recipient: bob, id: sampleId(1) }]);
      }));
  });

  describe('changed messages of a person with another key', () => {
    const contact = {
      key: bob,
      signingKey: sampleSigningKeyOf(bob),
      nickname: 'bob',
      candidates: [],
      classic: null,
      verified: false,
      acceptance: 'allowed',
      guestOf: null,
      features: [],
    } as const;

    it('keep their marks and mentions, also those that came from the new key before', () =>
      inTurn((store) => {
        store.contacts.put(contact);
        store.messages.insert(sampleOwn(1, { content: { kind: 'text', text: '@bob', mentions: [bob] } }));
        store.messages.insertChange(changeOf(2, reaction(1, '👍')));
        const other = by(2);
        store.messages.insert(sampleMessage(11, other));
        store.messages.insertChange(changeOf(12, edit(11, 'second'), other));
        store.messages.insertChange(changeOf(14, reaction(11, '🎉'), other));
        store.messages.insertChange(changeOf(16, edit(20, 'waits'), other));
        store.rekey(bob, sampleKey(2));
        const after = { ...other, conversation: sampleConversation(2) };
        expect(store.messages.find(sampleId(1))).toMatchObject({
          content: { mentions: [sampleKey(2)] },
          reactions: [{ emoji: '👍', keys: [sampleKey(2)] }],
        });
        expect(store.messages.find(sampleId(11))).toMatchObject({
          conversation: sampleConversation(2),
          edited: true,
          reactions: [{ emoji: '🎉', keys: [sampleKey(2)] }],
        });
        // A late edit stands before the one that holds, and a later one behind it.
        store.messages.insertChange(changeOf(13, edit(11, 'third'), after));
        expect(store.messages.find(sampleId(11))?.content).toMatchObject({ text: 'third' });
        store.messages.insertChange(changeOf(9, edit(11, 'late'), after));
        expect(store.messages.find(sampleId(11))?.content).toMatchObject({ text: 'third' });
        expect(store.messages.insert(sampleMessage(20, after))?.content).toMatchObject({ text: 'waits' });
      }));

    it('go with a key that is forgotten', () =>
      inTurn((store) => {
        store.contacts.put({ ...contact, nickname: null });
        store.messages.insert(sampleMessage(1));
        store.messages.insertChange(changeOf(2, reaction(1, '👍')));
        store.messages.insertChange(changeOf(3, edit(9, 'waits')));
        store.forget(bob, sampleKey(3));
        expect(store.messages.insert(sampleMessage(1))?.reactions).toBeUndefined();
        expect(store.messages.insert(sampleMessage(9))?.edited).toBeUndefined();
      }));
  });
}
