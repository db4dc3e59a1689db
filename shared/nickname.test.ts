import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { nicknameCodePointsMax } from './limits.ts';
import { nicknameComparisonKey, parseNickname, preparedNickname, suggestNickname } from './nickname.ts';

// More examples, of many scripts: docs/protocol/vectors/nicknames.json.
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
    ['❤️', '❤️'],
    ['a️', 'a'],
    ['👁‍🗨', '👁️‍🗨️'],
    ['ශ්‍රී', 'ශ්‍රී'],
    ['علی‌رضا', 'علی‌رضا'],
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
    ['bob\u2800', 'nickname-not-allowed'],
    ['\u3164', 'nickname-not-allowed'],
    ['\u0301', 'nickname-not-allowed'],
    ['\u{1D159}', 'nickname-not-allowed'],
    ['a\u0302\u0323\u0328\u0335\u0307', 'nickname-not-allowed'],
    ['\ud800', 'nickname-not-allowed'],
    ['\ue000', 'nickname-not-allowed'],
    ['\u1100', 'nickname-not-allowed'],
  ])('PROTOCOL 6.69: refuses %j with %s', (text, error) => {
    expect(parseNickname(text)).toEqual({ error });
  });

  it('accepts every RGI emoji that normalization leaves as it is, and shows it as it is', () => {
    // One of each kind: a text by default, a skin tone, a flag, a keycap, tags, and joined ones.
    for (const emoji of ['☺️', '👋🏿', '🇮🇷', '7️⃣', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '🧑🏽‍🚀', '🏳️‍⚧️', '👩🏻‍❤️‍💋‍👨🏿', '🐦‍🔥'])
      expect(parseNickname(emoji)).toEqual({ nickname: emoji });
  });

  it('reads any text, keeps to the length, and accepts each nickname that it returns, unchanged', () => {
    const telling = fc.constantFrom(
      ...Array.from(
        'a1#-IlmО\u0301\u0323\u200C\u200D\uFE0E\uFE0F\u20E3\u3164\u2800علක්❤👩🚀🏽🇱🏴\u{E0067}\u{E007F}ﷺ㎏‼ \u00A8',
      ),
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: telling, maxLength: 40 }),
      fc.string({ unit: telling, minLength: 500, maxLength: 5_000 }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseNickname(text);
        const key = nicknameComparisonKey(text);
        if (text.length > 18 * nicknameCodePointsMax) expect(parsed).toEqual({ error: 'nickname-too-long' });
        if ('error' in parsed) return;
        expect(parseNickname(parsed.nickname)).toEqual(parsed);
        expect([...parsed.nickname].length).toBeLessThanOrEqual(nicknameCodePointsMax);
        expect(nicknameComparisonKey(parsed.nickname)).toBe(key);
      }),
      { numRuns: 3_000 },
    );
  });

  it('gives no work to a text that is too long to be a nickname', () => {
    const text = '\u0301'.repeat(1_000_000);
    const work = (['normalize', 'toLowerCase', 'replaceAll'] as const).map((method) =>
      vi.spyOn(String.prototype, method),
    );
    expect(parseNickname(text)).toEqual({ error: 'nickname-too-long' });
    expect(nicknameComparisonKey(text) === text).toBe(true);
    const calls = work.flatMap(({ mock }) => mock.calls);
    for (const method of work) method.mockRestore();
    expect(calls).toEqual([]);
  });
});

it('a nickname that a server names counts only in its prepared form', () => {
  expect(preparedNickname('Bob2')).toBe('Bob2');
  for (const text of ['', ' Bob2', 'Ｂob', 'Bob2\u202E', 'B ob', 'B\uFE0Fob'])
    expect(preparedNickname(text)).toBeNull();
});

describe('nicknameComparisonKey', () => {
  it.each([
    ['Alice', 'alice'],
    ['ＡLICE', 'alice'],
    [' Alice', 'alice'],
    ['Ångström', 'ångström'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
    ['❤️', '❤'],
    ['👁️‍🗨️', '👁‍🗨'],
  ])('is equal for %j and %j', (a, b) => {
    expect(nicknameComparisonKey(a)).toBe(nicknameComparisonKey(b));
  });

  it('differs for different names', () => {
    expect(nicknameComparisonKey('alice')).not.toBe(nicknameComparisonKey('alicia'));
  });
});

describe('suggestNickname', () => {
  it('counts up until a nickname is free', () => {
    expect(suggestNickname('bob', (nickname) => ['bob', 'bob2'].includes(nickname))).toBe('bob3');
  });

  it('shortens a nickname that has no room for the number', () => {
    expect(suggestNickname('x'.repeat(32), () => false)).toBe(`${'x'.repeat(31)}2`);
  });

  it('gives up after 31 nicknames, so that thousands of taken ones cost no more', () => {
    const tried: string[] = [];
    const isTaken = (nickname: string) => tried.push(nickname) > 0;
    expect(suggestNickname('bob', isTaken)).toBeNull();
    expect([tried.length, tried[0], tried[14], tried[15], tried.at(-1)]).toEqual([
      31,
      'bob2',
      'bob16',
      'bob32',
      'bob1048576',
    ]);
  });

  it('does not cut through an emoji', () => {
    expect(suggestNickname(`abcd${'👨‍👩‍👧‍👦'.repeat(4)}`, () => false)).toBe(`abcd${'👨‍👩‍👧‍👦'.repeat(3)}👨‍👩‍👧2`);
  });
});
