import { expect, it } from 'vitest';
import { lookAlikeKeys, looksLike } from '../../shared/look-alikes.ts';
import { nicknameComparisonKey, parseNickname } from '../../shared/nickname.ts';
import { describeVectors } from './describe-vectors.ts';
import type { VectorCase } from './vector-files.ts';

type NicknameCase =
  | (VectorCase & {
      readonly result: 'accepted';
      readonly text: string;
      readonly nickname: string;
      readonly comparisonKey: string;
      readonly lookAlikeKeys: readonly string[];
    })
  | (VectorCase & { readonly result: 'refused'; readonly text: string; readonly code: string })
  | (VectorCase & { readonly result: 'same'; readonly names: readonly string[] })
  | (VectorCase & { readonly result: 'look-alike'; readonly names: readonly string[] })
  | (VectorCase & { readonly result: 'different'; readonly names: readonly string[] });

/** How two nicknames compare, each as a server stores it. */
function comparisonOf(names: readonly string[]): 'same' | 'look-alike' | 'different' {
  const [one = '', other = ''] = names;
  expect(names.map((name) => parseNickname(name))).toEqual([{ nickname: one }, { nickname: other }]);
  if (nicknameComparisonKey(one) === nicknameComparisonKey(other)) return 'same';
  expect(looksLike(other, one)).toBe(looksLike(one, other));
  return looksLike(one, other) ? 'look-alike' : 'different';
}

const cases = describeVectors<NicknameCase>('nicknames', {
  accepted({ name, text }) {
    const parsed = parseNickname(text);
    if ('error' in parsed) throw new Error(`${name} is refused with ${parsed.error}`);
    const { nickname } = parsed;
    expect(parseNickname(nickname)).toEqual({ nickname });
    const comparisonKey = nicknameComparisonKey(text);
    expect(nicknameComparisonKey(nickname)).toBe(comparisonKey);
    return {
      name,
      result: 'accepted',
      text,
      nickname,
      comparisonKey,
      lookAlikeKeys: [...lookAlikeKeys(nickname)],
    };
  },
  refused({ name, text }) {
    const parsed = parseNickname(text);
    if ('nickname' in parsed) throw new Error(`${name} is accepted`);
    return { name, result: 'refused', text, code: parsed.error };
  },
  same: ({ name, names }) => ({ name, result: comparisonOf(names), names }),
  'look-alike': ({ name, names }) => ({ name, result: comparisonOf(names), names }),
  different: ({ name, names }) => ({ name, result: comparisonOf(names), names }),
});

it('PROTOCOL 6.97: has examples of many scripts', () => {
  const counted = Object.groupBy(cases, ({ result }) => result);
  expect(counted.accepted?.length).toBeGreaterThanOrEqual(60);
  expect(counted.refused?.length).toBeGreaterThanOrEqual(60);
  expect(counted['look-alike']?.length).toBeGreaterThanOrEqual(40);
  expect(counted.different?.length).toBeGreaterThanOrEqual(20);
});
