import { describe, expect, it } from 'vitest';
import { sampleKey } from '../store/sample.ts';
import { KeyedTokenBucket } from './keyed-token-bucket.ts';

describe('an allowance', () => {
  it('is a burst, and then one in each interval, for each key by itself', () => {
    const allowance = new KeyedTokenBucket(3, 1_000);
    const take = (nowMs: number, who = 1) => allowance.take(nowMs, sampleKey(who));
    expect([take(0), take(0), take(0), take(0)]).toEqual([undefined, undefined, undefined, 1_000]);
    expect(take(999)).toBe(1_000);
    expect(take(0, 2)).toBeUndefined();
    expect([take(1_000), take(1_000)]).toEqual([undefined, 2_000]);
    // Whoever was quiet for long enough has the whole burst again, and no more.
    expect([take(60_000), take(60_000), take(60_000), take(60_000)]).toEqual([
      undefined,
      undefined,
      undefined,
      61_000,
    ]);
  });
});
