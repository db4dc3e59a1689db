import { describe, expect, it } from 'vitest';
import type { ClientStore, Progress } from './client-store.ts';
import { sampleEpoch, sampleId, sampleInstallation, sampleKey, sampleMessage } from './sample.ts';

/** The part of ClientStore's contract for what is on its way. `inTurn` gives a store inside of a turn. */
export function describeOutbox(inTurn: (use: (store: ClientStore) => void) => void): void {
  describe('the outbox', () => {
    const mine = { direction: 'out', installation: sampleInstallation(9) } as const;

    it('counts towards each person by itself, from 1', () =>
      inTurn((store) => {
        expect([1, 1, 2, 1].map((number) => store.outbox.nextSequence(sampleKey(number)))).toEqual([
          1, 2, 1, 3,
        ]);
      }));

    it('uses a sequence up only when its input stands', () =>
      inTurn((store) => {
        const input = () =>
          store.savepoint(() => {
            store.outbox.nextSequence(sampleKey(1));
            throw new Error('a bug in an input');
          });
        expect(input).toThrow('a bug in an input');
        expect(store.outbox.nextSequence(sampleKey(1))).toBe(1);
      }));

    it('owns a message of mine until it is delivered or failed', () =>
      inTurn((store) => {
        for (const sequence of [2, 1, 3, 4]) {
          store.messages.insert(sampleMessage(sequence, { ...mine, sequence }));
        }
        store.messages.insert(sampleMessage(5));
        const stored: Progress = { stage: 'stored', epoch: sampleEpoch(4) };
        store.outbox.setProgress(sampleId(2), stored);
        store.outbox.setProgress(sampleId(3), { stage: 'delivered', later: true });
        store.outbox.setProgress(sampleId(4), { stage: 'failed', code: 'unknown-recipient' });
        expect(store.outbox.open()).toEqual([
          {
            id: sampleId(1),
            peer: sampleKey(1),
            text: 'text 1',
            sentAtMs: sampleMessage(1).sentAtMs,
            installation: sampleInstallation(9),
            sequence: 1,
            clockOffsetMs: null,
            progress: { stage: 'pending' },
          },
          expect.objectContaining({ id: sampleId(2), progress: stored }),
        ]);
        expect(store.messages.find(sampleId(3))?.progress).toEqual({ stage: 'delivered', later: true });
        expect(store.messages.find(sampleId(4))?.progress).toEqual({
          stage: 'failed',
          code: 'unknown-recipient',
        });
      }));

    it('keeps what the clock lacked when a message was written, also when that is known only later', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1, { ...mine, clockOffsetMs: -5 }));
        store.messages.insert(sampleMessage(2, mine));
        const offsets = () => store.outbox.open().map(({ clockOffsetMs }) => clockOffsetMs);
        expect(offsets()).toEqual([-5, null]);
        store.outbox.setClockOffset(sampleId(2), 31_536_000_000);
        expect(offsets()).toEqual([-5, 31_536_000_000]);
        expect(store.messages.find(sampleId(2))?.clockOffsetMs).toBe(31_536_000_000);
      }));

    it('offers a failed message again with its id and place, in its order', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1, mine));
        store.messages.insert(sampleMessage(2, mine));
        store.outbox.setProgress(sampleId(1), { stage: 'failed', code: 'refused' });
        store.outbox.setProgress(sampleId(1), { stage: 'pending' });
        expect(store.outbox.open().map((item) => item.id)).toEqual([sampleId(1), sampleId(2)]);
        expect(store.messages.find(sampleId(1))?.place).toBe(1);
      }));

    it('DESIGN 5: states only move forward, so delivered stays', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1, mine));
        store.outbox.setProgress(sampleId(1), { stage: 'delivered', later: false });
        store.outbox.setProgress(sampleId(1), { stage: 'stored', epoch: sampleEpoch(4) });
        expect(store.messages.find(sampleId(1))?.progress).toEqual({ stage: 'delivered', later: false });
      }));

    it('changes nothing for ids that it does not own', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1));
        store.outbox.setProgress(sampleId(1), { stage: 'delivered', later: false });
        store.outbox.setProgress(sampleId(2), { stage: 'delivered', later: false });
        expect(store.messages.find(sampleId(1))?.progress).toBeNull();
        expect(store.messages.find(sampleId(2))).toBeUndefined();
      }));

    it('lets go of what was discarded', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1, mine));
        store.messages.remove(sampleId(1));
        expect(store.outbox.open()).toEqual([]);
      }));
  });
}
