import { describe, expect, it } from 'vitest';
import type { ClientStore } from './client-store.ts';
import { sampleId, sampleKey } from './sample.ts';

/** What every ClientStore promises of the receipts that it owes; `inTurn` gives an empty one. */
export function describeDueReceipts(inTurn: (use: (store: ClientStore) => void) => void): void {
  describe('receipts that are due', () => {
    it('are given in the order in which they came to be due, once each, except those under way', () =>
      inTurn((store) => {
        for (const number of [3, 1, 2, 1]) store.receipts.put(sampleKey(1), sampleId(number));
        store.receipts.put(sampleKey(2), sampleId(1));
        expect(store.receipts.waiting(sampleKey(1), new Set(), 10)).toEqual([3, 1, 2].map(sampleId));
        expect(store.receipts.waiting(sampleKey(1), new Set([sampleId(3)]), 1)).toEqual([sampleId(1)]);
        store.receipts.remove(sampleKey(1), sampleId(1));
        expect(store.receipts.waiting(sampleKey(1), new Set(), 10)).toEqual([3, 2].map(sampleId));
        expect(store.receipts.waiting(sampleKey(2), new Set(), 10)).toEqual([sampleId(1)]);
        expect(store.receipts.senders().sort()).toEqual([sampleKey(1), sampleKey(2)]);
        store.receipts.remove(sampleKey(2), sampleId(1));
        expect(store.receipts.senders()).toEqual([sampleKey(1)]);
      }));
  });
}
