import { describe, expect, it } from 'vitest';
import { directConversation } from '../../../shared/conversation.ts';
import { peerKeyFromBytes, type SigningKey } from '../../../shared/ids.ts';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { sampleEpoch, sampleMessage, sampleSigningKeyOf } from '../../store/sample.ts';
import type { ClientStore } from '../../store/client-store.ts';
import { openClientStore } from '../../store/sqlite/client/client-store.ts';
import { contactsWithoutMessagesMax, rosterChunkRowsMax } from '../../../shared/limits.ts';
import type { ClientEvent } from '../client-event.ts';
import type { ClientContext } from '../context.ts';
import { Blocks } from './blocks.ts';
import { Contacts } from './contacts.ts';

const bob = peerKeyFromBytes(new Uint8Array(32).fill(2));
const carol = peerKeyFromBytes(new Uint8Array(32).fill(3));
const me = peerKeyFromBytes(new Uint8Array(32).fill(9));

/** Runs inside one turn of a new store. */
function inTurn(
  run: (
    contacts: Contacts,
    parts: {
      changes: ClientEvent[];
      /** Bob has written a message. */
      hearBob: () => void;
      reopened: () => Contacts;
      store: ClientStore;
    },
  ) => void,
): void {
  const store = openClientStore();
  const changes: ClientEvent[] = [];
  const context: ClientContext = {
    transport: () => undefined,
    send: () => undefined,
    runJob: () => undefined,
    emit: (change) => changes.push(change),
  };
  const reopened = (): Contacts =>
    new Contacts({
      store,
      context,
      me,
      blocks: new Blocks(store),
      clock: { serverToLocalMs: () => undefined },
      isGuestOf: () => false,
      isSigningKeyOf: (peer, signingKey) => signingKey === sampleSigningKeyOf(peer),
    });
  const contacts = reopened();
  const hearBob = (): void => {
    contacts.ensure(bob);
    store.messages.insert(sampleMessage(1, { conversation: directConversation(bob), author: bob }));
    contacts.speakWith(bob);
  };
  store.begin();
  store.savepoint(() => run(contacts, { changes, hearBob, reopened, store }));
  store.commit();
}

