import { describe, expect, it } from 'vitest';
import { isBlank } from './characters.ts';

describe('a text is blank', () => {
  it.each([
    '',
    ' \n\t',
    '\u200b',
    '\u2800',
    '\u3164',
    '\u00ad',
    '\u202e',
    '\0\u0007',
    '\ufeff',
    '\u{e0061}',
    '\u3000\u2028',
    '\u{1D159}\uFFFC',
    '\u2D7F\u{13441}',
  ])('if nothing of it can be seen: %j', (text) => {
    expect(isBlank(text)).toBe(true);
  });

  it.each(['a', '.', '\u200bа\u200b', '\u0301', '\ue000', '\ufffd', '👩‍🚀', '**'])(
    'and otherwise not: %j',
    (text) => {
      expect(isBlank(text)).toBe(false);
    },
  );
});
