import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestFromBytes, newMessageId, peerKeyFromBytes, type MessageId, type PeerKey } from '../ids.ts';
import {
  reactionEmojisMax,
  reactionsOfAuthorMax,
  waitingChangesMax,
  waitingChangesOfAuthorMax,
} from '../limits.ts';
import {
  changeMessage,
  effectsOf,
  isHidden,
  newMessage,
  reactionsOf,
  Timeline,
  votesOf,
  WaitingChanges,
  type MessageBody,
  type TimelineContent,
  type TimelineEntry,
} from './timeline.ts';

const [alice, bob, carol] = [1, 2, 3].map((fill) => peerKeyFromBytes(new Uint8Array(32).fill(fill))) as [
  PeerKey,
  PeerKey,
  PeerKey,
];

function idOf(number: number): MessageId {
  return newMessageId(0, Uint8Array.of(0, 0, 0, 0, 0, number >> 8, number, 0, 0, 0));
}

/** The message with this number, at the position of this number. */
function entryOf(number: number, author: PeerKey, content: TimelineEntry['content']): TimelineEntry {
  return { id: idOf(number), author, position: { major: number, minor: 0 }, content };
}

/** Adds contents in their order: the first one is message 1. */
function timelineOf(...written: readonly (readonly [PeerKey, TimelineEntry['content']])[]): Timeline {
  const timeline = new Timeline();
  for (const [index, [author, content]] of written.entries())
    timeline.add(entryOf(index + 1, author, content));
  return timeline;
}

function words(body: MessageBody | undefined): string | undefined {
  if (body?.kind !== 'post') return body?.kind;
  const { content } = body;
  return content.kind === 'poll' ? content.question : content.text;
}

const hello: TimelineContent = { kind: 'text', text: 'hello' };
const of = idOf(1);
const root = digestFromBytes(new Uint8Array(32));

describe('an offer of a file', () => {
  const file: TimelineContent = {
    kind: 'file',
    name: 'a.txt',
    size: 1,
    type: 'text/plain',
    root,
    text: 'new',
  };

  it('PROTOCOL 13.13: is a message that an edit leaves as it is, and a deletion removes', () => {
    const timeline = timelineOf([alice, file]);
    expect(timeline.add(entryOf(2, alice, { kind: 'edit', of, text: 'other' }))).toEqual([]);
    expect(timeline.get(of)?.body).toEqual({ kind: 'post', content: file });
    timeline.add(entryOf(3, bob, { kind: 'reaction', items: [{ of, emoji: '👍', on: true }] }));
    expect([...reactionsOf(timeline.get(of)!)]).toEqual([['👍', [bob]]]);
    timeline.add(entryOf(4, alice, { kind: 'delete', of }));
    expect(timeline.get(of)?.body).toEqual({ kind: 'deleted' });
  });
});

describe('an edit', () => {
  it('PROTOCOL 10.31: gives a message other words, and the one with the highest position holds', () => {
    const timeline = timelineOf([alice, { ...hello, mentions: [bob] }]);
    const change = (number: number, text: string) =>
      timeline.add(entryOf(number, alice, { kind: 'edit', of, text })).length;
    expect(change(5, 'fifth')).toBe(1);
    expect(change(3, 'third')).toBe(0);
    expect(words(timeline.get(of)?.body)).toBe('fifth');
    expect(timeline.get(of)?.editedAt).toEqual({ major: 5, minor: 0 });
    expect(timeline.get(of)?.body).toEqual({ kind: 'post', content: { kind: 'text', text: 'fifth' } });
  });

  it('PROTOCOL 10.31: of another author, of a poll, or of an unknown kind changes nothing', () => {
    const poll: TimelineContent = { kind: 'poll', question: 'tea?', choices: ['yes', 'no'] };
    const timeline = timelineOf(
      [alice, hello],
      [alice, poll],
      [alice, { kind: 'unknown', fallback: 'a game' }],
    );
    expect(timeline.add(entryOf(4, bob, { kind: 'edit', of, text: 'mine' }))).toEqual([]);
    for (const number of [2, 3])
      expect(timeline.add(entryOf(5, alice, { kind: 'edit', of: idOf(number), text: 'x' }))).toEqual([]);
    expect(timeline.messages().map(({ body }) => words(body))).toEqual(['hello', 'tea?', 'unknown']);
  });
});

