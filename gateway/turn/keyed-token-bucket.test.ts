import { expect, it } from 'vitest';
import { sampleKey } from '../store/sample.ts';
import { KeyedTokenBucket } from './keyed-token-bucket.ts';

it('each key has a burst of tokens, then one per interval, and a pause fills its bucket again', () => {
  const bucket = new KeyedTokenBucket(3, 1_000);
  const take = (nowMs: number, key = 1) => bucket.take(nowMs, sampleKey(key));
  expect([take(0), take(0), take(0), take(0)]).toEqual([undefined, undefined, undefined, 1_000]);
  expect(take(999)).toBe(1_000);
  expect(take(0, 2)).toBeUndefined();
  expect([take(1_000), take(1_000)]).toEqual([undefined, 2_000]);
  // However long the pause was, the bucket holds no more than its burst.
  const later = [take(60_000), take(60_000), take(60_000), take(60_000)];
  expect(later).toEqual([undefined, undefined, undefined, 61_000]);
});
