import { describe, expect, it } from 'vitest';
import { directConversation, parseConversationId } from '../../shared/conversation.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { contentText } from '../../shared/content-text.ts';
import type { MessagePosition } from '../../shared/message.ts';
import { defaultSettings } from '../../shared/settings.ts';
import type { ClientStore, Contact } from './client-store.ts';
import {
  by,
  inTurnOf,
  newestTen,
  sampleConversation,
  sampleEpoch,
  sampleId,
  sampleIdentity,
  sampleInstallation,
  sampleKey,
  sampleMe,
  sampleMessage,
  sampleMyIdentity,
  sampleOwn,
  sampleQuery,
  sampleSigningKeyOf,
  text,
} from './sample.ts';
import { describeAnswers } from './answers.contract.ts';
import { describeDispatches } from './dispatches.contract.ts';
import { describeOwnMailKeys } from './own-mail-keys.contract.ts';
import { describeDueReceipts } from './due-receipts.contract.ts';
import { describeFiles } from './files.contract.ts';
import { describeRooms } from './rooms.contract.ts';
import { describeTurns } from './turn-store.contract.ts';

const bobs = sampleConversation(1);

/** Describes what every ClientStore promises. `open` gives a new and empty one. */
export function describeClientStore(open: () => ClientStore): void {
  describeTurns(() => {
    const store = open();
    let written = 0;
    return {
      store,
      write: () => void store.messages.insert(sampleMessage(++written)),
      count: () => store.messages.page(bobs, null, 100).messages.length,
    };
  });

  const inTurn = inTurnOf(open);

  const alice: Contact = {
    key: sampleKey(1),
    signingKey: sampleSigningKeyOf(sampleKey(1)),
    nickname: 'alice',
    candidates: ['192.168.1.7:50001', '[fe80::1]:50001'],
    classic: null,
    verified: false,
    acceptance: 'limited',
    guestOf: null,
    features: [],
  };

  describe('contacts', () => {
    it('keep the host of a guest', () =>
      inTurn((store) => {
        const bob: Contact = { ...alice, key: sampleKey(2), guestOf: alice.key };
        store.contacts.put({ ...bob, guestOf: null });
        store.contacts.put(bob);
        expect(store.contacts.all()).toEqual([bob]);
      }));

    it('are put, renamed, and kept in the order in which they were met', () =>
      inTurn((store) => {
        const bob: Contact = { ...alice, key: sampleKey(2), nickname: null, candidates: [] };
        store.contacts.put(alice);
        store.contacts.put(bob);
        store.contacts.put({ ...alice, nickname: 'ålice' });
        expect(store.contacts.all()).toEqual([{ ...alice, nickname: 'ålice' }, bob]);
      }));

    it('keep whether the original’s rule is wanted with them: yes, no, or undecided', () =>
      inTurn((store) => {
        for (const classic of [true, false, null]) {
          store.contacts.put({ ...alice, classic });
          expect(store.contacts.all()).toEqual([{ ...alice, classic }]);
        }
      }));

    it('keep how much of their messages is taken', () =>
      inTurn((store) => {
        for (const acceptance of ['exhausted', 'allowed', 'limited'] as const) {
          store.contacts.put({ ...alice, acceptance });
          expect(store.contacts.all()).toEqual([{ ...alice, acceptance }]);
        }
      }));

    it('are forgotten with their messages and receipts, and leave nothing behind', () =>
      inTurn((store) => {
        const [gone, next, other] = [sampleKey(1), sampleKey(2), sampleKey(3)];
        const begin = (key: PeerKey) => store.contacts.put({ ...alice, key, nickname: null });
        begin(gone);
        for (const number of [1, 2]) store.messages.insert(sampleMessage(number, text(`spam ${number}`)));
        begin(other);
        const kept = sampleMessage(3, {
          ...text('spam 3'),
          author: other,
          conversation: sampleConversation(3),
        });
        store.messages.insert(kept);
        for (const sender of [gone, other]) {
          store.receipts.put(sender, sampleId(1));
          store.receipts.putRead(sender, sampleId(1));
          store.receipts.putStored(sender, { id: sampleId(8), ids: [sampleId(1)], read: undefined }, 10);
        }
        store.forget(gone, next);
        expect(store.contacts.all().map(({ key }) => key)).toEqual([other]);
        expect(store.conversations.all().map(({ id }) => id)).toEqual([sampleConversation(3)]);
        expect(store.receipts.senders()).toEqual([other]);
        expect(store.receipts.takeStored(gone, sampleId(8))).toBeUndefined();
        expect(store.receipts.takeStored(other, sampleId(8))).toBeDefined();
        expect(store.messages.search(sampleQuery('spam'), newestTen).messages.map(({ id }) => id)).toEqual([
          kept.id,
        ]);
        // The key that took its place has messages of its own, and the forgotten one can come back.
        for (const [number, author] of [
          [1, gone],
          [4, next],
        ] as const) {
          const conversation = directConversation(author);
          store.messages.insert(sampleMessage(number, { author, conversation }));
          expect(store.messages.page(conversation, null, 10).messages).toMatchObject([{ author }]);
        }
        expect(store.messages.find(kept.id)?.author).toBe(other);
      }));

    it('keep whether the safety number was compared', () =>
      inTurn((store) => {
        for (const verified of [true, false]) {
          store.contacts.put({ ...alice, verified });
          expect(store.contacts.all()).toEqual([{ ...alice, verified }]);
        }
      }));
  });

  describe('messages', () => {
    it('are found as they were put, any text included', () =>
      inTurn((store) => {
        const sent = sampleMessage(1, text('zero \0 byte, 👩🏽‍🚀, ‏שלום, \r\n end'));
        const inserted = store.messages.insert(sent);
        expect(inserted).toEqual({
          id: sent.id,
          conversation: sent.conversation,
          author: sent.author,
          content: sent.content,
          sentAtMs: sent.sentAtMs,
          position: { major: 1, minor: 1 },
          installation: sent.installation,
          clockOffsetMs: null,
          dispatches: [],
        });
        expect(store.messages.find(sent.id)).toEqual(inserted);
        expect(store.messages.find(sampleId(2))).toBeUndefined();
      }));

    it('keep the fallback of an unknown kind, by which they are found, and its mark', () =>
      inTurn((store) => {
        const content = { kind: 'unknown', fallback: 'tea or coffee' } as const;
        store.messages.insert(sampleMessage(1, { content }));
        expect(store.messages.find(sampleId(1))?.content).toEqual(content);
        expect(store.messages.search(sampleQuery('coffee'), newestTen).messages).toMatchObject([{ content }]);
      }));

    it('are put once, whatever a copy says', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1));
        const copy = sampleMessage(1, { ...by(2), ...text('another'), sequence: 9 });
        expect(store.messages.insert(copy)).toBeUndefined();
        expect(store.messages.find(sampleId(1))?.content).toEqual({ kind: 'text', text: 'text 1' });
        expect(store.conversations.all()).toHaveLength(1);
      }));

    it('are counted by author, with the bytes of their texts', () =>
      inTurn((store) => {
        const by1 = () => store.messages.amountBy(sampleConversation(1), sampleKey(1));
        expect(by1()).toEqual({ count: 0, textBytes: 0, lastId: undefined });
        store.messages.insert(sampleMessage(2, text('añb')));
        // The later sequence came first.
        store.messages.insert(sampleMessage(1, text('a\0b')));
        store.messages.insert(sampleOwn(3));
        expect(by1()).toEqual({ count: 2, textBytes: 7, lastId: sampleId(1) });
      }));

    it('can belong to a room, which has several authors', () =>
      inTurn((store) => {
        store.facts.set({ identity: sampleMyIdentity });
        const room = parseConversationId(`room:${'0a'.repeat(16)}`)!;
        store.messages.insert(sampleMessage(1, { conversation: room }));
        store.messages.insert(sampleOwn(2, { conversation: room, recipients: [] }));
        store.messages.insert(sampleMessage(3, { ...by(2), conversation: room }));
        expect(store.messages.page(room, null, 10).messages.map(({ author }) => author)).toEqual([
          sampleKey(1),
          sampleMe,
          sampleKey(2),
        ]);
        expect(store.conversations.unreadCount(room)).toBe(2);
      }));

    it('that come late are before the first with a larger sequence of their installation (0004-order)', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(2));
        store.messages.insert(sampleOwn(100, { sequence: 1 }));
        store.messages.insert(sampleMessage(4));
        const positionOf = (number: number) => store.messages.insert(sampleMessage(number))?.position;
        expect(positionOf(3)).toEqual({ major: 3, minor: 3 });
        expect(positionOf(1)).toEqual({ major: 1, minor: 1 });
        expect(positionOf(5)).toEqual({ major: 4, minor: 5 });
        expect(textsOf(store)).toEqual(['text 1', 'text 2', 'text 100', 'text 3', 'text 4', 'text 5']);
      }));

    it('with a sequence that their installation gave before are new, at the end (0004-order)', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1));
        store.messages.insert(sampleMessage(2));
        expect(store.messages.insert(sampleMessage(50, { sequence: 1 }))?.position.major).toBe(3);
        expect(textsOf(store)).toEqual(['text 1', 'text 2', 'text 50']);
      }));

    it('of a peer that claims the installation of the user do not touch the positions of the user (0004-order)', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1, { installation: sampleInstallation(9), sequence: 1000 }));
        expect(store.messages.insert(sampleOwn(2, { sequence: 1 }))?.position.major).toBe(2);
      }));

    it('are paged upwards until there are no more', () =>
      inTurn((store) => {
        for (let number = 1; number <= 5; number++) store.messages.insert(sampleMessage(number));
        store.messages.insert(sampleMessage(60, by(2)));
        const newest = store.messages.page(bobs, null, 2);
        expect(newest.messages.map(({ position }) => position.minor)).toEqual([4, 5]);
        expect(newest.hasMore).toBe(true);
        const middle = store.messages.page(bobs, sampleId(4), 2);
        expect(middle.messages.map(({ position }) => position.minor)).toEqual([2, 3]);
        expect(middle.hasMore).toBe(true);
        const oldest = store.messages.page(bobs, sampleId(2), 2);
        expect(oldest.messages.map(({ position }) => position.minor)).toEqual([1]);
        expect(oldest.hasMore).toBe(false);
        const nothing = { messages: [], hasMore: false };
        expect(store.messages.page(bobs, sampleId(1), 2)).toEqual(nothing);
        expect(store.messages.page(bobs, sampleId(60), 2)).toEqual(nothing);
        expect(store.messages.page(sampleConversation(3), null, 2)).toEqual(nothing);
        const first = store.messages.pageAfter(bobs, null, 2);
        expect(first.messages.map(({ position }) => position.minor)).toEqual([1, 2]);
        expect(first.hasMore).toBe(true);
        const after = first.messages.at(-1)?.position ?? null;
        const rest = store.messages.pageAfter(bobs, after, 10);
        expect(rest.messages[0]?.position.minor).toBe(3);
        expect(rest.hasMore).toBe(false);
        expect(store.messages.pageAfter(sampleConversation(3), null, 2)).toEqual(nothing);
      }));

    it('have a newest one of each author above a position', () =>
      inTurn((store) => {
        for (let number = 1; number <= 3; number++) store.messages.insert(sampleMessage(number));
        const own = store.messages.insert(sampleOwn(70, { sequence: 1 }))!;
        const [first] = store.messages.page(bobs, null, 4).messages;
        const newest = (author: PeerKey, upTo: MessagePosition, conversation = bobs) =>
          store.messages.newestBy(conversation, author, upTo);
        expect(newest(sampleKey(1), own.position)).toBe(sampleId(3));
        expect(newest(sampleKey(1), first!.position)).toBe(sampleId(1));
        expect(newest(sampleMe, own.position)).toBe(own.id);
        expect(newest(sampleMe, first!.position)).toBeUndefined();
        expect(newest(sampleKey(2), own.position)).toBeUndefined();
        expect(newest(sampleKey(1), own.position, sampleConversation(3))).toBeUndefined();
      }));

    it('of others are unread after the read mark', () =>
      inTurn((store) => {
        store.facts.set({ identity: sampleMyIdentity });
        store.messages.insert(sampleMessage(3));
        store.messages.insert(sampleMessage(1));
        store.messages.insert(sampleMessage(4));
        store.messages.insert(sampleOwn(70, { sequence: 1 }));
        const unread = () => store.conversations.unreadCount(bobs);
        const counts = [unread()];
        for (const [major, minor] of [
          [1, 1],
          [1, 3],
          [3, 1],
        ] as const) {
          store.conversations.setReadPosition(bobs, { major, minor });
          counts.push(unread());
        }
        expect(counts).toEqual([3, 2, 1, 0]);
        expect(store.conversations.all()).toEqual([
          { id: bobs, readPosition: { major: 3, minor: 1 }, notify: 'all' },
        ]);
        expect(store.conversations.unreadCount(sampleConversation(2))).toBe(0);
      }));

    it('that were removed stay known by their id', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1));
        store.messages.insert(sampleMessage(2));
        store.messages.remove(sampleId(2));
        expect(store.messages.find(sampleId(2))).toBeUndefined();
        expect(textsOf(store)).toEqual(['text 1']);
        expect(store.conversations.unreadCount(bobs)).toBe(1);
        expect(store.messages.insert(sampleMessage(2))).toBeUndefined();
        // The position of a removed message is not given again: the read mark may be on it.
        expect(store.messages.insert(sampleMessage(3))?.position.major).toBe(3);
        store.messages.remove(sampleId(99));
        expect(store.messages.insert(sampleMessage(99))).toBeDefined();
      }));
  });

  describeDispatches(inTurn);

  describeOwnMailKeys(inTurn);
  describeDueReceipts(inTurn);

  describeAnswers(inTurn);
  describeFiles(inTurn);
  describeRooms(inTurn);

  describe('facts', () => {
    it('are undefined in a new store, and change one by one', () =>
      inTurn((store) => {
        const unset = {
          identity: undefined,
          installation: undefined,
          nickname: undefined,
          server: undefined,
          serverEpoch: undefined,
          registration: 0,
          deregistered: false,
          settings: defaultSettings,
        };
        expect(store.facts.get()).toEqual(unset);
        const all = {
          identity: sampleIdentity(1),
          installation: sampleInstallation(2),
          nickname: 'alice',
          server: { address: '127.0.0.1:50000', key: sampleKey(3) },
          serverEpoch: sampleEpoch(4),
          registration: 5,
          deregistered: true,
          settings: { ...defaultSettings, readReceipts: false, typing: false, lastSeen: true },
        };
        store.facts.set(all);
        expect(store.facts.get()).toEqual(all);
        store.facts.set({ serverEpoch: undefined, registration: 6 });
        expect(store.facts.get()).toEqual({ ...all, serverEpoch: undefined, registration: 6 });
      }));
  });
}

function textsOf(store: ClientStore): string[] {
  return store.messages.page(bobs, null, 100).messages.map(({ content }) => contentText(content));
}
