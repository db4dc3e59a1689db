import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, instanceIdFromBytes, toHex } from '../ids.ts';
import { isGreaseVersion } from './grease.ts';
import { decodeParameters, encodeList, encodeParameters, type Parameters } from './parameters.ts';

const parameters: Parameters = {
  versions: [3],
  profile: 'classic',
  credits: { control: 5, chat: 1_000, bulk: 2 ** 40 },
  instance: instanceIdFromBytes(fromHex('0011223344556677')),
};
/** Made by hand from the table of docs/protocol/transport.md. */
const hex =
  '01' +
  '01' +
  '03' +
  '02' +
  '01' +
  '01' +
  '03' +
  '0e' +
  '0005' +
  '0143e8' +
  '02c000010000000000' +
  '04' +
  '08' +
  '0011223344556677';

function decodeHex(text: string) {
  return decodeParameters(fromHex(text));
}

describe('parameters', () => {
  it('PROTOCOL 2.7: are a list of type, length and value', () => {
    expect(toHex(encodeParameters(parameters))).toBe(hex);
    expect(decodeHex(hex)).toEqual(parameters);
  });

  it('PROTOCOL 2.7: come in any order, and unknown types, channels and profiles are ignored', () => {
    const read = decodeHex(
      '0408' +
        '0011223344556677' +
        '4fff' +
        '03' +
        '010203' +
        '0302' +
        '3f07' +
        '0201' +
        '3c' +
        '0103' +
        '03aa04',
    );
    expect(read).toEqual({
      versions: [3, 0xaa, 4],
      profile: 'normal',
      credits: { control: 0, chat: 0, bulk: 0 },
      instance: parameters.instance,
    });
  });

  it('PROTOCOL 2.7: mean the normal profile and no credit where these are absent', () => {
    expect(decodeHex('010103' + '0408' + '0011223344556677')).toMatchObject({
      profile: 'normal',
      credits: { control: 0, chat: 0, bulk: 0 },
    });
  });

  it.each([
    ['nothing', ''],
    ['no versions', '0408' + '0011223344556677'],
    ['an empty list of versions', '0100' + '0408' + '0011223344556677'],
    ['another version as the chosen one', '010104' + '0408' + '0011223344556677'],
    ['no instance', '010103'],
    ['an instance of 7 bytes', '010103' + '0407' + '00112233445566'],
    ['a type twice', hex + '020101'],
    ['an unknown type twice', hex + '1b00' + '1b00'],
    ['a type without a length', hex + '1b'],
    ['a value that is cut short', hex + '1b02' + '00'],
    ['a profile of two numbers', hex.replace('020101', '02020101')],
    ['a channel twice', '010103' + '0304' + '00050005' + '0408' + '0011223344556677'],
    ['a channel without a limit', '010103' + '0301' + '00' + '0408' + '0011223344556677'],
    ['more than 1,024 bytes', hex + '1b43e8' + '00'.repeat(1_000)],
  ])('PROTOCOL 2.7: are malformed with %s', (_, text) => {
    expect(decodeHex(text)).toBeUndefined();
  });

  it('PROTOCOL 2.7: with reserved values mean the same, and fit the smallest INITIATION', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (bytes) => {
        let at = 0;
        const written = encodeParameters(parameters, (byteCount) => bytes.slice(at, (at += byteCount)));
        const read = decodeParameters(written);
        expect(read).toMatchObject({ ...parameters, versions: [3, expect.any(Number) as number] });
        expect(read!.versions.filter(isGreaseVersion)).toHaveLength(1);
        // A RESPONSE of pattern XX has 12 bytes before the message, and 96 bytes of keys and tags in it.
        expect(12 + 96 + written.length).toBeLessThanOrEqual(256);
      }),
    );
  });

  it('PROTOCOL 2.7: give a value or undefined for any list', () => {
    const list = fc.array(fc.tuple(fc.nat(40), fc.uint8Array({ maxLength: 20 })), { maxLength: 8 });
    fc.assert(
      fc.property(list, fc.uint8Array({ maxLength: 3 }), (types, rest) => {
        const bytes = Uint8Array.from([...encodeList(types), ...rest]);
        const read = decodeParameters(bytes);
        if (read !== undefined) expect(decodeParameters(encodeParameters(read))).toEqual(read);
      }),
    );
  });
});
