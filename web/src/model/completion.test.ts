import { describe, expect, it } from 'vitest';
import { bob, carol, contactOf, keyOf } from '../../../shared/model/samples.ts';
import { mayBeEmojiCode, replacementFor, suggestionsFor, typedMention } from './completion.ts';
import { typedEmoji } from './typed-emoji.ts';

describe('a name that is being typed', () => {
  it.each([
    ['@', 1, { kind: 'mention', start: 0, end: 1, query: '' }],
    ['hi @bo', 6, { kind: 'mention', start: 3, end: 6, query: 'bo' }],
    ['(@bo', 4, { kind: 'mention', start: 1, end: 4, query: 'bo' }],
    ['@bob hi', 7, undefined],
    ['me@example', 10, undefined],
    ['hello', 5, undefined],
    ['@' + 'x'.repeat(40), 41, undefined],
  ])('is found in %j at %i', (text, caret, found) => {
    expect(typedMention(text, caret)).toEqual(found);
  });

  it('ends at the caret', () => {
    expect(typedMention('@bobby', 3)).toEqual({ kind: 'mention', start: 0, end: 3, query: 'bo' });
  });
});

describe('the suggested names', () => {
  const people = [
    contactOf(bob, 'bob'),
    contactOf(carol, 'Carol'),
    contactOf(keyOf(3), 'jacob'),
    contactOf(keyOf(4), null),
  ];
  const namesFor = (query: string, mayMentionRoom = false) =>
    suggestionsFor(query, people, mayMentionRoom).map(({ name }) => name);

  it('have the typed part, and those that begin with it come first', () => {
    expect(namesFor('ob')).toEqual(['bob', 'jacob']);
    expect(namesFor('c')).toEqual(['Carol', 'jacob']);
    expect(namesFor('')).toEqual(['bob', 'Carol', 'jacob']);
  });

  it('offer the whole room to moderators alone', () => {
    expect(namesFor('roo', true)).toEqual(['room']);
    expect(namesFor('roo')).toEqual([]);
  });

  it('leave out a key that uses the name of another', () => {
    const impostor = {
      ...contactOf(keyOf(5), 'bobb'),
      keyConflict: { type: 'not-pinned', pinned: bob, refused: false } as const,
    };
    expect(suggestionsFor('bob', [impostor], false)).toEqual([]);
  });
});

describe('a chosen suggestion', () => {
  it('that is a name replaces the typed part, with one space behind it', () => {
    const name = { kind: 'name', key: bob, name: 'bob' } as const;
    const at = (start: number, end: number) => ({ kind: 'mention', start, end, query: 'bo' }) as const;
    expect(replacementFor('hi @bo', at(3, 6), name)).toEqual({ start: 3, end: 6, text: '@bob ' });
    expect(replacementFor('@bo how', at(0, 3), name)).toEqual({ start: 0, end: 4, text: '@bob ' });
  });

  it('that is an emoji replaces its code', () => {
    const smile = { kind: 'emoji', emoji: '😄', code: 'smile' } as const;
    const typed = typedEmoji('hi :smi!', 7)!;
    expect(replacementFor('hi :smi!', typed, smile)).toEqual({ start: 3, end: 7, text: '😄' });
  });
});

it('the completion of emojis is loaded from two letters behind a colon on', () => {
  for (const text of [':sm', 'at :+1', ':smile:', 'http:ex'])
    expect(mayBeEmojiCode(text, text.length), text).toBe(true);
  for (const text of ['', ':', ':s', 'at 10:3', ': sm', 'hello'])
    expect(mayBeEmojiCode(text, text.length), text).toBe(false);
});