describe('a delete', () => {
  it('PROTOCOL 10.32: leaves a message without words for good, and without what others added', () => {
    const timeline = timelineOf(
      [alice, hello],
      [bob, { kind: 'reaction', items: [{ of, emoji: '👍', on: true }] }],
      [alice, { kind: 'delete', of }],
      [alice, { kind: 'edit', of, text: 'back' }],
      [bob, { kind: 'reaction', items: [{ of, emoji: '👍', on: true }] }],
      [bob, { kind: 'reply', to: of, text: 'why?' }],
    );
    const view = timeline.get(of)!;
    expect(JSON.stringify(view)).not.toContain('hello');
    expect(view.body).toEqual({ kind: 'deleted' });
    expect(reactionsOf(view).size).toBe(0);
    // The reply has the id only, so it shows that its message was deleted.
    expect(timeline.get(idOf(6))?.body).toMatchObject({ content: { to: of } });
  });

  it('PROTOCOL 10.32: of another author changes nothing, and a message without its content can be deleted', () => {
    const timeline = timelineOf([alice, hello], [alice, { kind: 'erased' }]);
    expect(timeline.add(entryOf(3, bob, { kind: 'delete', of }))).toEqual([]);
    expect(timeline.add(entryOf(4, alice, { kind: 'delete', of: idOf(2) }))[0]?.body).toEqual({
      kind: 'deleted',
    });
  });
});

describe('a content of a conversation', () => {
  it('is a message, or one change for each item of a batch', () => {
    expect(effectsOf(hello)).toEqual({ post: hello });
    const items = [
      { of: idOf(1), choice: 0 },
      { of: idOf(2), choice: null },
    ];
    expect(effectsOf({ kind: 'vote', items })).toEqual({
      changes: [
        { kind: 'vote', of: idOf(1), choice: 0 },
        { kind: 'vote', of: idOf(2), choice: null },
      ],
    });
    expect(effectsOf({ kind: 'delete', of })).toEqual({ changes: [{ kind: 'delete', of }] });
  });
});

describe('a change that comes before its message', () => {
  it('PROTOCOL 10.33: waits for it: a deleted message never shows its words', () => {
    const timeline = new Timeline();
    timeline.add(entryOf(2, alice, { kind: 'edit', of, text: 'edited' }));
    timeline.add(entryOf(3, bob, { kind: 'delete', of }));
    const [view] = timeline.add(entryOf(1, alice, hello));
    expect(words(view?.body)).toBe('edited');
    timeline.add(entryOf(5, alice, { kind: 'delete', of: idOf(4) }));
    expect(timeline.add(entryOf(4, alice, hello)).map(({ body }) => body)).toEqual([{ kind: 'deleted' }]);
    // A copy of the message brings nothing back.
    expect(timeline.add(entryOf(4, alice, hello))).toEqual([]);
  });

  it('PROTOCOL 10.33: is forgotten past the share of its author, and past the bound where its author has most', () => {
    const waiting = new WaitingChanges();
    const add = (author: PeerKey, target: number) => {
      waiting.add({
        author,
        position: { major: target, minor: 0 },
        content: { kind: 'delete', of: idOf(target) },
      });
    };
    for (let number = 0; number <= waitingChangesOfAuthorMax; number++) add(alice, number);
    expect(waiting.take(idOf(0))).toEqual([]);
    expect(waiting.take(idOf(1))).toHaveLength(1);
    add(alice, 1);
    const others = Array.from({ length: 250 }, (_, index) =>
      peerKeyFromBytes(Uint8Array.from({ length: 32 }, () => index + 4)),
    );
    for (const author of others) for (let number = 0; number < 4; number++) add(author, 1_000 + number);
    // The author with 200 has lost all but a share like that of the others.
    const ofOthers = [0, 1, 2, 3].flatMap((number) => waiting.take(idOf(1_000 + number)));
    expect(ofOthers.length).toBeGreaterThanOrEqual(waitingChangesMax - 4);
    const left = Array.from({ length: 201 }, (_, number) => waiting.take(idOf(number))).flat();
    expect(left.length + ofOthers.length).toBe(waitingChangesMax);
  });

  it('ends as if all had come in order, in whatever order they come', () => {
    const poll: TimelineContent = { kind: 'poll', question: 'tea?', choices: ['yes', 'no'] };
    const contents: readonly (readonly [PeerKey, TimelineContent])[] = [
      [alice, hello],
      [bob, { kind: 'announcement', text: 'news' }],
      [alice, poll],
      [alice, { kind: 'edit', of, text: 'one' }],
      [alice, { kind: 'edit', of, text: 'two' }],
      [bob, { kind: 'reaction', items: [{ of, emoji: '👍', on: true }] }],
      [bob, { kind: 'reaction', items: [{ of, emoji: '👍', on: false }] }],
      [carol, { kind: 'vote', items: [{ of: idOf(3), choice: 1 }] }],
      [carol, { kind: 'vote', items: [{ of: idOf(3), choice: 0 }] }],
      [carol, { kind: 'acknowledge', items: [idOf(2)] }],
      [carol, { kind: 'hide', of }],
      [carol, { kind: 'unhide', of }],
      [alice, { kind: 'close-poll', of: idOf(3) }],
      [bob, { kind: 'delete', of: idOf(2) }],
    ];
    const entries = contents.map(([author, content], index) => entryOf(index + 1, author, content));
    const endOf = (order: readonly TimelineEntry[]) => {
      const timeline = new Timeline();
      for (const entry of order) timeline.add(entry);
      return timeline.messages();
    };
    const expected = endOf(entries);
    expect(expected.map(({ body }) => words(body))).toEqual(['two', 'deleted', 'tea?']);
    fc.assert(
      fc.property(fc.shuffledSubarray(entries, { minLength: entries.length }), (order) => {
        expect(endOf(order)).toEqual(expected);
      }),
    );
  });
});

