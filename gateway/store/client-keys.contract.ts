import { describe, expect, it } from 'vitest';
import type { PeerKey } from '../../shared/ids.ts';
import { contentText } from '../../shared/content-text.ts';
import type { ClientStore, Contact, Pin } from './client-store.ts';
import {
  by,
  newestTen,
  sampleConversation,
  sampleEpoch,
  sampleId,
  sampleInstallation,
  sampleKey,
  sampleMe,
  sampleMessage,
  sampleOwn,
  sampleQuery,
  sampleSigningKeyOf,
} from './sample.ts';

const [old, recent] = [sampleKey(1), sampleKey(2)];
const recentSigningKey = sampleSigningKeyOf(recent);
const bob: Contact = {
  key: old,
  signingKey: sampleSigningKeyOf(old),
  nickname: 'bob',
  candidates: ['10.0.0.2:50001'],
  classic: true,
  verified: false,
  acceptance: 'limited',
  guestOf: null,
  features: [],
};

/** Describes what every ClientStore keeps about keys (docs/decisions/0010-keys.md). `open` gives an empty one. */
export function describeClientKeys(open: () => ClientStore): void {
  const inTurn = (run: (store: ClientStore) => void): void => {
    const store = open();
    store.begin();
    store.savepoint(() => run(store));
    store.commit();
    store.close();
  };

  describe('pins', () => {
    it('are put, replaced and removed by name', () =>
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
        store.pins.remove('unknown');
        expect(store.pins.all()).toEqual([carols]);
      }));
  });

  describe('blocked keys', () => {
    it('are put and removed by key, and keep their order', () =>
      inTurn((store) => {
        for (const number of [3, 1, 2, 1]) store.blocks.put(sampleKey(number));
        expect(store.blocks.all()).toEqual([3, 1, 2].map(sampleKey));
        store.blocks.remove(sampleKey(1));
        store.blocks.remove(sampleKey(9));
        expect(store.blocks.all()).toEqual([3, 2].map(sampleKey));
      }));

    it('keep the ids of unopened messages by sender, the newest ones, also when the key is blocked no longer', () =>
      inTurn((store) => {
        store.blocks.put(old);
        for (const number of [1, 2, 3, 3]) store.blocks.putUnopened(old, sampleId(number), 2);
        store.blocks.putUnopened(recent, sampleId(1), 2);
        store.blocks.remove(old);
        const known = (sender: PeerKey) =>
          [1, 2, 3].filter((number) => store.blocks.hasUnopened(sender, sampleId(number)));
        expect([known(old), known(recent)]).toEqual([[2, 3], [1]]);
      }));

    it('stay what they are when a contact gets another key', () =>
      inTurn((store) => {
        store.contacts.put(bob);
        store.blocks.put(old);
        store.blocks.putUnopened(old, sampleId(1), 2);
        store.rekey(old, recent);
        expect(store.blocks.all()).toEqual([old]);
        expect([old, recent].map((key) => store.blocks.hasUnopened(key, sampleId(1)))).toEqual([true, false]);
      }));
  });

  describe('how much is taken of a contact that gets another key', () => {
    it.each([
      ['limited', 'limited', 'limited'],
      ['limited', 'exhausted', 'exhausted'],
      ['exhausted', 'limited', 'limited'],
      ['allowed', 'exhausted', 'allowed'],
      ['limited', 'allowed', 'allowed'],
      ['allowed', null, 'allowed'],
    ] as const)('with %s before and %s under the new key is %s', (before, after, then) =>
      inTurn((store) => {
        store.contacts.put({ ...bob, acceptance: before });
        if (after !== null) store.contacts.put({ ...bob, key: recent, acceptance: after });
        store.rekey(old, recent);
        expect(store.contacts.all()).toMatchObject([{ key: recent, acceptance: then }]);
      }),
    );
  });

  describe('a contact', () => {
    it('is removed only if there was never a message to it or from it, also when that message is gone', () =>
      inTurn((store) => {
        const contacts = [1, 2, 3, 4].map((number) => ({ ...bob, key: sampleKey(number) }));
        for (const contact of contacts) store.contacts.put(contact);
        store.messages.insert(sampleMessage(1));
        store.messages.remove(sampleId(1));
        store.messages.insert(sampleOwn(2, { to: 2 }));
        expect(store.conversations.all().map(({ id }) => id)).toEqual([1, 2].map(sampleConversation));
        for (const number of [1, 2, 3, 9]) store.contacts.remove(sampleKey(number));
        expect(store.contacts.all().map(({ key }) => key)).toEqual([1, 2, 4].map(sampleKey));
      }));
  });

  describe('a contact that gets another key', () => {
    const textsWith = (store: ClientStore, number: number) =>
      store.messages
        .page(sampleConversation(number), null, 100)
        .messages.map(({ content }) => contentText(content));
    const readUpTo = (store: ClientStore, number: number, major: number, minor: number) =>
      store.conversations.setReadPosition(sampleConversation(number), { major, minor });
    const unread = (store: ClientStore) => store.conversations.unreadCount(sampleConversation(2));

    it('keeps the messages in their order, with those from the new key below them', () =>
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
        store.messages.insert(sampleOwn(2));
        const another = { ...by(2), installation: sampleInstallation(2) };
        store.messages.insert(sampleMessage(5, { ...another, sequence: 2 }));
        store.messages.insert(sampleMessage(4, { ...another, sequence: 1 }));
        store.rekey(old, recent);
        expect(textsWith(store, 2)).toEqual(['text 1', 'text 2', 'text 4', 'text 5']);
        expect(textsWith(store, 1)).toEqual([]);
        const query = sampleQuery('text', { conversations: [sampleConversation(2)], authors: [recent] });
        const found = store.messages
          .search(query, newestTen)
          .messages.map(({ content }) => contentText(content));
        expect(found.toSorted()).toEqual(['text 1', 'text 4', 'text 5']);
        expect(store.contacts.all()).toEqual([
          { ...bob, key: recent, signingKey: recentSigningKey, candidates: ['10.0.0.9:1'] },
        ]);
        expect(store.messages.insert(sampleMessage(6, by(2)))?.position.major).toBeGreaterThan(3);
      }));

    it('is the author and the recipient of all these messages under the new key', () =>
      inTurn((store) => {
        store.contacts.put(bob);
        store.messages.insert(sampleMessage(1));
        store.messages.insert(sampleOwn(2));
        store.messages.insert(sampleMessage(3, by(2)));
        store.rekey(old, recent);
        const { messages } = store.messages.page(sampleConversation(2), null, 10);
        expect(messages.map(({ author }) => author)).toEqual([recent, sampleMe, recent]);
        expect(messages.flatMap(({ dispatches }) => dispatches)).toMatchObject([{ recipient: recent }]);
      }));

    it('keeps open dispatches, offered again as before, and goes on counting', () =>
      inTurn((store) => {
        store.contacts.put(bob);
        for (const number of [1, 2, 3]) {
          const sequence = store.conversations.nextSequence(sampleConversation(1));
          store.messages.insert(sampleOwn(number, { sequence }));
        }
        store.dispatches.setProgress(sampleId(1), old, { stage: 'delivered', later: false });
        store.dispatches.setProgress(sampleId(2), old, { stage: 'stored', epoch: sampleEpoch(4) });
        store.rekey(old, recent);
        const pending = { recipient: recent, progress: { stage: 'pending' } };
        expect(store.dispatches.open()).toMatchObject([
          { id: sampleId(2), conversation: sampleConversation(2), dispatches: [pending] },
          { id: sampleId(3), conversation: sampleConversation(2), dispatches: [pending] },
        ]);
        expect(store.messages.find(sampleId(1))?.dispatches).toEqual([
          { recipient: recent, progress: { stage: 'delivered', later: false } },
        ]);
        expect(store.conversations.nextSequence(sampleConversation(2))).toBe(4);
      }));

    it('is verified when the new key is, whatever the old one was', () => {
      for (const [wasVerified, isVerified] of [
        [true, false],
        [false, true],
      ] as const) {
        inTurn((store) => {
          store.contacts.put({ ...bob, verified: wasVerified });
          store.contacts.put({ ...bob, key: recent, signingKey: recentSigningKey, verified: isVerified });
          store.rekey(old, recent);
          expect(store.contacts.all()).toEqual([
            { ...bob, key: recent, signingKey: recentSigningKey, verified: isVerified },
          ]);
        });
      }
      inTurn((store) => {
        store.contacts.put({ ...bob, verified: true });
        store.rekey(old, recent);
        expect(store.contacts.all()).toEqual([{ ...bob, key: recent, signingKey: null }]);
      });
    });

    it('never has read what was delivered to the old key', () =>
      inTurn((store) => {
        store.contacts.put(bob);
        for (const number of [1, 2, 3, 4]) store.messages.insert(sampleOwn(number));
        const delivered = (number: number, recipient: PeerKey, later = false) =>
          store.dispatches.setProgress(sampleId(number), recipient, { stage: 'delivered', later });
        delivered(1, old);
        store.dispatches.markRead(sampleId(1), old, 10);
        delivered(2, old, true);
        store.rekey(old, recent);
        delivered(3, recent);
        expect(store.dispatches.markRead(sampleId(4), recent, 10)).toEqual([sampleId(3)]);
        delivered(4, recent);
        expect(store.dispatches.markRead(sampleId(4), recent, 10)).toEqual([sampleId(4)]);
        const progress = [1, 2, 3, 4].flatMap((number) => store.messages.find(sampleId(number))?.dispatches);
        expect(progress.map((dispatch) => dispatch?.progress)).toEqual([
          { stage: 'read' },
          { stage: 'delivered', later: true },
          { stage: 'read' },
          { stage: 'read' },
        ]);
      }));

    it('keeps the read mark when messages after it are unread', () =>
      inTurn((store) => {
        store.contacts.put(bob);
        store.messages.insert(sampleMessage(1));
        store.messages.insert(sampleMessage(2));
        readUpTo(store, 1, 1, 1);
        store.messages.insert(sampleMessage(3, by(2)));
        readUpTo(store, 2, 1, 3);
        store.rekey(old, recent);
        // What was read under the new key stands below what was not read under the old one.
        expect(unread(store)).toBe(2);
      }));

    it('takes the read mark of the new key when nothing before was left unread', () =>
      inTurn((store) => {
        store.contacts.put(bob);
        store.messages.insert(sampleMessage(1));
        store.messages.insert(sampleOwn(2));
        readUpTo(store, 1, 1, 1);
        store.messages.insert(sampleMessage(3, by(2)));
        store.messages.insert(sampleMessage(4, by(2)));
        readUpTo(store, 2, 1, 3);
        store.rekey(old, recent);
        expect(unread(store)).toBe(1);
      }));

    it('is remembered: the old conversation id leads to the newest one', () =>
      inTurn((store) => {
        store.contacts.put(bob);
        store.messages.insert(sampleMessage(1));
        store.rekey(old, recent);
        expect(store.conversations.moved()).toEqual([
          { from: sampleConversation(1), to: sampleConversation(2) },
        ]);
        store.rekey(recent, sampleKey(3));
        expect(store.conversations.moved()).toEqual([
          { from: sampleConversation(1), to: sampleConversation(3) },
          { from: sampleConversation(2), to: sampleConversation(3) },
        ]);
        store.rekey(sampleKey(3), old);
        expect(store.conversations.moved()).toEqual([
          { from: sampleConversation(2), to: sampleConversation(1) },
          { from: sampleConversation(3), to: sampleConversation(1) },
        ]);
        expect(textsWith(store, 1)).toEqual(['text 1']);
      }));

    it('has no key to change when it is not known', () =>
      inTurn((store) => {
        expect(() => store.rekey(old, recent)).toThrow('unknown contact');
      }));
  });
}
