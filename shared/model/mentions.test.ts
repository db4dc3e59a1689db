import { describe, expect, it } from 'vitest';
import { mentionsMax } from '../limits.ts';
import { initialState } from './chat.ts';
import { mentionsIn, wordsOf } from './mentions.ts';
import { bob, carol, contactOf, keyOf, me, snapshotOf } from './samples.ts';

const names = new Map([
  ['bob', bob],
  ['bob.k', keyOf(1)],
  ['Carol', carol],
  ['👩‍🚀', keyOf(2)],
]);
const find = (nickname: string) => names.get(nickname);
const mentioned = (text: string) => mentionsIn(text, find).map(({ key }) => key);
const contacts = new Map(
  [contactOf(me, 'alice'), contactOf(bob, 'bob'), contactOf(carol, 'Carol')].map((row) => [row.key, row]),
);
const chat = { ...initialState, session: snapshotOf().session, contacts };

describe('a mention', () => {
  it.each([
    '@bob',
    'hello @bob',
    '(@bob)',
    '@bob, hello',
    "@bob's",
    '@bob!?',
    '@@bob',
    'a/@bob',
    '@bob: yes',
    '“@bob”',
  ])('is found in %s', (text) => {
    expect(mentioned(text)).toEqual([bob]);
  });

  it.each(['bob', '@bobby', 'mail@bob', '7@bob', '@ bob', '@', '@dave', 'ä@bob'])(
    'is not found in %s',
    (text) => {
      expect(mentioned(text)).toEqual([]);
    },
  );

  it('is the longest nickname that the chat has', () => {
    expect(mentioned('@bob.k and @bob.x')).toEqual([keyOf(1), bob]);
    expect(mentioned('@bob.k.')).toEqual([keyOf(1)]);
  });

  it('may be an emoji, and stand directly before the next one', () => {
    expect(mentioned('@👩‍🚀!')).toEqual([keyOf(2)]);
    expect(mentioned('@Carol/@bob')).toEqual([carol, bob]);
  });

  it('has its place in the text, so that a frontend can mark it', () => {
    expect(mentionsIn('hi @bob!', find)).toEqual([{ start: 3, end: 7, key: bob }]);
  });

  it('of @room is one of all members', () => {
    expect(mentioned('@room: now')).toEqual([null]);
    expect(mentioned('@roomy')).toEqual([]);
  });

  it('costs little in a text of nothing but signs', () => {
    expect(mentioned('@'.repeat(16_000))).toEqual([]);
  });
});

describe('the words of a typed text', () => {
  it('have each mentioned key once, by the rules for nicknames', () => {
    expect(wordsOf('@BOB @bob @carol', chat, false)).toEqual({
      text: '@BOB @bob @carol',
      mentions: [bob, carol],
    });
  });

  it('never mention the user, or a person with the nickname of another', () => {
    const impostor = {
      ...contactOf(keyOf(9), 'eve'),
      keyConflict: { type: 'not-pinned', pinned: bob, refused: false },
    } as const;
    const rows = new Map([...contacts, [keyOf(9), impostor]]);
    expect(wordsOf('@alice @eve', { ...chat, contacts: rows }, false)).toEqual({ text: '@alice @eve' });
  });

  it('mention all members only where the user may do that', () => {
    expect(wordsOf('@room', chat, true)).toEqual({ text: '@room', mentionsRoom: true });
    expect(wordsOf('@room', chat, false)).toEqual({ text: '@room' });
  });

  it('have no more keys than a content may have', () => {
    const many = Array.from({ length: mentionsMax + 1 }, (_, index) =>
      contactOf(keyOf(index + 1), `n${index}`),
    );
    const all = { ...chat, contacts: new Map(many.map((row) => [row.key, row])) };
    const words = wordsOf(many.map(({ nickname }) => `@${nickname}`).join(' '), all, false);
    expect(words.mentions).toHaveLength(mentionsMax);
  });
});
