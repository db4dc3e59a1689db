import { describe, expect, it } from 'vitest';
import type { ClientStore, OwnMailKey } from './client-store.ts';
import {
  sampleEpoch,
  sampleId,
  sampleInstallation,
  sampleKey,
  sampleMailKeyId,
  sampleOwn,
} from './sample.ts';

function key(number: number, change: Partial<OwnMailKey> = {}): OwnMailKey {
  return {
    keyId: sampleMailKeyId(number),
    kind: 'one-time',
    installation: sampleInstallation(1),
    secretKey: new Uint8Array(32).fill(number),
    expiresAtMs: 9_000 + number,
    madeAtMs: number,
    replacedAtMs: null,
    ...change,
  };
}

/** Describes what a ClientStore keeps about mail keys. `inTurn` gives an empty store inside of a turn. */
export function describeOwnMailKeys(inTurn: (use: (store: ClientStore) => void) => void): void {
  describe('private mail keys', () => {
    it('are found by id, and listed by kind in the order in which they were made', () =>
      inTurn((store) => {
        const weekly = [
          key(5, { kind: 'weekly' }),
          key(2, { kind: 'weekly', installation: sampleInstallation(7) }),
        ];
        store.mailKeys.put([...weekly, key(1)]);
        store.mailKeys.put([]);
        expect(store.mailKeys.find(sampleMailKeyId(1))).toEqual(key(1));
        expect(store.mailKeys.find(sampleMailKeyId(9))).toBeUndefined();
        expect(store.mailKeys.all('weekly')).toEqual(weekly);
        expect([store.mailKeys.count('weekly'), store.mailKeys.count('one-time')]).toEqual([2, 1]);
        store.mailKeys.setReplaced(sampleMailKeyId(5), 77);
        expect(store.mailKeys.find(sampleMailKeyId(5))?.replacedAtMs).toBe(77);
        store.mailKeys.remove(sampleMailKeyId(5));
        expect(store.mailKeys.all('weekly')).toEqual([weekly[1]]);
      }));

    it('of one time are removed by age, and the oldest ones beyond a number', () =>
      inTurn((store) => {
        store.mailKeys.put([key(1, { kind: 'weekly' }), ...[2, 3, 4, 5, 6].map((number) => key(number))]);
        expect(store.mailKeys.removeOneTime(4, 100)).toBe(2);
        expect(store.mailKeys.removeOneTime(0, 2)).toBe(1);
        expect(store.mailKeys.all('one-time').map(({ madeAtMs }) => madeAtMs)).toEqual([5, 6]);
        expect(store.mailKeys.removeOneTime(Number.MAX_SAFE_INTEGER, 0)).toBe(2);
        expect(store.mailKeys.count('weekly')).toBe(1);
      }));
  });

  describe('receipts that a server has stored', () => {
    it('are taken once by the id of their envelope, and only the newest of each sender stay', () =>
      inTurn((store) => {
        const [alice, bob] = [sampleKey(1), sampleKey(2)];
        const stored = (number: number) => ({
          id: sampleId(number),
          ids: [sampleId(100), sampleId(101)],
          read: number % 2 === 0 ? sampleId(100) : undefined,
        });
        for (const number of [1, 2, 3]) store.receipts.putStored(alice, stored(number), 2);
        store.receipts.putStored(bob, stored(1), 2);
        expect(store.receipts.takeStored(alice, sampleId(1))).toBeUndefined();
        expect(store.receipts.takeStored(bob, sampleId(2))).toBeUndefined();
        expect(store.receipts.takeStored(bob, sampleId(1))).toEqual(stored(1));
        expect(store.receipts.takeStored(alice, sampleId(2))).toEqual(stored(2));
        expect(store.receipts.takeStored(alice, sampleId(2))).toBeUndefined();
        expect(store.receipts.takeStored(alice, sampleId(3))).toEqual(stored(3));
      }));
  });

  describe('dispatches that a server has stored', () => {
    it('are pending again where that is asked for, and delivered ones are not', () =>
      inTurn((store) => {
        for (const number of [1, 2]) store.messages.insert(sampleOwn(number));
        store.dispatches.setProgress(sampleId(1), sampleKey(1), { stage: 'stored', epoch: sampleEpoch(1) });
        store.dispatches.setProgress(sampleId(2), sampleKey(1), { stage: 'delivered', later: false });
        store.dispatches.offerStoredAgain();
        expect(store.messages.find(sampleId(1))?.dispatches[0]?.progress).toEqual({ stage: 'pending' });
        expect(store.messages.find(sampleId(2))?.dispatches[0]?.progress.stage).toBe('delivered');
      }));
  });
}
