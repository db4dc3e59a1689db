import { describe, expect, it } from 'vitest';
import { newMailKeyId, type MailKey, type MailKeyKind } from '../../shared/chat/mail-key.ts';
import type { InstallationId } from '../../shared/ids.ts';
import { sampleId, sampleInstallation, sampleKey, sampleName } from './sample.ts';
import type { ServerStore } from './server-store.ts';

const [bob, carol] = [sampleKey(2), sampleKey(3)];
const [first, second] = [sampleInstallation(1), sampleInstallation(2)];

function key(number: number, kind: MailKeyKind = 'one-time', installation: InstallationId = first): MailKey {
  return {
    keyId: newMailKeyId(installation, Uint8Array.of(0, 0, 0, number)),
    kind,
    publicKey: new Uint8Array(32).fill(number),
    expiresAtMs: number,
    signature: new Uint8Array(64).fill(number),
  };
}

function putMail(store: ServerStore, number: number, installation: InstallationId): void {
  const { keyId } = key(number, 'one-time', installation);
  const head = { format: 1, from: sampleKey(1), to: bob, type: 'text', id: sampleId(number), keyId };
  store.mailboxes.put({ head, sealed: Uint8Array.of(1), keptAtMs: 0 });
}

/** Describes what a ServerStore keeps about mail keys. `inTurn` gives an empty store inside of a turn. */
export function describePublishedMailKeys(inTurn: (use: (store: ServerStore) => void) => void): void {
  describe('public mail keys', () => {
    it('of one time are taken once, the oldest first, and a newer weekly key replaces the one before it', () =>
      inTurn(({ mailKeys }) => {
        mailKeys.putOneTime(
          bob,
          first,
          [2, 1].map((number) => key(number)),
        );
        mailKeys.putOneTime(bob, first, [key(2), key(3)]);
        mailKeys.putOneTime(bob, first, []);
        mailKeys.putOneTime(carol, first, [key(9)]);
        mailKeys.putWeekly(bob, first, key(4, 'weekly'));
        mailKeys.putWeekly(bob, first, key(5, 'weekly'));
        expect(mailKeys.weekly(bob, first)).toEqual(key(5, 'weekly'));
        expect(mailKeys.weekly(carol, first)).toBeUndefined();
        expect(mailKeys.countOneTime(bob, first)).toBe(3);
        expect([2, 1, 3].map(() => mailKeys.takeOneTime(bob, first))).toEqual([key(2), key(1), key(3)]);
        expect(mailKeys.takeOneTime(bob, first)).toBeUndefined();
        mailKeys.removeOneTimeOfAll();
        expect(mailKeys.takeOneTime(carol, first)).toBeUndefined();
        expect(mailKeys.weekly(bob, first)).toEqual(key(5, 'weekly'));
      }));

    it('go with the name of their user', () =>
      inTurn((store) => {
        store.names.put(sampleName(2));
        store.mailKeys.setCurrent(bob, first, 0);
        store.mailKeys.putOneTime(bob, first, [key(1)]);
        store.mailKeys.putWeekly(bob, first, key(2, 'weekly'));
        store.names.remove(bob, 7);
        expect(store.mailKeys.weekly(bob, first)).toBeUndefined();
        expect(store.mailKeys.countOneTime(bob, first)).toBe(0);
        expect(store.mailKeys.installations(bob)).toEqual([]);
      }));
  });

  describe('the installations of a user', () => {
    it('are replaced by the one that registers last, and are forgotten unless mail waits for them', () =>
      inTurn((store) => {
        const { mailKeys } = store;
        mailKeys.setCurrent(bob, first, 5);
        mailKeys.putOneTime(bob, first, [key(1)]);
        putMail(store, 1, first);
        mailKeys.setCurrent(bob, second, 10);
        expect(mailKeys.installations(bob)).toEqual([
          { installation: first, replacedAtMs: 10 },
          { installation: second, replacedAtMs: null },
        ]);
        expect(mailKeys.countOneTime(bob, first)).toBe(0);
        // No mail waits for the second one.
        mailKeys.setCurrent(bob, first, 20);
        expect(mailKeys.installations(bob)).toEqual([{ installation: first, replacedAtMs: null }]);
      }));

    it('are listed when they were replaced long ago, and the name of a user may go before its mail', () =>
      inTurn((store) => {
        const { mailKeys } = store;
        mailKeys.setCurrent(bob, first, 0);
        putMail(store, 1, first);
        mailKeys.setCurrent(bob, second, 10);
        expect(mailKeys.replacedBefore(10, 5)).toEqual([]);
        expect(mailKeys.replacedBefore(11, 5)).toEqual([{ peer: bob, installation: first }]);
        store.names.remove(bob, 1);
        expect(mailKeys.installations(bob)).toHaveLength(2);
        mailKeys.setReplaced(bob, second, 3);
        expect(mailKeys.replacedBefore(5, 5)).toEqual([{ peer: bob, installation: second }]);
        mailKeys.removeInstallation(bob, second);
        expect(mailKeys.installations(bob)).toEqual([{ installation: first, replacedAtMs: 10 }]);
      }));

    it('each have their own waiting mail', () =>
      inTurn((store) => {
        for (const number of [1, 3]) putMail(store, number, first);
        putMail(store, 2, second);
        const numbers = (...installations: InstallationId[]) =>
          store.mailboxes.waiting(bob, installations, new Set(), 2).map(({ head }) => head.id);
        expect(numbers(first)).toEqual([1, 3].map(sampleId));
        expect(numbers(second)).toEqual([sampleId(2)]);
        // In the order in which it came.
        expect(numbers(second, first)).toEqual([1, 3].map(sampleId));
        expect(store.mailboxes.countFor(bob, [first])).toBe(2);
        expect(store.mailboxes.countFor(bob, [first, second])).toBe(3);
        expect(store.mailboxes.keyIdOf(bob, sampleKey(1), sampleId(2))).toBe(
          key(2, 'one-time', second).keyId,
        );
        expect(store.mailboxes.keyIdOf(bob, sampleKey(1), sampleId(9))).toBeUndefined();
      }));
  });
}
