import { describe, expect, it } from 'vitest';
import type { ClientStore } from './client-store.ts';
import { sampleId, sampleKey } from './sample.ts';

/** Describes the due receipts of a ClientStore. `inTurn` gives an empty store inside of a turn. */
export function describeDueReceipts(inTurn: (use: (store: ClientStore) => void) => void): void {
  describe('due receipts', () => {
    it('are returned once each, the oldest first, except those under way', () =>
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

    it('name the last read message of each sender', () =>
      inTurn((store) => {
        store.receipts.putRead(sampleKey(1), sampleId(1));
        store.receipts.putRead(sampleKey(1), sampleId(2));
        expect(store.receipts.read(sampleKey(1))).toEqual(sampleId(2));
        expect(store.receipts.read(sampleKey(2))).toBeUndefined();
        expect(store.receipts.senders()).toEqual([sampleKey(1)]);
        store.receipts.removeRead(sampleKey(1), sampleId(1));
        expect(store.receipts.read(sampleKey(1))).toEqual(sampleId(2));
        store.receipts.removeRead(sampleKey(1), sampleId(2));
        expect(store.receipts.senders()).toEqual([]);
      }));
  });
}
