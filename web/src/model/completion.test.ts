import { describe, expect, it } from 'vitest';
import { bob, carol, contactOf, keyOf } from '../../../shared/model/samples.ts';
import { complete, suggestionsFor, typedMention } from './completion.ts';

describe('a name that is being typed', () => {
  it.each([
    ['@', 1, { start: 0, query: '' }],
    ['hi @bo', 6, { start: 3, query: 'bo' }],
    ['(@bo', 4, { start: 1, query: 'bo' }],
    ['@bob hi', 7, undefined],
    ['me@example', 10, undefined],
    ['hello', 5, undefined],
    ['@' + 'x'.repeat(40), 41, undefined],
  ])('is found in %j at %i', (text, caret, found) => {
    expect(typedMention(text, caret)).toEqual(found);
  });

  it('ends at the caret', () => {
    expect(typedMention('@bobby', 3)).toEqual({ start: 0, query: 'bo' });
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

it('a chosen name replaces the typed part, with one space behind it', () => {
  const name = { key: bob, name: 'bob' };
  expect(complete('hi @bo', { start: 3, query: 'bo' }, name)).toEqual({ text: 'hi @bob ', caret: 8 });
  expect(complete('@bo how', { start: 0, query: 'bo' }, name)).toEqual({ text: '@bob how', caret: 5 });
});
