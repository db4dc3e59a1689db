import { beforeEach, describe, expect, it } from 'vitest';
import type { ClientStore, StoredMessage } from '../../store/client-store.ts';
import {
  sampleConversation,
  sampleKey,
  sampleMyIdentity,
  sampleMessage,
  sampleOwn,
  sampleSigningKeyOf,
} from '../../store/sample.ts';
import { openClientStore } from '../../store/sqlite/client/client-store.ts';
import { Conversations } from './conversations.ts';

const withBob = sampleConversation(1);
let store: ClientStore;
let conversations: Conversations;

beforeEach(() => {
  store = openClientStore();
  inTurn(() => store.facts.set({ identity: sampleMyIdentity }));
  conversations = new Conversations(store);
});

/** Runs in one turn of the store. */
function inTurn(run: () => void): void {
  store.begin();
  store.savepoint(run);
  store.commit();
}

function arrive(sequence: number): StoredMessage {
  const message = store.messages.insert(sampleMessage(sequence))!;
  conversations.handleArrived(message);
  return message;
}

describe('the unread count', () => {
  it('is kept up to date as the store would count it', () =>
    inTurn(() => {
      const count = () => {
        const unread = conversations.unreadCount(withBob);
        expect(unread).toBe(store.conversations.unreadCount(withBob));
        return unread;
      };
      const counts = [count()];
      arrive(1);
      counts.push(count());
      const third = arrive(3);
      counts.push(count());
      conversations.markRead(third);
      counts.push(count());
      arrive(4);
      counts.push(count());
      conversations.begin(store.messages.insert(sampleOwn(50))!.conversation);
      counts.push(count());
      expect(counts).toEqual([0, 1, 2, 0, 1, 1]);
    }));

  it('counts a message that comes late above the read mark, and all below it again', () =>
    inTurn(() => {
      arrive(1);
      conversations.markRead(arrive(3));
      const late = store.messages.insert(sampleMessage(2))!;
      expect(conversations.handleArrived(late)).toBe(true);
      expect(conversations.unreadCount(withBob)).toBe(2);
    }));
});

describe('the read mark', () => {
  it('only moves forward when the user reads', () =>
    inTurn(() => {
      const [first, second] = [arrive(1), arrive(2)];
      expect(conversations.markRead(second)).toBe(true);
      expect(conversations.markRead(first)).toBe(false);
      expect(conversations.unreadCount(withBob)).toBe(0);
      expect(new Conversations(store).markRead(first)).toBe(false);
    }));
});

describe('a conversation after its peer gets another key', () => {
  it('has its read mark and its count under the new id, to which the old id leads', () => {
    inTurn(() => {
      store.contacts.put({
        key: sampleKey(1),
        signingKey: sampleSigningKeyOf(sampleKey(1)),
        nickname: 'bob',
        candidates: [],
        classic: null,
        verified: false,
        acceptance: 'limited',
        guestOf: null,
        features: [],
      });
      conversations.markRead(arrive(1));
      arrive(2);
    });
    inTurn(() => {
      store.rekey(sampleKey(1), sampleKey(2));
      conversations.handleRekey(sampleKey(1), sampleKey(2));
    });
    const withNewKey = sampleConversation(2);
    for (const known of [conversations, new Conversations(store)]) {
      expect([...known.ids()]).toEqual([withNewKey]);
      expect([known.unreadCount(withNewKey), known.unreadCount(withBob)]).toEqual([1, 0]);
      expect(known.newestId(withBob)).toBe(withNewKey);
      expect(known.newestId(withNewKey)).toBe(withNewKey);
      expect(known.moved()).toEqual([{ from: withBob, to: withNewKey }]);
    }
  });
});
