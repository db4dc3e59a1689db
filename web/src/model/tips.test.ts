import { describe, expect, it } from 'vitest';
import { hoverDelayMs, saysMore, tipKey } from './tips.ts';

describe('a key, for the tips', () => {
  it.each(['Tab', 'ArrowLeft', 'ArrowDown', 'Home', 'PageDown'])(
    'lets the element that gets the focus next show its tip: %s',
    (key) => {
      expect(tipKey(key)).toBe('moves-focus');
    },
  );

  it.each(['Control', 'Shift', 'Escape'])('leaves an open tip alone: %s', (key) => {
    expect(tipKey(key)).toBe('leaves-tip');
  });

  it.each(['Enter', ' ', 'a'])('ends an open tip, and the focus that it moves shows none: "%s"', (key) => {
    expect(tipKey(key)).toBe('other');
  });
});

describe('the delay of a tip', () => {
  it('is longer on a text, which the user reads under the pointer', () => {
    expect(hoverDelayMs('text', false)).toBeGreaterThan(hoverDelayMs('control', false));
    expect(hoverDelayMs('text', true)).toBe(hoverDelayMs('text', false));
  });

  it('is short on a control beside another one, if the user has just read its tip', () => {
    expect(hoverDelayMs('control', true)).toBeLessThan(hoverDelayMs('control', false));
  });
});

describe('the words of a tip are announced', () => {
  it('unless the element has them as its name', () => {
    expect(saysMore('Search', 'Search', '')).toBe(false);
    expect(saysMore('3 members', 'Members of #lab', '')).toBe(true);
  });

  it('unless the element has them as its whole text, which may be cut on the screen', () => {
    expect(saysMore('a long topic', null, '\n  a long\n topic ')).toBe(false);
    expect(saysMore('the whole key', null, 'the key')).toBe(true);
  });

  it('also if a label takes the place of a text with the same words', () => {
    expect(saysMore('Ban', 'Ban bob', 'Ban')).toBe(true);
  });
});
