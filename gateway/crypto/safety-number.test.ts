import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { peerKeyFromBytes } from '../../shared/ids.ts';
import { safetyNumberOf } from './safety-number.ts';

const key = (byte: number) => peerKeyFromBytes(new Uint8Array(32).fill(byte));

describe('a safety number', () => {
  it('is the same for both users, and different for any other pair', () => {
    const number = safetyNumberOf(key(1), key(2));
    expect(safetyNumberOf(key(2), key(1))).toEqual(number);
    for (const other of [safetyNumberOf(key(1), key(3)), safetyNumberOf(key(3), key(2))])
      expect(other).not.toEqual(number);
  });

  it('has 12 groups of 5 digits', () => {
    const { groups } = safetyNumberOf(key(1), key(2));
    expect(groups).toHaveLength(12);
    for (const group of groups) expect(group).toMatch(/^\d{5}$/);
  });

  it('is derived as docs/SECURITY.md says', () => {
    const half = (byte: number): string => {
      const bytes = Buffer.alloc(32, byte);
      const sha512 = (...parts: Uint8Array[]) => createHash('sha512').update(Buffer.concat(parts)).digest();
      let hash = sha512(Buffer.from('chatagram safety number 1'), bytes);
      for (let more = 0; more < 5_199; more++) hash = sha512(hash, bytes);
      const numbers = [0, 5, 10, 15, 20, 25].map((from) =>
        BigInt(`0x${hash.subarray(from, from + 5).toString('hex')}`),
      );
      return numbers.map((number) => (number % 100_000n).toString().padStart(5, '0')).join('');
    };
    const halves = [half(1), half(2)].sort();
    expect(safetyNumberOf(key(1), key(2)).groups.join('')).toBe(halves.join(''));
  });
});
