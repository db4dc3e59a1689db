import { describe, expect, it } from 'vitest';
import { receiptIdsMax } from '../../shared/limits.ts';
import { AckBatcher } from './ack-batcher.ts';

describe('a receipt slip', () => {
  it('sends at once, and gathers what comes while one is under way', () => {
    const slip = new AckBatcher<string>();
    expect(slip.take()).toBeUndefined();
    slip.add('1', 'one');
    expect(slip.take()).toEqual(['one']);
    slip.add('2', 'two');
    slip.add('3', 'three');
    expect(slip.take()).toBeUndefined();
    slip.settled();
    expect(slip.take()).toEqual(['two', 'three']);
  });

  it('names a message once, however often its copies came', () => {
    const slip = new AckBatcher<string>();
    for (let copy = 0; copy < 3; copy++) slip.add('1', 'one');
    expect(slip.take()).toEqual(['one']);
    slip.settled();
    expect(slip.take()).toBeUndefined();
  });

  it('says no more at a time than one message carries', () => {
    const slip = new AckBatcher<number>();
    for (let item = 0; item < receiptIdsMax + 1; item++) slip.add(String(item), item);
    expect(slip.take()).toHaveLength(receiptIdsMax);
    slip.settled();
    expect(slip.take()).toEqual([receiptIdsMax]);
  });
});