describe('the roster', () => {
  const row = {
    key: bob,
    signingKey: sampleSigningKeyOf(bob) as SigningKey | null,
    nickname: 'bob' as string | null,
    online: true,
    addressRevision: 0,
    lastSeenMs: null,
    features: [] as string[],
  };
  const epoch = sampleEpoch(1);

  function roster(from: number, to: number, ...rows: Partial<typeof row>[]): ProtocolMessageOf<'roster'> {
    const named = rows.map((change) => ({
      ...row,
      signingKey: sampleSigningKeyOf(change.key ?? bob),
      ...change,
    }));
    return { kind: 'roster', epoch, from, to, last: true, rows: named };
  }

  it('PROTOCOL 6.55: a row with a signing key that does not belong to its key changes nothing', () => {
    inTurn((contacts, { reopened }) => {
      contacts.handleRoster(roster(0, 1, {}));
      contacts.handleRoster(roster(1, 2, { online: false, signingKey: sampleSigningKeyOf(carol) }));
      contacts.handleRoster(roster(2, 3, { online: false, signingKey: null }));
      contacts.handleRoster(
        roster(3, 4, { key: carol, nickname: 'carol', signingKey: sampleSigningKeyOf(bob) }),
      );
      expect(contacts.view()).toEqual([{ key: bob, nickname: 'bob', online: true }]);
      expect(contacts.find(bob)?.signingKey).toBe(sampleSigningKeyOf(bob));
      expect(reopened().find(bob)?.signingKey).toBe(sampleSigningKeyOf(bob));
    });
  });

  it('PROTOCOL 6.55: a contact keeps its signing key when its nickname is released', () => {
    inTurn((contacts) => {
      contacts.handleRoster(roster(0, 1, {}));
      contacts.handleRoster(roster(1, 2, { nickname: null, online: false, signingKey: null }));
      expect(contacts.find(bob)).toMatchObject({ online: false, signingKey: sampleSigningKeyOf(bob) });
    });
  });

  it('PROTOCOL 6.55: a contact that wrote before the roster named it gets its signing key from the roster', () => {
    inTurn((contacts, { reopened }) => {
      contacts.ensure(bob);
      expect(contacts.find(bob)?.signingKey).toBeNull();
      contacts.handleRoster(roster(0, 1, {}));
      expect(reopened().find(bob)?.signingKey).toBe(sampleSigningKeyOf(bob));
    });
  });

  it('is shown where it changed, and nothing is shown twice', () => {
    inTurn((contacts, { changes }) => {
      contacts.handleRoster(roster(0, 1, row));
      contacts.handleRoster(roster(1, 2, row));
      contacts.handleRoster(roster(2, 3, { addressRevision: 1 }));
      contacts.handleRoster(roster(3, 4, { online: false, nickname: null }));
      expect(changes).toEqual([
        { type: 'contacts', contacts: [{ key: bob, nickname: 'bob', online: true }] },
        { type: 'contacts', contacts: [{ key: bob, nickname: 'bob', online: false }] },
      ]);
      expect(contacts.roster).toEqual({ epoch, version: 4 });
    });
  });

  it('PROTOCOL 6.98: marks both of two contacts with nicknames that look alike, until one has another nickname', () => {
    inTurn((contacts, { changes, reopened }) => {
      contacts.handleRoster(roster(0, 1, {}));
      contacts.handleRoster(roster(1, 2, { key: carol, nickname: 'bоb' }));
      const marked = [
        { key: bob, nickname: 'bob', online: true, looksLike: 'bоb' },
        { key: carol, nickname: 'bоb', online: true, looksLike: 'bob' },
      ];
      expect(contacts.view()).toEqual(marked);
      expect(changes.at(-1)).toEqual({ type: 'contacts', contacts: marked.toReversed() });
      expect(reopened().view()).toEqual(marked.map((contact) => ({ ...contact, online: false })));
      contacts.handleRoster(roster(2, 3, { key: carol, nickname: 'carol' }));
      expect(changes.at(-1)).toEqual({
        type: 'contacts',
        contacts: [
          { key: carol, nickname: 'carol', online: true },
          { key: bob, nickname: 'bob', online: true },
        ],
      });
    });
  });

  it('PROTOCOL 6.98: marks no contact with a compared safety number, and each that looks like the user', () => {
    inTurn((contacts, { store }) => {
      contacts.handleRoster(roster(0, 1, {}, { key: carol, nickname: 'bоb' }));
      contacts.setVerified(bob, true);
      expect(contacts.view().map(({ looksLike }) => looksLike)).toEqual([undefined, 'bob']);
      store.facts.set({ nickname: 'dave' });
      contacts.handleRegistered();
      contacts.handleRoster(roster(1, 2, { key: carol, nickname: 'dаve' }));
      expect(contacts.view().map(({ looksLike }) => looksLike)).toEqual([undefined, 'dave']);
    });
  });

  it('PROTOCOL 6.95: names a key of which more is taken now because it is named', () => {
    inTurn((contacts) => {
      contacts.ensure(bob);
      contacts.setExhausted(bob);
      expect(contacts.find(bob)).toMatchObject({ nickname: null, acceptance: 'exhausted' });
      expect(contacts.handleRoster(roster(0, 1, {}))).toMatchObject({ newlyAccepted: [bob] });
      expect(contacts.find(bob)).toMatchObject({ nickname: 'bob', acceptance: 'limited' });
      contacts.setExhausted(bob);
      expect(contacts.handleRoster(roster(1, 2, {}))).toMatchObject({ newlyAccepted: [] });
      expect(contacts.allow(bob)).toBe('exhausted');
      contacts.setExhausted(bob);
      expect(contacts.allow(bob)).toBe('allowed');
    });
  });

  it('names the people who came online or have other addresses', () => {
    inTurn((contacts) => {
      expect(contacts.handleRoster(roster(0, 1, {}))).toEqual({
        type: 'taken',
        newlyAccepted: [],
        newlyReachable: [bob],
      });
      expect(contacts.handleRoster(roster(1, 2, { nickname: 'robert' }))).toEqual({
        type: 'taken',
        newlyAccepted: [],
        newlyReachable: [],
      });
      expect(contacts.handleRoster(roster(2, 3, { addressRevision: 1 }))).toEqual({
        type: 'taken',
        newlyAccepted: [],
        newlyReachable: [bob],
      });
      expect(contacts.handleRoster(roster(3, 4, { addressRevision: 1, online: false }))).toEqual({
        type: 'taken',
        newlyAccepted: [],
        newlyReachable: [],
      });
      expect(contacts.handleRoster(roster(4, 5, { addressRevision: 1 }))).toEqual({
        type: 'taken',
        newlyAccepted: [],
        newlyReachable: [bob],
      });
    });
  });

  it('ignores rows that do not follow on the present version', () => {
    inTurn((contacts) => {
      contacts.handleRoster(roster(0, 5, {}));
      const gap = contacts.handleRoster(roster(7, 8, { online: false }));
      expect(gap).toEqual({ type: 'gap', has: { epoch, version: 5 } });
      contacts.handleRoster(roster(1, 4, { online: false }));
      const otherTable = { ...roster(5, 6, { online: false }), epoch: sampleEpoch(2) };
      expect(contacts.handleRoster(otherTable)).toEqual({
        type: 'gap',
        has: { epoch: sampleEpoch(2), version: 0 },
      });
      expect([contacts.find(bob)?.online, contacts.roster?.version]).toEqual([true, 5]);
      contacts.handleRoster(roster(4, 6, { online: false }));
      expect([contacts.find(bob)?.online, contacts.roster?.version]).toEqual([false, 6]);
    });
  });

  it('makes people offline that a complete snapshot did not name, and not before it is complete', () => {
    inTurn((contacts, { changes }) => {
      contacts.handleRoster(roster(0, 2, {}, { key: carol, nickname: 'carol' }));
      changes.length = 0;
      const snapshot = {
        ...roster(0, 1, { key: carol, nickname: 'carol' }),
        epoch: sampleEpoch(2),
        last: false,
      };
      contacts.handleRoster(snapshot);
      expect(changes).toEqual([]);
      contacts.handleRoster({ ...snapshot, from: 1, to: 2, last: true, rows: [] });
      expect(changes).toEqual([
        { type: 'contacts', contacts: [{ key: bob, nickname: 'bob', online: false }] },
      ]);
    });
  });

  it('PROTOCOL 6.40: a key conflict is shown again after the server has named the old key in between', () => {
    inTurn((contacts) => {
      contacts.handleRoster(roster(0, 1, {}));
      contacts.handleRoster(roster(1, 2, { key: carol, nickname: 'bob' }));
      // The server was restored to an earlier state, and then learns the owner of this nickname again.
      contacts.handleRoster({ ...roster(0, 1, {}), epoch: sampleEpoch(2) });
      contacts.handleRoster({ ...roster(1, 2, { key: carol, nickname: 'bob' }), epoch: sampleEpoch(2) });
      const conflicts = contacts.view().map(({ keyConflict }) => keyConflict);
      expect(conflicts).toEqual([
        { type: 'changed', newKey: carol, refused: false },
        { type: 'not-pinned', pinned: bob, refused: false },
      ]);
      expect(contacts.acceptKey(bob, carol)).toBe('moved');
    });
  });

  /** A person that is new to this client. */
  const invented = (number: number, change: Partial<typeof row> = {}) => {
    const key = peerKeyFromBytes(
      Uint8Array.from({ length: 32 }, (_, index) => (number >> (8 * (index % 3))) & 255),
    );
    return {
      ...row,
      key,
      signingKey: sampleSigningKeyOf(key),
      nickname: `invented${number}`,
      online: false,
      ...change,
    };
  };

  /** So many people, as a server may name them that makes them up; then the table may be whole. */
  function invent(contacts: Contacts, numbers: { from: number; to: number }, last: boolean): void {
    for (let number = numbers.from; number < numbers.to; number += rosterChunkRowsMax) {
      const count = Math.min(rosterChunkRowsMax, numbers.to - number);
      const rows = Array.from({ length: count }, (_, index) => invented(number + index));
      const version = contacts.roster?.version ?? 0;
      contacts.handleRoster({ ...roster(version, version + count, ...rows), last });
    }
  }

  it('PROTOCOL 6.43: people without any message are removed above the maximum, those mentioned longest ago first', () => {
    inTurn((contacts, { changes, hearBob, reopened }) => {
      contacts.handleRoster(roster(0, 2, {}, { key: carol, nickname: 'carol', online: true }));
      hearBob();
      const max = contactsWithoutMessagesMax;
      invent(contacts, { from: 1_000, to: 1_000 + max - 1 }, true);
      expect(changes.filter(({ type }) => type === 'contacts-removed')).toEqual([]);
      const version = contacts.roster?.version ?? 0;
      // Mentioned again, the first of them is no longer the oldest.
      contacts.handleRoster(roster(version, version + 1, invented(1_000)));
      invent(contacts, { from: 50_000, to: 50_001 }, true);
      const [gone] = changes.filter((change) => change.type === 'contacts-removed');
      expect(gone?.keys).toHaveLength(1 + max / 10);
      expect(gone?.keys[0]).toBe(invented(1_001).key);
      expect(gone?.keys).not.toContain(invented(1_000).key);
      // Online contacts go last, and contacts with messages never.
      expect(contacts.find(carol)?.online).toBe(true);
      expect(contacts.find(bob)?.nickname).toBe('bob');
      expect(reopened().view()).toHaveLength(contacts.view().length);
      invent(contacts, { from: 60_000, to: 60_000 + max }, true);
      expect(contacts.view().length).toBeLessThanOrEqual(max + 1);
      expect([contacts.find(bob)?.nickname, contacts.find(carol)?.nickname]).toEqual(['bob', 'carol']);
      // The nickname of a contact with messages stays pinned. The nickname of a forgotten contact is free.
      const next = contacts.roster?.version ?? 0;
      const mallory = invented(1, { nickname: 'bob' });
      const newcomer = invented(2, { nickname: 'invented1001' });
      contacts.handleRoster(roster(next, next + 2, mallory, newcomer));
      const conflicts = [mallory, newcomer].map(
        ({ key }) => contacts.view().find((one) => one.key === key)?.keyConflict,
      );
      expect(conflicts).toEqual([{ type: 'not-pinned', pinned: bob, refused: false }, undefined]);
    });
  });

  it('PROTOCOL 6.43: people that a snapshot still has to name are kept, up to twice the maximum', () => {
    inTurn((contacts, { changes, reopened }) => {
      const max = contactsWithoutMessagesMax;
      invent(contacts, { from: 0, to: max }, true);
      // The next process gets a new snapshot, with others first.
      const later = reopened();
      changes.length = 0;
      later.handleRoster({ ...roster(0, 1, invented(100_000)), last: false });
      invent(later, { from: 200_000, to: 200_000 + max - 1 }, false);
      expect(changes.filter(({ type }) => type === 'contacts-removed')).toEqual([]);
      // A table that never ends.
      invent(later, { from: 300_000, to: 300_000 + 2_000 }, false);
      expect(later.view().length).toBeLessThanOrEqual(2 * max);
      invent(later, { from: 400_000, to: 400_001 }, true);
      expect(later.view().length).toBeLessThanOrEqual(max);
      expect(reopened().view()).toHaveLength(later.view().length);
    });
  });

  it('PROTOCOL 6.43: a key in conflict with another person’s, or about which the user decided, is kept', () => {
    inTurn((contacts, { hearBob }) => {
      contacts.handleRoster(roster(0, 1, {}));
      hearBob();
      const allowed = invented(900_000, { nickname: 'allowed' });
      contacts.handleRoster(roster(1, 3, { key: carol, nickname: 'bob', online: false }, allowed));
      contacts.allow(allowed.key);
      invent(contacts, { from: 0, to: contactsWithoutMessagesMax + 1 }, true);
      expect(contacts.find(allowed.key)?.acceptance).toBe('allowed');
      expect(contacts.acceptKey(bob, carol)).toBe('moved');
    });
  });

  it('PROTOCOL 6.43: nicknames that fail RFC 8266 are rejected', () => {
    inTurn((contacts) => {
      contacts.handleRoster(roster(0, 2, {}, { key: carol, nickname: 'bo\u200Bb' }));
      expect(contacts.find(carol)).toBeUndefined();
      contacts.handleRoster(roster(2, 3, { nickname: '#b o b' }));
      expect(contacts.find(bob)?.nickname).toBe('bob');
    });
  });

  it('PROTOCOL 6.43: the server cannot contest the user’s own key', () => {
    inTurn((contacts) => {
      const mine = { key: me, nickname: 'alice' };
      contacts.handleRoster(roster(0, 3, {}, mine, { key: carol, nickname: 'alice' }));
      contacts.handleRoster(roster(3, 5, { key: me, nickname: 'bob' }, mine));
      expect(contacts.view().map(({ nickname, keyConflict }) => [nickname, keyConflict?.type])).toEqual([
        ['bob', undefined],
        ['alice', undefined],
        ['alice', 'not-pinned'],
      ]);
      expect(contacts.acceptKey(me, carol)).toBe('unknown');
      expect(contacts.acceptKey(bob, me)).toBe('unknown');
    });
  });

  it('leads to a lookup of addresses, and to another one when they have changed', () => {
    inTurn((contacts) => {
      const found = (addressRevision: number, ...candidates: string[]) =>
        contacts.handleLocation({ kind: 'location', key: bob, addressRevision, candidates });
      contacts.handleRoster(roster(0, 1, {}));
      expect(contacts.addressesOf(bob)).toEqual({ isFresh: false, candidates: [] });
      found(0, '10.0.0.2:5');
      expect(contacts.addressesOf(bob)).toEqual({ isFresh: true, candidates: ['10.0.0.2:5'] });
      contacts.handleRoster(roster(1, 2, { addressRevision: 1 }));
      expect(contacts.addressesOf(bob)).toEqual({ isFresh: false, candidates: ['10.0.0.2:5'] });
      // The answer can be faster than the roster.
      found(2, '10.0.0.3:5');
      contacts.handleRoster(roster(2, 3, { addressRevision: 2 }));
      expect(contacts.addressesOf(bob)).toEqual({ isFresh: true, candidates: ['10.0.0.3:5'] });
      found(2);
      expect(contacts.addressesOf(bob)).toEqual({ isFresh: true, candidates: [] });
      // Without a server, where bob was last is better than nothing.
      contacts.handleRoster(roster(3, 4, { addressRevision: 2 }));
      expect(contacts.addressesOf(bob)).toEqual({ isFresh: false, candidates: ['10.0.0.3:5'] });
      found(2, '10.0.0.3:5');
      contacts.handleRoster(roster(4, 5, { nickname: null, online: false }));
      contacts.handleRoster(roster(5, 6, { addressRevision: 0 }));
      expect(contacts.addressesOf(bob).isFresh).toBe(false);
      found(0, '10.0.0.3:5');
      contacts.handleRoster({ ...roster(0, 1, { addressRevision: 1 }), epoch: sampleEpoch(2) });
      expect(contacts.addressesOf(bob).isFresh).toBe(false);
    });
  });
});
