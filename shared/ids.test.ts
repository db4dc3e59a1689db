import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fromHex,
  installationIdFromBytes,
  parseMessageId,
  parsePeerKey,
  peerKeyFromBytes,
  peerKeyToBytes,
  serverEpochFromBytes,
  toHex,
} from './ids.ts';

describe('ids', () => {
  it('a peer key is exactly 64 lowercase hex digits', () => {
    const key = 'ab'.repeat(32);
    expect(parsePeerKey(key)).toBe(key);
    const others = ['', key.slice(1), `${key}a`, key.toUpperCase(), `${key}\n`, ` ${key}`];
    expect(others.map(parsePeerKey)).toEqual(others.map(() => undefined));
  });

  it('a message id is a UUIDv7 of RFC 9562 in lowercase, with version 7 and variant 10', () => {
    const id = '01890a5d-ac96-774b-bcce-b302099a8057';
    expect(parseMessageId(id)).toBe(id);
    const others = [
      id.toUpperCase(),
      id.replaceAll('-', ''),
      '01890a5d-ac96-474b-bcce-b302099a8057',
      '01890a5d-ac96-774b-ccce-b302099a8057',
      `${id}\n`,
      '',
    ];
    expect(others.map(parseMessageId)).toEqual(others.map(() => undefined));
  });

  it('throw for a wrong number of bytes, which is a bug of the caller', () => {
    for (const length of [0, 7, 9, 31, 33]) {
      expect(() => peerKeyFromBytes(new Uint8Array(length))).toThrow(RangeError);
      expect(() => installationIdFromBytes(new Uint8Array(length))).toThrow(RangeError);
      expect(() => serverEpochFromBytes(new Uint8Array(length))).toThrow(RangeError);
    }
    expect(installationIdFromBytes(new Uint8Array(8).fill(10))).toBe('0a0a0a0a0a0a0a0a');
  });
});

describe('hex', () => {
  it('reads back the bytes that it was made from', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        expect(peerKeyToBytes(peerKeyFromBytes(bytes))).toEqual(bytes);
      }),
    );
  });

  it('is read only in pairs of lowercase digits', () => {
    for (const text of ['a', 'AB', 'g0', '0x', ' 00', '00\n'])
      expect(() => fromHex(text)).toThrow(RangeError);
    expect(fromHex('')).toEqual(new Uint8Array());
  });
});
