import { describe, expect, it } from 'vitest';
import { isVectorFile, jsonOf } from './vector-files.ts';

const file = {
  about: 'a test',
  rules: ['1.1'],
  results: { valid: 'a reader takes it' },
  fields: { bytes: 'hex' },
  cases: [{ name: 'one', result: 'valid', bytes: '00' }],
};

describe('a file of test vectors', () => {
  it('is read only with all parts that each file has', () => {
    expect(isVectorFile(file)).toBe(true);
    for (const wrong of [
      null,
      [],
      'about',
      { ...file, about: 1 },
      { ...file, rules: [1] },
      { ...file, rules: '1.1' },
      { ...file, results: null },
      { ...file, fields: { bytes: 1 } },
      { ...file, cases: {} },
      { ...file, cases: [null] },
      { ...file, cases: [{ name: 'without a result' }] },
    ])
      expect(isVectorFile(wrong)).toBe(false);
  });

  it('has bytes as hex, and nothing that JSON cannot hold', () => {
    expect(jsonOf({ bytes: Uint8Array.of(1, 255), list: [1, true, null] })).toEqual({
      bytes: '01ff',
      list: [1, true, null],
    });
    for (const wrong of [1n, undefined, Symbol('none')]) expect(() => jsonOf([wrong])).toThrow('cannot hold');
  });
});
