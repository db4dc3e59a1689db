import { describe, expect, it } from 'vitest';
import { receiptIdsMax } from '../../../shared/limits.ts';
import { AckBatcher } from './ack-batcher.ts';

describe('an acknowledgement batcher', () => {
  it('sends at once, and collects what is added while a batch is in flight', () => {
    const batcher = new AckBatcher<string>();
    expect(batcher.take()).toBeUndefined();
    batcher.add('1', 'one');
    expect(batcher.take()).toEqual(['one']);
    batcher.add('2', 'two');
    batcher.add('3', 'three');
    expect(batcher.take()).toBeUndefined();
    batcher.handleSettled();
    expect(batcher.take()).toEqual(['two', 'three']);
  });

  it('names a message once, however many copies came', () => {
    const batcher = new AckBatcher<string>();
    for (let copy = 0; copy < 3; copy++) batcher.add('1', 'one');
    expect(batcher.take()).toEqual(['one']);
    batcher.handleSettled();
    expect(batcher.take()).toBeUndefined();
  });

  it('fills a batch with no more than one message carries', () => {
    const batcher = new AckBatcher<number>();
    for (let item = 0; item < receiptIdsMax + 1; item++) batcher.add(String(item), item);
    expect(batcher.take()).toHaveLength(receiptIdsMax);
    batcher.handleSettled();
    expect(batcher.take()).toEqual([receiptIdsMax]);
  });
});
