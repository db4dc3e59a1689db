import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../ids.ts';
import { cborDepthMax, decodeCbor, foreign } from './cbor.ts';

/** RFC 8949 appendix A, as far as the protocol has fields of that kind. */
const readable: readonly (readonly [string, unknown])[] = [
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['1903e8', 1_000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
  ['20', -1],
  ['3903e7', -1_000],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['40', new Uint8Array(0)],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['5f42010243030405ff', Uint8Array.of(1, 2, 3, 4, 5)],
  ['60', ''],
  ['6449455446', 'IETF'],
  ['62c3bc', 'ü'],
  ['64f0908591', '\u{10151}'],
  ['63efbbbf', '\u{feff}'],
  ['7f657374726561646d696e67ff', 'streaming'],
  ['80', []],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
  ['a0', {}],
  ['a26161016162820203', { a: 1, b: [2, 3] }],
  ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
];

/** Well-formed items that no field of the protocol has. */
const foreignItems = [
  '1b0020000000000000',
  '1bffffffffffffffff',
  '3bffffffffffffffff',
  'c249010000000000000000',
  'c349010000000000000000',
  'f90000',
  'f93c00',
  'f97e00',
  'fa47c35000',
  'fb3ff199999999999a',
  'fb7ff8000000000000',
  'f7',
  'f0',
  'f8ff',
  'c074323031332d30332d32315432303a30343a30305a',
  'd74401020304',
  'd9d9f7a0',
  'a201020304',
  'a1a0a0',
  'bf0102ff',
];

/** RFC 8949 appendix F, and what is well-formed but not valid. */
const malformedItems = [
  '',
  '18',
  '19',
  '1900',
  '1a0000',
  '1b00000000',
  '1c',
  '1d',
  '1e',
  '1f',
  '3c',
  '3f',
  '41',
  '5affffffff00',
  '5bffffffffffffffff010203',
  '61',
  '7bffffffffffffffff010203',
  '5f',
  '5f4100',
  '5f00ff',
  '5f6100ff',
  '5f5f4100ffff',
  '7f4100ff',
  '81',
  '9b0123456789abcdef',
  '8200',
  'a1',
  'a20102',
  'a100',
  '9f',
  'bf0102',
  'bf00ff',
  'bf000000ff',
  'c0',
  'd8',
  'dc',
  'df',
  'f8',
  'f800',
  'f81f',
  'f900',
  'fa0000',
  'fb000000',
  'fc',
  'ff',
  '81ff',
  'a1ff',
  'c0ff',
  '0000',
  // A text key twice.
  'a2616101616102',
  // Texts that are not UTF-8: a lone byte, a surrogate, a form that is too long, a character over two parts.
  '61ff',
  '63eda080',
  '62c080',
  '7f61c361bcff',
  'a16161a162626162c328',
];

describe('the CBOR reader', () => {
  it.each(readable)('PROTOCOL 6.61: %s is read', (hex, value) => {
    expect(decodeCbor(fromHex(hex))).toEqual(value);
  });

  it.each(foreignItems)('PROTOCOL 6.61: %s is survived, alone and inside of a map', (hex) => {
    expect(decodeCbor(fromHex(hex))).toBe(foreign);
    expect(decodeCbor(fromHex(`a2616b${hex}616901`))).toEqual({ k: foreign, i: 1 });
  });

  it.each(malformedItems)('PROTOCOL 6.61: "%s" is malformed', (hex) => {
    expect(decodeCbor(fromHex(hex))).toBeUndefined();
  });

  it('PROTOCOL 6.61: items are nested to a limit, which also an endless nesting does not pass', () => {
    const nested = (depth: number) => fromHex(`${'81'.repeat(depth)}00`);
    expect(decodeCbor(nested(cborDepthMax))).toBeDefined();
    expect(decodeCbor(nested(cborDepthMax + 1))).toBeUndefined();
    for (const head of ['81', 'c0', '9f', 'bf', 'a1'])
      expect(decodeCbor(fromHex(head.repeat(100_000)))).toBeUndefined();
  });

  it('copies bytes out of a Buffer, which is memory that is used again', () => {
    const buffer = Buffer.from('43010203', 'hex');
    const value = decodeCbor(buffer);
    buffer.fill(9);
    expect(value).toEqual(Uint8Array.of(1, 2, 3));
    expect(value).not.toBeInstanceOf(Buffer);
  });

  it('a key with the name of the prototype sets no prototype', () => {
    const value = decodeCbor(encode({ ['__proto__']: { kind: 'register' } }));
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect((value as { kind?: unknown }).kind).toBeUndefined();
  });

  it('reads back what the writer writes, and returns a value for any bytes', () => {
    const leaf = fc.oneof(
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array({ maxLength: 40 }),
    );
    const { item } = fc.letrec((tie) => ({
      item: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('item'), { maxLength: 4 }),
        fc.dictionary(fc.string({ maxLength: 5 }), tie('item'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(item, (value) => {
        expect(decodeCbor(encode(value))).toEqual(value);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        decodeCbor(bytes);
      }),
      { numRuns: 10_000 },
    );
  });
});
