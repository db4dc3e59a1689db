import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../ids.ts';
import { decodeCbor } from './cbor.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import { eagerGrease } from './eager-grease.ts';
import { Grease } from './grease.ts';

describe('GREASE', () => {
  const message = { kind: 'deregister', registration: 7 } as const;
  const encoded = encodeMessage(message);

  it('PROTOCOL 6.65: an unknown field with any value changes nothing about a message', () => {
    const grease = eagerGrease();
    const greased = Array.from({ length: 64 }, () => grease.map(encoded));
    expect(new Set(greased.map((bytes) => toHex(bytes))).size).toBe(17);
    for (const bytes of greased) {
      expect(bytes.length).toBeGreaterThan(encoded.length);
      expect(decodeMessage(bytes)).toMatchObject({ type: 'message', message });
    }
  });

  it('PROTOCOL 6.65: an unknown kind is read as one', () => {
    const bytes = eagerGrease().message()!;
    expect(decodeMessage(bytes)).toMatchObject({ type: 'unknown-kind', kind: 'grease-0' });
  });

  it('PROTOCOL 6.65: what it makes of a map is always a map, and of other bytes the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.nat(), { maxKeys: 30 }), (map) => {
        const bytes = encode(map);
        expect(decodeCbor(eagerGrease().map(bytes))).toMatchObject(map);
      }),
    );
    expect(eagerGrease().map(Uint8Array.of(0x80))).toEqual(Uint8Array.of(0x80));
  });

  it('adds nothing where the numbers do not hit', () => {
    const never = new Grease(() => Uint8Array.of(0, 1));
    expect(never.map(encoded)).toBe(encoded);
    expect(never.message()).toBeUndefined();
    expect(never.feature).toBe('grease-1');
  });
});
