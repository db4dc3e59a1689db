import { describe, expect, it } from 'vitest';
import type { ClientStore, Contact, Pin } from './client-store.ts';
import {
  sampleEpoch,
  sampleId,
  sampleInstallation,
  sampleKey,
  sampleMessage,
  sampleSigningKeyOf,
} from './sample.ts';

const [old, recent] = [sampleKey(1), sampleKey(2)];
const recentSigningKey = sampleSigningKeyOf(recent);
const bob: Contact = {
  key: old,
  signingKey: sampleSigningKeyOf(old),
  nickname: 'bob',
  candidates: ['10.0.0.2:50001'],
  readPlace: 0,
  readSequence: 0,
  classic: true,
  verified: false,
};
const mine = { direction: 'out', installation: sampleInstallation(9) } as const;

/** What every client store keeps of keys (docs/decisions/0010-keys.md). */
export function clientKeysContract(open: () => ClientStore): void {
  const inTurn = (run: (store: ClientStore) => void): void => {
    const store = open();
    store.begin();
    store.savepoint(() => run(store));
    store.commit();
    store.close();
  };

  describe('pins', () => {
    it('are put by name, and changed', () =>
      inTurn((store) => {
        const pin: Pin = { name: 'bob', key: old, conflictingKey: null, refused: false, permanent: false };
        store.pins.put(pin);
        store.pins.put({ ...pin, name: 'carol', key: sampleKey(3) });
        store.pins.put({ ...pin, conflictingKey: recent, refused: true, permanent: true });
        const carols = {
          name: 'carol',
          key: sampleKey(3),
          conflictingKey: null,
          refused: false,
          permanent: false,
        };
        expect(store.pins.all()).toEqual([
          { name: 'bob', key: old, conflictingKey: recent, refused: true, permanent: true },
          carols,
        ]);
        store.pins.remove('bob');
        store.pins.remove('nobody');
        expect(store.pins.all()).toEqual([carols]);
      }));
  });

  describe('a contact', () => {
    it('is forgotten only if nothing was ever said to or by it, also when that is gone', () =>
      inTurn((store) => {
        const contacts = [1, 2, 3, 4].map((number) => ({ ...bob, key: sampleKey(number) }));
        for (const contact of contacts) store.contacts.put(contact);
        store.messages.insert(sampleMessage(1, { peer: sampleKey(1) }));
        store.messages.remove(sampleId(1));
        const sequence = store.outbox.nextSequence(sampleKey(2));
        store.messages.insert(sampleMessage(2, { ...mine, peer: sampleKey(2), sequence }));
        expect(store.contacts.spokenWith().toSorted()).toEqual([sampleKey(1), sampleKey(2)].toSorted());
        for (const number of [1, 2, 3, 9]) store.contacts.remove(sampleKey(number));
        expect(store.contacts.all().map(({ key }) => key)).toEqual([1, 2, 4].map(sampleKey));
        // Whoever comes anew begins anew.
        store.contacts.put({ ...bob, key: sampleKey(3) });
        expect(store.messages.insert(sampleMessage(3, { peer: sampleKey(3) }))?.place).toBe(1);
      }));
  });

  describe('a contact that gets another key', () => {
    const textsWith = (store: ClientStore, number: number) =>
      store.messages.page(sampleKey(number), null, 100).messages.map(({ text }) => text);

    it('keeps what was said, in its order, with what the new key said below it', () =>
      inTurn((store) => {
        store.contacts.put(bob);
        store.contacts.put({
          ...bob,
          key: recent,
          signingKey: recentSigningKey,
          candidates: ['10.0.0.9:1'],
          classic: null,
        });
        store.messages.insert(sampleMessage(1));
        store.messages.insert(sampleMessage(2, mine));
        store.messages.insert(
          sampleMessage(5, { peer: recent, installation: sampleInstallation(2), sequence: 2 }),
        );
        store.messages.insert(
          sampleMessage(4, { peer: recent, installation: sampleInstallation(2), sequence: 1 }),
        );
        store.contacts.rekey(old, recent);
        expect(textsWith(store, 2)).toEqual(['text 1', 'text 2', 'text 4', 'text 5']);
        expect(textsWith(store, 1)).toEqual([]);
        const found = store.messages.search('text', { peer: recent, before: null, limit: 10 });
        expect(found.messages.map(({ text }) => text).toSorted()).toEqual([
          ...['text 1', 'text 2', 'text 4', 'text 5'],
        ]);
        expect(store.contacts.all()).toEqual([
          { ...bob, key: recent, signingKey: recentSigningKey, candidates: ['10.0.0.9:1'] },
        ]);
        expect(store.messages.insert(sampleMessage(6, { peer: recent }))?.place).toBeGreaterThan(3);
      }));

    it('keeps what is open, offered again as before, and goes on counting', () =>
      inTurn((store) => {
        for (const number of [1, 2, 3]) {
          const sequence = store.outbox.nextSequence(old);
          store.messages.insert(sampleMessage(number, { ...mine, sequence }));
        }
        store.outbox.setProgress(sampleId(1), { stage: 'delivered', later: false });
        store.outbox.setProgress(sampleId(2), { stage: 'stored', epoch: sampleEpoch(4) });
        store.contacts.rekey(old, recent);
        expect(store.outbox.open()).toMatchObject([
          { id: sampleId(2), peer: recent, sequence: 2, progress: { stage: 'pending' } },
          { id: sampleId(3), peer: recent, sequence: 3, progress: { stage: 'pending' } },
        ]);
        expect(store.messages.find(sampleId(1))?.progress).toEqual({ stage: 'delivered', later: false });
        expect(store.outbox.nextSequence(recent)).toBe(4);
      }));

    it('is verified when the new key is, whatever the old one was', () => {
      for (const [wasVerified, isVerified] of [
        [true, false],
        [false, true],
      ] as const) {
        inTurn((store) => {
          store.contacts.put({ ...bob, verified: wasVerified });
          store.contacts.put({ ...bob, key: recent, signingKey: recentSigningKey, verified: isVerified });
          store.contacts.rekey(old, recent);
          expect(store.contacts.all()).toEqual([
            { ...bob, key: recent, signingKey: recentSigningKey, verified: isVerified },
          ]);
        });
      }
      inTurn((store) => {
        store.contacts.put({ ...bob, verified: true });
        store.contacts.rekey(old, recent);
        expect(store.contacts.all()).toEqual([{ ...bob, key: recent, signingKey: null }]);
      });
    });

    it('never has read what was delivered to the old key', () =>
      inTurn((store) => {
        for (const number of [1, 2, 3, 4]) {
          store.messages.insert(sampleMessage(number, { ...mine, sequence: store.outbox.nextSequence(old) }));
        }
        store.outbox.setProgress(sampleId(1), { stage: 'delivered', later: false });
        store.outbox.markRead(sampleId(1), 10);
        store.outbox.setProgress(sampleId(2), { stage: 'delivered', later: true });
        store.contacts.rekey(old, recent);
        store.outbox.setProgress(sampleId(3), { stage: 'delivered', later: false });
        expect(store.outbox.markRead(sampleId(4), 10)).toEqual([sampleId(3)]);
        store.outbox.setProgress(sampleId(4), { stage: 'delivered', later: false });
        expect(store.outbox.markRead(sampleId(4), 10)).toEqual([sampleId(4)]);
        expect([1, 2, 3, 4].map((number) => store.messages.find(sampleId(number))?.progress)).toEqual([
          { stage: 'read' },
          { stage: 'delivered', later: true },
          { stage: 'read' },
          { stage: 'read' },
        ]);
      }));

    it('keeps what was read, and what was not', () =>
      inTurn((store) => {
        store.contacts.put(bob);
        store.messages.insert(sampleMessage(1));
        store.messages.insert(sampleMessage(2));
        store.contacts.put({ ...bob, readPlace: 1, readSequence: 1 });
        const another = { peer: recent, installation: sampleInstallation(2) };
        store.messages.insert(sampleMessage(3, another));
        store.contacts.put({
          ...bob,
          key: recent,
          signingKey: recentSigningKey,
          readPlace: 1,
          readSequence: 3,
        });
        store.contacts.rekey(old, recent);
        // What was read under the new key stands below what was not read under the old one.
        expect(store.messages.unreadCount(recent)).toBe(2);
      }));

    it('has read under the new key what was read there, when nothing before was left', () =>
      inTurn((store) => {
        store.contacts.put(bob);
        store.messages.insert(sampleMessage(1));
        store.contacts.put({ ...bob, readPlace: 1, readSequence: 1 });
        const another = { peer: recent, installation: sampleInstallation(2) };
        store.messages.insert(sampleMessage(3, another));
        store.messages.insert(sampleMessage(4, another));
        store.contacts.put({
          ...bob,
          key: recent,
          signingKey: recentSigningKey,
          readPlace: 1,
          readSequence: 3,
        });
        store.contacts.rekey(old, recent);
        expect(store.messages.unreadCount(recent)).toBe(1);
      }));
  });
}
