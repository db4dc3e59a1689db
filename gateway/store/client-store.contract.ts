import { describe, expect, it } from 'vitest';
import type { ClientStore, Contact, SearchRange } from './client-store.ts';
import {
  sampleEpoch,
  sampleId,
  sampleIdentity,
  sampleInstallation,
  sampleKey,
  sampleMessage,
  sampleSigningKeyOf,
} from './sample.ts';
import { describeAnswers } from './answers.contract.ts';
import { describeDueReceipts } from './due-receipts.contract.ts';
import { describeOutbox } from './outbox.contract.ts';
import { describeTurns } from './turn-store.contract.ts';

/** What every ClientStore promises. `open` gives a new and empty one. */
export function describeClientStore(open: () => ClientStore): void {
  describeTurns(() => {
    const store = open();
    let written = 0;
    return {
      store,
      write: () => void store.messages.insert(sampleMessage(++written)),
      count: () => store.messages.page(sampleKey(1), null, 100).messages.length,
    };
  });

  /** Gives a store to `use` inside of a turn, and closes it. */
  function inTurn(use: (store: ClientStore) => void): void {
    const store = open();
    store.begin();
    use(store);
    store.commit();
    store.close();
  }

  const alice: Contact = {
    key: sampleKey(1),
    signingKey: sampleSigningKeyOf(sampleKey(1)),
    nickname: 'alice',
    candidates: ['192.168.1.7:50001', '[fe80::1]:50001'],
    readPlace: 0,
    readSequence: 0,
    classic: null,
    verified: false,
  };

  describe('contacts', () => {
    it('are put, renamed, and kept in the order in which they were met', () =>
      inTurn((store) => {
        const bob: Contact = { ...alice, key: sampleKey(2), nickname: null, candidates: [] };
        store.contacts.put(alice);
        store.contacts.put(bob);
        store.contacts.put({ ...alice, nickname: 'ålice', readPlace: 7, readSequence: 3 });
        expect(store.contacts.all()).toEqual([
          { ...alice, nickname: 'ålice', readPlace: 7, readSequence: 3 },
          bob,
        ]);
      }));

    it('keep whether the original’s rule is wanted with them: yes, no, or nothing said', () =>
      inTurn((store) => {
        for (const classic of [true, false, null]) {
          store.contacts.put({ ...alice, classic });
          expect(store.contacts.all()).toEqual([{ ...alice, classic }]);
        }
      }));

    it('keep whether the safety number was compared', () =>
      inTurn((store) => {
        for (const verified of [true, false]) {
          store.contacts.put({ ...alice, verified });
          expect(store.contacts.all()).toEqual([{ ...alice, verified }]);
        }
      }));

    it('come to be when somebody writes before the roster has named them', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1));
        expect(store.contacts.all()).toEqual([
          { ...alice, signingKey: null, nickname: null, candidates: [] },
        ]);
        store.contacts.put(alice);
        expect(store.contacts.all()).toEqual([alice]);
        expect(store.messages.page(alice.key, null, 10).messages).toHaveLength(1);
      }));
  });

  describe('messages', () => {
    it('are found as they were put, any text included', () =>
      inTurn((store) => {
        const text = 'zero \0 byte, 👩🏽‍🚀, ‏שלום, \r\n end';
        const placed = store.messages.insert(sampleMessage(1, { text }));
        const { id, peer, direction, sentAtMs, installation, sequence } = sampleMessage(1);
        expect(placed).toEqual({ id, peer, direction, text, sentAtMs, place: 1, sequence });
        expect(store.messages.find(id)).toEqual({
          ...placed,
          installation,
          clockOffsetMs: null,
          progress: null,
        });
        expect(store.messages.find(sampleId(2))).toBeUndefined();
      }));

    it('are put once, whatever a copy says', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1));
        const copy = sampleMessage(1, { text: 'another', sequence: 9, peer: sampleKey(2) });
        expect(store.messages.insert(copy)).toBeUndefined();
        expect(store.messages.find(sampleId(1))?.text).toBe('text 1');
        expect(store.contacts.all()).toHaveLength(1);
      }));

    it('0004-order: a latecomer stands before the first with a larger sequence of its installation', () =>
      inTurn((store) => {
        const mine = { direction: 'out', installation: sampleInstallation(9) } as const;
        store.messages.insert(sampleMessage(2));
        store.messages.insert(sampleMessage(100, { ...mine, sequence: 1 }));
        store.messages.insert(sampleMessage(4));
        expect(store.messages.insert(sampleMessage(3))).toMatchObject({ place: 3, sequence: 3 });
        expect(store.messages.insert(sampleMessage(1))).toMatchObject({ place: 1, sequence: 1 });
        expect(store.messages.insert(sampleMessage(5))).toMatchObject({ place: 4, sequence: 5 });
        expect(textsOf(store)).toEqual(['text 1', 'text 2', 'text 100', 'text 3', 'text 4', 'text 5']);
      }));

    it('0004-order: a sequence that an installation gives twice is new, at the end', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1));
        store.messages.insert(sampleMessage(2));
        expect(store.messages.insert(sampleMessage(50, { sequence: 1 }))).toMatchObject({ place: 3 });
        expect(textsOf(store)).toEqual(['text 1', 'text 2', 'text 50']);
      }));

    it('0004-order: what somebody claims of my installation does not touch the place of mine', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1, { sequence: 1000 }));
        expect(store.messages.insert(sampleMessage(2, { direction: 'out', sequence: 1 }))?.place).toBe(2);
      }));

    it('are paged upwards until there are no older ones', () =>
      inTurn((store) => {
        for (let number = 1; number <= 5; number++) store.messages.insert(sampleMessage(number));
        store.messages.insert(sampleMessage(60, { peer: sampleKey(2) }));
        const newest = store.messages.page(sampleKey(1), null, 2);
        expect(newest.messages.map((message) => message.sequence)).toEqual([4, 5]);
        expect(newest.older).toBe(true);
        const middle = store.messages.page(sampleKey(1), sampleId(4), 2);
        expect(middle.messages.map((message) => message.sequence)).toEqual([2, 3]);
        expect(middle.older).toBe(true);
        const oldest = store.messages.page(sampleKey(1), sampleId(2), 2);
        expect(oldest.messages.map((message) => message.sequence)).toEqual([1]);
        expect(oldest.older).toBe(false);
        const nothing = { messages: [], older: false };
        expect(store.messages.page(sampleKey(1), sampleId(1), 2)).toEqual(nothing);
        expect(store.messages.page(sampleKey(1), sampleId(60), 2)).toEqual(nothing);
        expect(store.messages.page(sampleKey(3), null, 2)).toEqual(nothing);
      }));

    describe('are found', () => {
      const texts = (store: ClientStore, words: string, change: Partial<SearchRange> = {}) =>
        store.messages
          .search(words, { peer: null, before: null, limit: 10, ...change })
          .messages.map(({ text }) => text);
      const said = (store: ClientStore, ...all: string[]) => {
        for (const [index, text] of all.entries()) store.messages.insert(sampleMessage(index + 1, { text }));
      };

      it('by all their words in any order, the last of which may be a beginning', () =>
        inTurn((store) => {
          said(store, 'the boat leaves at six', 'six boats', 'nothing');
          expect(texts(store, 'boat six ')).toEqual(['the boat leaves at six']);
          expect(texts(store, 'six boa')).toEqual(['six boats', 'the boat leaves at six']);
          expect(texts(store, 'boa six')).toEqual([]);
          expect(texts(store, 's')).toEqual([]);
        }));

      it('whatever the case, the accents and the form of the letters', () =>
        inTurn((store) => {
          said(store, 'Ein Café in Zürich', 'cafe\u0301s', 'ＡＢＣ', 'STRASSE');
          expect(texts(store, 'CAFE')).toEqual(['cafe\u0301s', 'Ein Café in Zürich']);
          expect(texts(store, 'zurich')).toEqual(['Ein Café in Zürich']);
          expect(texts(store, 'abc')).toEqual(['ＡＢＣ']);
          expect(texts(store, 'straße')).toEqual([]);
        }));

      it('by a part of what is written without spaces, and by emoji', () =>
        inTurn((store) => {
          said(store, '明日東京で会いましょう', 'スーパー', 'ไปทะเลกัน', 'great👍🏽news', 'हिन्दी में');
          expect(texts(store, '東京')).toEqual(['明日東京で会いましょう']);
          expect(texts(store, '京東')).toEqual([]);
          expect(texts(store, 'パー')).toEqual(['スーパー']);
          expect(texts(store, 'ทะเล')).toEqual(['ไปทะเลกัน']);
          expect(texts(store, '👍')).toEqual(['great👍🏽news']);
          expect(texts(store, 'हिन्दी')).toEqual(['हिन्दी में']);
        }));

      it('and nothing that was typed is a command of the index', () =>
        inTurn((store) => {
          said(store, 'NOT a "quote" OR (column: text)*', 'c1');
          for (const typed of [
            '"',
            '""',
            '*',
            '(',
            'text :',
            '',
            ' ',
            '\0',
            '-',
            '^',
            '"quote',
            'c1" OR "',
          ]) {
            expect(() => texts(store, typed), typed).not.toThrow();
          }
          expect(texts(store, '"quote" NOT OR')).toHaveLength(1);
          expect(texts(store, '... !')).toEqual([]);
          expect(texts(store, 'contact : c1')).toEqual([]);
          expect(texts(store, 'c1')).toEqual(['c1']);
        }));

      it('in one conversation or in all, the latest first, some at a time', () =>
        inTurn((store) => {
          for (let number = 1; number <= 6; number++) {
            store.messages.insert(
              sampleMessage(number, { peer: sampleKey(1 + (number % 2)), text: `word ${number}` }),
            );
          }
          expect(texts(store, 'word', { peer: sampleKey(1) })).toEqual(['word 6', 'word 4', 'word 2']);
          expect(texts(store, 'word', { peer: sampleKey(3) })).toEqual([]);
          const first = store.messages.search('word', { peer: null, before: null, limit: 4 });
          expect(first.messages.map(({ text }) => text)).toEqual(['word 6', 'word 5', 'word 4', 'word 3']);
          expect(first.older).toBe(true);
          const next = store.messages.search('word', {
            peer: null,
            before: sampleId(3),
            limit: 4,
          });
          expect(next.messages.map(({ text }) => text)).toEqual(['word 2', 'word 1']);
          expect(next.older).toBe(false);
        }));

      it('as they are: with their place and progress, and not when they were removed', () =>
        inTurn((store) => {
          said(store, 'kept', 'kept not');
          store.messages.remove(sampleId(2));
          const { messages } = store.messages.search('kept', { peer: null, before: null, limit: 10 });
          expect(messages).toEqual([store.messages.find(sampleId(1))]);
        }));
    });

    it('are unread after the read mark, mine never', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(3));
        store.messages.insert(sampleMessage(1));
        store.messages.insert(sampleMessage(4));
        store.messages.insert(sampleMessage(70, { direction: 'out', sequence: 1 }));
        expect(store.messages.unreadCount(sampleKey(1))).toBe(3);
        store.contacts.put({ ...alice, readPlace: 1, readSequence: 1 });
        expect(store.messages.unreadCount(sampleKey(1))).toBe(2);
        store.contacts.put({ ...alice, readPlace: 1, readSequence: 3 });
        expect(store.messages.unreadCount(sampleKey(1))).toBe(1);
        store.contacts.put({ ...alice, readPlace: 3, readSequence: 1 });
        expect(store.messages.unreadCount(sampleKey(1))).toBe(0);
        expect(store.messages.unreadCount(sampleKey(2))).toBe(0);
      }));

    it('DESIGN 5: ids that were seen outlive the deleted text', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1));
        store.messages.insert(sampleMessage(2));
        store.messages.remove(sampleId(2));
        expect(store.messages.find(sampleId(2))).toBeUndefined();
        expect(textsOf(store)).toEqual(['text 1']);
        expect(store.messages.unreadCount(sampleKey(1))).toBe(1);
        expect(store.messages.insert(sampleMessage(2))).toBeUndefined();
        // The place of what was removed is not given again: the read mark may stand on it.
        expect(store.messages.insert(sampleMessage(3))).toMatchObject({ place: 3 });
        store.messages.remove(sampleId(99));
        expect(store.messages.insert(sampleMessage(99))).toBeDefined();
      }));
  });

  describeOutbox(inTurn);

  describeDueReceipts(inTurn);

  describeAnswers(inTurn);

  describe('facts', () => {
    it('are undefined in a new store, and change one by one', () =>
      inTurn((store) => {
        const unset = {
          identity: undefined,
          installation: undefined,
          nickname: undefined,
          server: undefined,
          serverKey: undefined,
          serverEpoch: undefined,
          registration: 0,
          deregistered: false,
          tellsReads: true,
          showsLastSeen: false,
        };
        expect(store.facts.get()).toEqual(unset);
        const all = {
          identity: sampleIdentity(1),
          installation: sampleInstallation(2),
          nickname: 'alice',
          server: '127.0.0.1:50000',
          serverKey: sampleKey(3),
          serverEpoch: sampleEpoch(4),
          registration: 5,
          deregistered: true,
          tellsReads: false,
          showsLastSeen: true,
        };
        store.facts.set(all);
        expect(store.facts.get()).toEqual(all);
        store.facts.set({ serverEpoch: undefined, registration: 6 });
        expect(store.facts.get()).toEqual({ ...all, serverEpoch: undefined, registration: 6 });
      }));
  });
}

function textsOf(store: ClientStore): string[] {
  return store.messages.page(sampleKey(1), null, 100).messages.map((message) => message.text);
}
