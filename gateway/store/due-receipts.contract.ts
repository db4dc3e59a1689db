import { describe, expect, it } from 'vitest';
import type { ClientStore } from './client-store.ts';
import { sampleId, sampleInstallation, sampleKey, sampleMessage } from './sample.ts';

const mine = { direction: 'out', installation: sampleInstallation(9) } as const;

/** What every ClientStore promises of the receipts that it owes and gets; `inTurn` gives an empty one. */
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

    it('tell how far was read: one message for each sender, the last one', () =>
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
  describe('having read', () => {
    it('marks what is delivered as read up to a message, the newest of it, and nothing else', () =>
      inTurn((store) => {
        for (const number of [1, 2, 3, 4, 5]) store.messages.insert(sampleMessage(number, mine));
        store.messages.insert(sampleMessage(6));
        store.messages.insert(sampleMessage(7, { ...mine, peer: sampleKey(2) }));
        for (const number of [1, 2, 4, 5, 7])
          store.outbox.setProgress(sampleId(number), { stage: 'delivered', later: number === 2 });
        const stages = () =>
          [1, 2, 3, 4, 5, 7].map((number) => store.messages.find(sampleId(number))?.progress?.stage);
        expect(store.outbox.markRead(sampleId(4), 2)).toEqual([4, 2].map(sampleId));
        expect(stages()).toEqual(['delivered', 'read', 'pending', 'read', 'delivered', 'delivered']);
        expect(store.outbox.markRead(sampleId(4), 2)).toEqual([sampleId(1)]);
        expect(store.outbox.markRead(sampleId(99), 2)).toEqual([]);
        store.outbox.setProgress(sampleId(4), { stage: 'delivered', later: false });
        expect(stages()).toEqual(['read', 'read', 'pending', 'read', 'delivered', 'delivered']);
        expect(store.outbox.open()).toHaveLength(1);
      }));
  });
}
