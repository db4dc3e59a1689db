import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nicknameComparisonKey, parseNickname, suggestNickname } from './nickname.ts';

describe('parseNickname', () => {
  it.each([
    ['alice', 'alice'],
    ['  alice ', 'alice'],
    ['Ålice', 'Ålice'],
    ['Ａlice', 'Alice'],
    ['R2-D2', 'R2-D2'],
    ['дядя_Ваня', 'дядя_Ваня'],
    ['山田太郎', '山田太郎'],
    ['🚀', '🚀'],
    ['❤️', '❤'],
    ['a#1', 'a#1'],
    ['x'.repeat(32), 'x'.repeat(32)],
    ['🚀'.repeat(32), '🚀'.repeat(32)],
  ])('PROTOCOL 6.69: accepts %j as %j', (text, nickname) => {
    expect(parseNickname(text)).toEqual({ nickname });
  });

  it.each([
    ['', 'nickname-empty'],
    [' \u3000', 'nickname-empty'],
    ['x'.repeat(33), 'nickname-too-long'],
    ['x'.repeat(100_000), 'nickname-too-long'],
    ['a b', 'nickname-not-allowed'],
    ['a\u00a0b', 'nickname-not-allowed'],
    ['#all', 'nickname-not-allowed'],
    ['＃all', 'nickname-not-allowed'],
    ['a\tb', 'nickname-not-allowed'],
    ['a\nb', 'nickname-not-allowed'],
    ['a\u0000', 'nickname-not-allowed'],
    ['a\u001b[2J', 'nickname-not-allowed'],
    ['a\u202eb', 'nickname-not-allowed'],
    ['a\u200db', 'nickname-not-allowed'],
    ['a\u00adb', 'nickname-not-allowed'],
    ['a\ufeff', 'nickname-not-allowed'],
    ['\ud800', 'nickname-not-allowed'],
    ['\ue000', 'nickname-not-allowed'],
    ['\u1100', 'nickname-not-allowed'],
  ])('PROTOCOL 6.69: refuses %j with %s', (text, error) => {
    expect(parseNickname(text)).toEqual({ error });
  });

  it('accepts each nickname that it returns, unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const parsed = parseNickname(text);
        if ('nickname' in parsed) expect(parseNickname(parsed.nickname)).toEqual(parsed);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('nicknameComparisonKey', () => {
  it.each([
    ['Alice', 'alice'],
    ['ＡLICE', 'alice'],
    [' Alice', 'alice'],
    ['Ångström', 'ångström'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
  ])('is equal for %j and %j', (a, b) => {
    expect(nicknameComparisonKey(a)).toBe(nicknameComparisonKey(b));
  });

  it('differs for different names', () => {
    expect(nicknameComparisonKey('alice')).not.toBe(nicknameComparisonKey('alicia'));
  });
});

describe('suggestNickname', () => {
  it('counts up until a nickname is free', () => {
    expect(suggestNickname('bob', (key) => ['bob', 'bob2'].includes(key))).toBe('bob3');
  });

  it('shortens a nickname that has no room for the number', () => {
    expect(suggestNickname('x'.repeat(32), () => false)).toBe(`${'x'.repeat(31)}2`);
  });
});
