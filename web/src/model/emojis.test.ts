import { expect, it } from 'vitest';
import { isEmoji, quickEmojis } from './emojis.ts';

it('one emoji is one: also a flag, a family and a skin tone, and neither a letter nor two', () => {
  for (const emoji of ['👍', '👍🏽', '🇩🇪', '👩‍👩‍👧', '❤️', ...quickEmojis])
    expect(isEmoji(emoji), emoji).toBe(true);
  for (const text of ['', 'a', '1', '👍👍', ':-)', '👍 ']) expect(isEmoji(text), text).toBe(false);
});
