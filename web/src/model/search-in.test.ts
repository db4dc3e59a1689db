import { expect, it } from 'vitest';
import { parseSearch } from '../../../shared/search/query.ts';
import { searchIn } from './search-in.ts';

it('UI 22: the search of a conversation begins with its name, which the search reads as that', () => {
  for (const name of ['bob', 'Anna Maria', 'a"b', 'o\\neil', '字', "it's", 'in:x']) {
    expect(parseSearch(`${searchIn(undefined, { nickname: name })}boat`)).toEqual({
      words: ' boat',
      from: [],
      in: [name],
      hasLink: false,
    });
  }
  expect(parseSearch(searchIn({ name: 'lab' }, undefined)).in).toEqual(['#lab']);
  expect(parseSearch(searchIn({ name: 'big lab' }, undefined)).in).toEqual(['#big lab']);
});

it('UI 22: the search of a conversation without a name that a filter can hold is one of all messages', () => {
  for (const nickname of ['"a', 'a "b"', null]) expect(searchIn(undefined, { nickname })).toBe('');
});
