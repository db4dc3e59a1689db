import emojiData from 'emoji-picker-element-data/en/emojibase/data.json?raw';
import { expect, it } from 'vitest';
import { emojisFor, isEmoji, quickEmojis, readEmojis } from './emojis.ts';

it('one emoji is one: also a flag, a family and a skin tone, and neither a letter nor two', () => {
  for (const emoji of ['👍', '👍🏽', '🇩🇪', '👩‍👩‍👧', '❤️', ...quickEmojis])
    expect(isEmoji(emoji), emoji).toBe(true);
  for (const text of ['', 'a', '1', '👍👍', ':-)', '👍 ']) expect(isEmoji(text), text).toBe(false);
});

it('the emojis of the package are found by the beginnings of their words', () => {
  const data: unknown = JSON.parse(emojiData);
  const all = readEmojis(data);
  expect(all.length).toBeGreaterThan(1_500);
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
  expect(readEmojis({})).toEqual([]);
  expect(readEmojis([null, {}, { emoji: 'x', annotation: 'letter' }, { emoji: '👍' }])).toEqual([]);
});
