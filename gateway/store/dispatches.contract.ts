import { describe, expect, it } from 'vitest';
import type { ClientStore, Progress } from './client-store.ts';
import { sampleConversation, sampleEpoch, sampleId, sampleKey, sampleMessage, sampleOwn } from './sample.ts';

const bob = sampleKey(1);

/** Describes the dispatches of a ClientStore. `inTurn` gives an empty store inside of a turn. */
export function describeDispatches(inTurn: (use: (store: ClientStore) => void) => void): void {
  const progressOf = (store: ClientStore, number: number): (Progress | undefined)[] =>
    store.messages.find(sampleId(number))?.dispatches.map(({ progress }) => progress) ?? [];

  describe('dispatches', () => {
    it('begin as pending, one for each recipient', () =>
      inTurn((store) => {
        const recipients = [sampleKey(1), sampleKey(2)];
        const inserted = store.messages.insert(sampleOwn(1, { recipients }));
        expect(inserted?.dispatches).toEqual(
          recipients.map((recipient) => ({ recipient, progress: { stage: 'pending' } })),
        );
        expect(store.messages.find(sampleId(1))).toEqual(inserted);
        expect(store.dispatches.open()).toEqual([inserted]);
      }));

    it('are open until each of them is delivered or failed', () =>
      inTurn((store) => {
        for (const sequence of [2, 1, 3, 4]) store.messages.insert(sampleOwn(sequence));
        store.messages.insert(sampleMessage(5));
        const stored: Progress = { stage: 'stored', epoch: sampleEpoch(4) };
        store.dispatches.setProgress(sampleId(2), bob, stored);
        store.dispatches.setProgress(sampleId(3), bob, { stage: 'delivered', later: true });
        store.dispatches.setProgress(sampleId(4), bob, { stage: 'failed', code: 'unknown-recipient' });
        expect(store.dispatches.open()).toEqual(
          [1, 2].map((number) => store.messages.find(sampleId(number))),
        );
        expect([1, 2, 3, 4, 5].map((number) => progressOf(store, number))).toEqual([
          [{ stage: 'pending' }],
          [stored],
          [{ stage: 'delivered', later: true }],
          [{ stage: 'failed', code: 'unknown-recipient' }],
          [],
        ]);
      }));

    it('of one message move forward each for itself, and the message stays open for the last of them', () =>
      inTurn((store) => {
        store.messages.insert(sampleOwn(1, { recipients: [sampleKey(1), sampleKey(2)] }));
        store.dispatches.setProgress(sampleId(1), sampleKey(2), { stage: 'delivered', later: false });
        expect(progressOf(store, 1)).toEqual([{ stage: 'pending' }, { stage: 'delivered', later: false }]);
        expect(store.dispatches.open()).toHaveLength(1);
        store.dispatches.setProgress(sampleId(1), sampleKey(1), { stage: 'failed', code: 'refused' });
        expect(store.dispatches.open()).toEqual([]);
      }));

    it('that failed are offered again with the id and position of their message, in their order', () =>
      inTurn((store) => {
        store.messages.insert(sampleOwn(1));
        store.messages.insert(sampleOwn(2));
        store.dispatches.setProgress(sampleId(1), bob, { stage: 'failed', code: 'refused' });
        store.dispatches.setProgress(sampleId(1), bob, { stage: 'pending' });
        expect(store.dispatches.open().map((message) => message.id)).toEqual([sampleId(1), sampleId(2)]);
        expect(store.messages.find(sampleId(1))?.position.major).toBe(1);
      }));

    it('that are delivered stay delivered', () =>
      inTurn((store) => {
        store.messages.insert(sampleOwn(1));
        store.dispatches.setProgress(sampleId(1), bob, { stage: 'delivered', later: false });
        store.dispatches.setProgress(sampleId(1), bob, { stage: 'stored', epoch: sampleEpoch(4) });
        expect(progressOf(store, 1)).toEqual([{ stage: 'delivered', later: false }]);
      }));

    it('do not come to be by their progress', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1));
        store.messages.insert(sampleOwn(2));
        store.dispatches.setProgress(sampleId(1), bob, { stage: 'delivered', later: false });
        store.dispatches.setProgress(sampleId(2), sampleKey(2), { stage: 'delivered', later: false });
        store.dispatches.setProgress(sampleId(3), bob, { stage: 'delivered', later: false });
        expect(progressOf(store, 1)).toEqual([]);
        expect(progressOf(store, 2)).toEqual([{ stage: 'pending' }]);
        expect(store.messages.find(sampleId(3))).toBeUndefined();
      }));

    it('go with their message when the user discards it', () =>
      inTurn((store) => {
        store.messages.insert(sampleOwn(1));
        store.messages.remove(sampleId(1));
        expect(store.dispatches.open()).toEqual([]);
      }));
  });

  describe('the offset of the clock at the time of writing', () => {
    it('is kept, also when it becomes known only later', () =>
      inTurn((store) => {
        store.messages.insert(sampleOwn(1, { clockOffsetMs: -5 }));
        store.messages.insert(sampleOwn(2));
        const offsets = () => store.dispatches.open().map(({ clockOffsetMs }) => clockOffsetMs);
        expect(offsets()).toEqual([-5, null]);
        store.messages.setClockOffset(sampleId(2), 31_536_000_000);
        expect(offsets()).toEqual([-5, 31_536_000_000]);
        expect(store.messages.find(sampleId(2))?.clockOffsetMs).toBe(31_536_000_000);
      }));
  });

  describe('a read receipt', () => {
    it('makes read of what is delivered up to a message, the newest of it, and of nothing else', () =>
      inTurn((store) => {
        for (const number of [1, 2, 3, 4, 5]) store.messages.insert(sampleOwn(number));
        store.messages.insert(sampleMessage(6));
        store.messages.insert(sampleOwn(7, { to: 2 }));
        for (const number of [1, 2, 4, 5])
          store.dispatches.setProgress(sampleId(number), bob, { stage: 'delivered', later: number === 2 });
        store.dispatches.setProgress(sampleId(7), sampleKey(2), { stage: 'delivered', later: false });
        const stages = () =>
          [1, 2, 3, 4, 5, 7].flatMap((number) => progressOf(store, number)).map((one) => one?.stage);
        expect(store.dispatches.markRead(sampleId(4), bob, 2)).toEqual([4, 2].map(sampleId));
        expect(stages()).toEqual(['delivered', 'read', 'pending', 'read', 'delivered', 'delivered']);
        expect(store.dispatches.markRead(sampleId(4), bob, 2)).toEqual([sampleId(1)]);
        expect(store.dispatches.markRead(sampleId(99), bob, 2)).toEqual([]);
        expect(store.dispatches.markRead(sampleId(5), sampleKey(2), 2)).toEqual([]);
        store.dispatches.setProgress(sampleId(4), bob, { stage: 'delivered', later: false });
        expect(stages()).toEqual(['read', 'read', 'pending', 'read', 'delivered', 'delivered']);
        expect(store.dispatches.open()).toHaveLength(1);
      }));
  });

  describe('sequences of the user', () => {
    it('count each conversation by itself, from 1', () =>
      inTurn((store) => {
        const next = (number: number) => store.conversations.nextSequence(sampleConversation(number));
        expect([1, 1, 2, 1].map(next)).toEqual([1, 2, 1, 3]);
      }));

    it('are used up only when their input is kept', () =>
      inTurn((store) => {
        const input = () =>
          store.savepoint(() => {
            store.conversations.nextSequence(sampleConversation(1));
            throw new Error('a bug in an input');
          });
        expect(input).toThrow('a bug in an input');
        expect(store.conversations.nextSequence(sampleConversation(1))).toBe(1);
      }));
  });
}
