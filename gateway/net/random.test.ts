import { expect, it } from 'vitest';
import { pooledRandom } from './random.ts';

it('a pool of random bytes gives out each byte once, and any amount', () => {
  const random = pooledRandom();
  const amounts = [2, 16, 1_024, 8, 2_000, 1_020];
  const parts = Array.from({ length: 50 }, () => amounts.map((byteCount) => random(byteCount))).flat();
  expect(parts.map(({ length }) => length)).toEqual(Array.from({ length: 50 }, () => amounts).flat());
  const long = parts.filter(({ length }) => length >= 8).map((bytes) => bytes.join());
  expect(new Set(long).size).toBe(long.length);
});