describe('a reaction', () => {
  it('PROTOCOL 10.34: holds for its emoji and author until it is taken back', () => {
    const react = (on: boolean): TimelineContent => ({ kind: 'reaction', items: [{ of, emoji: '👍', on }] });
    const timeline = timelineOf(
      [alice, hello],
      [alice, react(true)],
      [bob, react(true)],
      [alice, react(false)],
    );
    expect([...reactionsOf(timeline.get(of)!)]).toEqual([['👍', [bob]]]);
    expect(timeline.add(entryOf(9, bob, react(false)))).toHaveLength(1);
    expect(reactionsOf(timeline.get(of)!).size).toBe(0);
  });

  it('PROTOCOL 10.34: has a bound for each author, and one for each message', () => {
    let view = newMessage(
      { id: of, author: alice, position: { major: 1, minor: 0 } },
      { kind: 'post', content: hello },
    );
    let number = 2;
    const react = (author: PeerKey, emoji: string) => {
      const position = { major: number++, minor: 0 };
      view = changeMessage(view, { author, position, content: { kind: 'reaction', of, emoji, on: true } });
    };
    for (let emoji = 0; emoji < 20; emoji++) react(bob, String(emoji));
    expect(view.reactions.size).toBe(reactionsOfAuthorMax);
    for (let author = 10; author < 60; author++)
      for (let emoji = 0; emoji < 4; emoji++)
        react(peerKeyFromBytes(new Uint8Array(32).fill(author)), `${author} ${emoji}`);
    expect(view.reactions.size).toBe(reactionEmojisMax);
  });
});

describe('a poll', () => {
  it('PROTOCOL 10.35: counts the last vote of each until its author closes it', () => {
    const vote = (choice: number | null): TimelineContent => ({ kind: 'vote', items: [{ of, choice }] });
    const timeline = timelineOf(
      [alice, { kind: 'poll', question: 'tea?', choices: ['yes', 'no'] }],
      [alice, vote(0)],
      [bob, vote(0)],
      [bob, vote(1)],
      [carol, vote(1)],
      [carol, vote(null)],
      [carol, vote(2)],
      [bob, { kind: 'close-poll', of }],
      [alice, { kind: 'close-poll', of }],
      [alice, vote(1)],
    );
    expect(votesOf(timeline.get(of)!)).toEqual([[alice], [bob]]);
    expect(timeline.get(of)?.pollClosedAt).toEqual({ major: 9, minor: 0 });
    expect(votesOf(timelineOf([alice, hello], [bob, vote(0)]).get(of)!)).toEqual([]);
  });

  it('PROTOCOL 10.35: has the votes that its author says at its end, wherever the others stand', () => {
    const vote = (choice: number): TimelineContent => ({ kind: 'vote', items: [{ of, choice }] });
    const poll: TimelineContent = { kind: 'poll', question: 'tea?', choices: ['yes', 'no'] };
    const end: TimelineContent = { kind: 'close-poll', of, votes: [{ voter: alice, choice: 0 }] };
    for (const contents of [
      [vote(1), end],
      [end, vote(1)],
    ] as const) {
      const timeline = timelineOf(
        [alice, poll],
        ...contents.map((each) => [each === end ? alice : bob, each] as const),
      );
      expect(votesOf(timeline.get(of)!)).toEqual([[alice], []]);
    }
  });
});

describe('an announcement', () => {
  it('PROTOCOL 10.36: counts each reader once, without its author, and a text counts no one', () => {
    const read: TimelineContent = { kind: 'acknowledge', items: [of, idOf(2)] };
    const timeline = timelineOf(
      [alice, { kind: 'announcement', text: 'news' }],
      [alice, hello],
      [alice, read],
      [bob, read],
      [bob, read],
      [carol, read],
    );
    expect([...timeline.get(of)!.acknowledgedBy]).toEqual([bob, carol]);
    expect(timeline.get(idOf(2))?.acknowledgedBy.size).toBe(0);
  });
});

describe('a hidden message', () => {
  it('PROTOCOL 10.37: keeps its place and its author, and shows again after unhide', () => {
    const timeline = timelineOf([alice, hello], [bob, { kind: 'hide', of }]);
    const view = timeline.get(of)!;
    expect(isHidden(view)).toBe(true);
    expect([view.author, view.position]).toEqual([alice, { major: 1, minor: 0 }]);
    timeline.add(entryOf(3, bob, { kind: 'unhide', of }));
    expect(isHidden(timeline.get(of)!)).toBe(false);
  });
});
