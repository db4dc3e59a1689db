import emojiData from 'emoji-picker-element-data/en/emojibase/data.json?raw';
import { expect, it } from 'vitest';
import { emojisFor, emojiSuggestions, readEmojis } from './emoji-list.ts';
import { quickEmojis } from './emojis.ts';

const all = readEmojis(JSON.parse(emojiData), () => true);

it('the emojis of a menu are in the list', () => {
  const listed = new Set(all.map(({ emoji }) => emoji));
  expect(quickEmojis.filter((emoji) => !listed.has(emoji))).toEqual([]);
});

it('the emojis of the package are found by the beginnings of their words', () => {
  expect(all.length).toBeGreaterThan(1_800);
  expect(emojisFor('grinning', all)[0]).toMatchObject({ emoji: '😀', name: 'grinning face' });
  expect(emojisFor('PARTY pop', all).map(({ emoji }) => emoji)).toContain('🎉');
  expect(
    emojisFor('rocket', all)
      .map(({ emoji }) => emoji)
      .slice(0, 1),
  ).toEqual(['🚀']);
  expect(emojisFor('xyzzy', all)).toEqual([]);
  expect(emojisFor(' ', all)).toHaveLength(all.length);
});

it('data of another form has no emojis', () => {
  expect(readEmojis({}, () => true)).toEqual([]);
  expect(readEmojis([null, {}, { emoji: 'x', annotation: 'letter' }, { emoji: '👍' }], () => true)).toEqual(
    [],
  );
});

it('new emojis are left out where no font draws them', () => {
  const rows = [
    { emoji: '👍', annotation: 'thumbs up', version: 0.6 },
    { emoji: '🫠', annotation: 'melting face', version: 14 },
  ];
  const listed = (isDrawn: boolean) => readEmojis(rows, () => isDrawn).map(({ emoji }) => emoji);
  expect(listed(false)).toEqual(['👍']);
  expect(listed(true)).toEqual(['👍', '🫠']);
});

it('a code suggests the emojis with the shortest codes first, and at most six', () => {
  const suggested = (query: string, closed = false) =>
    emojiSuggestions({ query, closed }, all).map(({ emoji, code }) => `${emoji} ${code}`);
  expect(suggested('smile')[0]).toBe('😄 smile');
  expect(suggested('hea')[0]).toBe('❤️ heart');
  expect(suggested('SMI')).toHaveLength(6);
  expect(suggested('+1')).toEqual(['👍 +1']);
  expect(suggested('popper')).toEqual(['🎉 party_popper']);
  expect(suggested('xyzzy')).toEqual([]);
});

it('a code with both colons suggests its emoji alone', () => {
  expect(emojiSuggestions({ query: 'smile', closed: true }, all)).toEqual([
    { kind: 'emoji', emoji: '😄', code: 'smile' },
  ]);
  expect(emojiSuggestions({ query: 'smil', closed: true }, all)).toEqual([]);
});
