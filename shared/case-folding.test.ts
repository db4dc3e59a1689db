import { describe, expect, it } from 'vitest';
import { nameContains } from './case-folding.ts';

describe('a nickname is found by a part of it', () => {
  it.each([
    ['Bob', ''],
    ['Bob', ' OB '],
    ['İbrahim', 'ibra'],
    ['Irmak', 'ırm'],
    ['straße', 'STRASS'],
    ['Γιώργος', 'γιωργοσ'],
    ['Müller', 'mull'],
    ['Müller', 'mu\u0308l'],
    ['مُحَمَّد', 'محمد'],
    ['ガンダム', 'ｶﾞﾝ'],
    ['한글', '한'],
    ['bob', 'ｂｏ'],
  ])('%j by %j', (nickname, typed) => {
    expect(nameContains(nickname, typed)).toBe(true);
  });

  it.each([
    ['Muller', 'mül'],
    ['Bob', 'bo b'],
    ['か', 'が'],
  ])('%j not by %j', (nickname, typed) => {
    expect(nameContains(nickname, typed)).toBe(false);
  });
});
