import { describe, expect, it } from 'vitest';
import {
  formatJoinCode,
  joinCodeFromBytes,
  joinCodeToBytes,
  looksLikeJoinCode,
  parseJoinCode,
  withoutJoinCodes,
} from './join-code.ts';

describe('a join code', () => {
  const bytes = Uint8Array.from({ length: 10 }, (_, index) => 17 * index);

  it('has 16 characters for its 80 bits, in groups of four', () => {
    const code = joinCodeFromBytes(bytes);
    expect(code).toBe('008j4ct4ank7f24s');
    expect(formatJoinCode(code)).toBe('008j-4ct4-ank7-f24s');
    expect(joinCodeToBytes(code)).toEqual(bytes);
  });

  it('is read with the mistakes that people make, and nothing else is one', () => {
    expect(parseJoinCode(' OO8J 4ct4-ANK7 f24s ')).toBe('008j4ct4ank7f24s');
    for (const wrong of ['', '008j-4ct4-ank7-f24', '008j-4ct4-ank7-f24sd', '008j-4ct4-ank7-f24u'])
      expect(parseJoinCode(wrong)).toBeUndefined();
    expect(() => joinCodeFromBytes(bytes.subarray(1))).toThrow(RangeError);
  });

  it('is recognized with a mistake, so that no text for the user repeats it', () => {
    for (const near of [
      '008j4ct4ank7f24s',
      '008J-4CT4-ANK7-F24',
      '008j4ct4-ank7f24sd',
      'abcd-efgh-jkmn-pqrs',
      'abcdefghjkmnpqrs',
      'address=10.0.0.1#k7.008j-4ct4-ank7-f24u',
    ])
      expect(looksLikeJoinCode(near), near).toBe(true);
    for (const other of ['no-such-option', 'a-very-long-option', '192.168.1.7:50000', '008j-4ct4-ank7', ''])
      expect(looksLikeJoinCode(other), other).toBe(false);
    expect(withoutJoinCodes('~/codes/008j-4ct4-ank7-f24.txt')).toBe('~/codes/….txt');
  });
});
