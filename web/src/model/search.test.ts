import { describe, expect, it } from 'vitest';
import type { AnswerOf, CommandOf } from '../../../shared/bridge/commands.ts';
import { doneWith, refused } from '../../../shared/command-result.ts';
import { bob, messageOf, roomViewOf, withBob } from '../../../shared/model/samples.ts';
import { phrasesOf } from '../../../shared/search/query.ts';
import {
  excerptOf,
  groupedResults,
  resultsShown,
  SearchAsTyped,
  unknownAuthorOf,
  unknownPlaceOf,
  type SearchState,
} from './search.ts';

/** A search. The test answers its questions. */
function searching() {
  const asked: { command: CommandOf<'search'>; answer: (answer: AnswerOf<'search'>) => void }[] = [];
  const states: SearchState[] = [];
  const search = new SearchAsTyped(
    (command) => new Promise((answer) => asked.push({ command, answer })),
    (state) => states.push(state),
  );
  const settle = async (answer: AnswerOf<'search'>) => {
    asked.at(-1)?.answer(answer);
    // The next question follows in a later microtask.
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { search, asked, settle, state: () => states.at(-1) };
}

const found = (count: number, next: number | null, first = 1) =>
  doneWith({ messages: Array.from({ length: count }, (_, index) => messageOf(first + index)), next });

describe('UI 22: a search while the user types', () => {
  it('asks one question at a time, and goes on with the newest text only', async () => {
    const { search, asked, settle, state } = searching();
    for (const text of ['b', 'bo', 'boa']) search.type(text);
    expect(asked.map(({ command }) => command.text)).toEqual(['b']);
    await settle(found(5, null));
    expect(asked.map(({ command }) => command.text)).toEqual(['b', 'boa']);
    expect(state()?.results).toEqual([]);
    await settle(found(1, null));
    expect(state()).toMatchObject({ text: 'boa', isSearching: false, hasMore: false });
    expect(state()?.results).toHaveLength(1);
  });

  it('goes on through all history until there are enough results, and then by a click', async () => {
    const { search, asked, settle, state } = searching();
    search.type('boat');
    await settle(found(0, 500));
    expect(asked.at(-1)?.command).toMatchObject({ before: 500, limit: resultsShown });
    await settle(found(resultsShown, 300));
    expect(state()).toMatchObject({ isSearching: false, hasMore: true });
    search.more();
    expect(asked.at(-1)?.command).toMatchObject({ before: 300 });
    await settle(found(2, null, 100));
    expect(state()?.results).toHaveLength(resultsShown + 2);
    expect(state()?.hasMore).toBe(false);
    search.more();
    expect(asked).toHaveLength(3);
  });

  it('shows nothing for an empty box, and says why it cannot search', async () => {
    const { search, settle, state } = searching();
    search.type('x');
    await settle(refused('not-joined'));
    expect(state()).toMatchObject({ refusal: 'not-joined', isSearching: false });
    search.type(' ');
    expect(state()).toMatchObject({ text: '', results: [], refusal: null });
  });
});

describe('UI 22: results', () => {
  it('stand by conversation, the one with the latest result first', () => {
    const { conversation } = roomViewOf(1, 'lab');
    const results = [
      messageOf(3, { conversation }),
      messageOf(2, { author: bob }),
      messageOf(1, { conversation }),
    ];
    expect(groupedResults(results).map((group) => [group.conversation, group.results.length])).toEqual([
      [conversation, 2],
      [withBob, 1],
    ]);
  });

  const shown = (text: string, typed: string) =>
    excerptOf(text, phrasesOf(typed))
      .map(({ text: part, isFound }) => (isFound ? `[${part}]` : part))
      .join('');

  it('show the found words in their context', () => {
    expect(shown('The boat leaves, the boats come', 'the boat')).toBe(
      '[The] [boat] leaves, [the] [boats] come',
    );
    expect(shown('明日東京で', '東京')).toBe('明日[東京]で');
    expect(shown('no word', '')).toBe('no word');
  });

  it('have no marks, as in the log', () => {
    expect(shown('Where **are you**, `bob`?', 'you')).toBe('Where are [you], bob?');
    expect(shown('> a _boat_', 'boat')).toBe('a [boat]');
  });

  it('cannot be there if the search names only unknown authors', () => {
    const nicknames = ['alice', 'Bob'];
    expect(unknownAuthorOf('boat from:@zed', nicknames)).toBe('zed');
    for (const typed of ['boat', 'from:', 'from:bo', 'from:me', 'from:zed from:BOB'])
      expect(unknownAuthorOf(typed, nicknames)).toBeNull();
  });

  it('cannot be there if the search names only unknown places', () => {
    const names = ['Bob', '#everyone'];
    expect(unknownPlaceOf('boat in:#unknown', names)).toBe('#unknown');
    for (const typed of ['boat', 'in:', 'in:#every', 'in:#one', 'in:@bo', 'in:#unknown in:bob'])
      expect(unknownPlaceOf(typed, names)).toBeNull();
  });

  it('are cut to a part around the first word, and never inside of a character', () => {
    const text = shown(`${'😀'.repeat(300)} boat ${'😀'.repeat(300)}`, 'boat');
    expect(text).toMatch(/^…(?:😀)+ \[boat\] (?:😀)+…$/u);
    expect(text.length).toBeLessThan(260);
  });
});
