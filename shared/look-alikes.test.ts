import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confusables, confusablesUnicodeVersion } from './confusables.ts';
import { lookAlikeKeys, looksLike } from './look-alikes.ts';
import { nicknameComparisonKey, parseNickname } from './nickname.ts';

const nicknames = fc
  .string({ unit: fc.constantFrom(...Array.from('abilImrn01OBВвоОрТשע1٣ß❤é-|')), minLength: 1, maxLength: 8 })
  .filter((text) => 'nickname' in parseNickname(text));

describe('the look-alike keys of a nickname', () => {
  // More examples: docs/protocol/vectors/nicknames.json.
  it.each([
    ['bob', 'bоb'],
    ['BOB', 'ВОВ'],
    ['bob', 'ВОВ'],
    ['Ivan', 'lvan'],
    ['I', '1'],
    ['burn', 'bum'],
    ['ivan', 'i\u0307van'],
    ['علی‌رضا', 'علیرضا'],
    ['1שרה', 'שרה1'],
  ])('PROTOCOL 6.97: have one in common for %j and %j', (one, other) => {
    expect(nicknameComparisonKey(one)).not.toBe(nicknameComparisonKey(other));
    expect(looksLike(one, other)).toBe(true);
  });

  it('PROTOCOL 6.97: have none in common for names that a reader can tell apart', () => {
    expect(looksLike('alice', 'alicia')).toBe(false);
    expect(looksLike('José', 'Jose')).toBe(false);
  });

  it('have one in common for each pair that compares as equal', () => {
    fc.assert(
      fc.property(nicknames, (nickname) => {
        for (const other of [nickname.toUpperCase(), nickname.toLowerCase()])
          if (nicknameComparisonKey(other) === nicknameComparisonKey(nickname))
            expect(looksLike(nickname, other)).toBe(true);
      }),
    );
  });

  it('are at most six for each nickname', () => {
    fc.assert(
      fc.property(nicknames, (nickname) => {
        expect(lookAlikeKeys(nickname).size).toBeGreaterThanOrEqual(1);
        expect(lookAlikeKeys(nickname).size).toBeLessThanOrEqual(6);
      }),
    );
  });
});

describe('the table of prototypes', () => {
  const groups = confusables.split(',').map((group) => group.split('='));

  it('has the characters of Unicode 17 that a nickname can have', () => {
    expect(confusablesUnicodeVersion).toBe('17.0');
    expect(groups.flatMap(([, characters = '']) => characters.split(' '))).toHaveLength(2_740);
  });

  it('names each character once, and no character as its own prototype', () => {
    const characters = groups.flatMap(([, of = '']) => of.split(' '));
    expect(new Set(characters).size).toBe(characters.length);
    expect(groups.filter(([prototype, of = '']) => of.split(' ').includes(prototype ?? ''))).toEqual([]);
  });
});
