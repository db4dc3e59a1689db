import { describe, expect, it } from 'vitest';
import type { EnvelopeHead } from '../../shared/chat/envelope.ts';
import { joinCodeBytes, joinCodeFromBytes } from '../../shared/join-code.ts';
import { defaultQuotas } from '../../shared/quotas.ts';
import { describePublishedMailKeys } from './published-mail-keys.contract.ts';
import { describeServerRooms } from './server-rooms.contract.ts';
import {
  inTurnOf,
  sampleEpoch,
  sampleId,
  sampleIdentity,
  sampleInstallation,
  sampleKey,
  sampleMailKeyId,
  sampleName,
  sampleSigningKeyOf,
} from './sample.ts';
import type { Mail, ServerStore } from './server-store.ts';
import { describeTurns } from './turn-store.contract.ts';

/** The contract of ServerStore. `open` returns a new and empty store. */
export function describeServerStore(open: () => ServerStore): void {
  describeTurns(() => {
    const store = open();
    let written = 0;
    return {
      store,
      write: () => void store.mailboxes.put(mail(++written)),
      count: () => store.mailboxes.count(sampleKey(2)),
    };
  });

  const inTurn = inTurnOf(open);

  describe('the names', () => {
    const alice = sampleName(1, {
      nickname: 'alice',
      candidates: ['192.168.1.7:50001'],
      settings: { lastSeen: true },
      features: ['one', 'two'],
      addressRevision: 3,
      version: 7,
    });

    it('hold the host of a guest with all signatures, also after a change of the record', () =>
      inTurn((store) => {
        const guestOf = {
          host: sampleKey(1),
          hostSigningKey: sampleSigningKeyOf(sampleKey(1)),
          hostSignature: new Uint8Array(64).fill(1),
          guestSignature: new Uint8Array(64).fill(2),
        };
        const bob = sampleName(2, { nickname: 'bob', guestOf });
        store.names.put(bob);
        store.names.put({ ...bob, nickname: 'robert' });
        expect(store.names.all()).toEqual([{ ...bob, nickname: 'robert' }]);
      }));

    it('hold one record for each key, which can be changed', () =>
      inTurn((store) => {
        const bob = sampleName(2, { nickname: 'bob', online: false, lastSeenMs: -5 });
        const zoe = { ...alice, nickname: 'zoë', online: false, lastSeenMs: 1_700_000_000_000 };
        store.names.put(alice);
        store.names.put(bob);
        store.names.put(zoe);
        expect(store.names.all()).toEqual([bob, zoe]);
      }));

    it('are free for another key after their removal', () =>
      inTurn((store) => {
        store.names.put(alice);
        store.names.remove(alice.key, 15);
        store.names.remove(sampleKey(9), 3);
        expect([store.names.removedVersion(), store.names.highestVersion()]).toEqual([15, 15]);
        expect(store.names.all()).toEqual([]);
        store.names.put({ ...alice, key: sampleKey(2) });
        expect(store.names.all()).toEqual([{ ...alice, key: sampleKey(2) }]);
      }));

    it('are never given to two keys', () =>
      inTurn((store) => {
        store.names.put(alice);
        expect(() => store.savepoint(() => store.names.put({ ...alice, key: sampleKey(2) }))).toThrow();
        expect(store.names.all()).toEqual([alice]);
      }));
  });

  describe('the versions of names', () => {
    it('have a highest one, which never falls', () =>
      inTurn((store) => {
        expect(store.names.highestVersion()).toBe(0);
        store.names.put(sampleName(1, { version: 8 }));
        store.names.put(sampleName(2, { version: 7 }));
        store.names.put(sampleName(1, { version: 0 }));
        expect(store.names.highestVersion()).toBe(8);
      }));
  });

  describe('a mailbox', () => {
    const numbersOf = (store: ServerStore, except: ReadonlySet<number>, limit: number) =>
      store.mailboxes
        .waiting(sampleKey(2), [sampleInstallation(1)], except, limit)
        .map(({ head }) => Number.parseInt(head.id.slice(-12), 16));

    it('returns waiting envelopes in order of arrival, except those in flight', () =>
      inTurn((store) => {
        for (const number of [5, 3, 9, 1]) expect(store.mailboxes.put(mail(number))).toBe(true);
        store.mailboxes.put(mail(7, { to: sampleKey(3) }));
        expect(numbersOf(store, new Set(), 10)).toEqual([5, 3, 9, 1]);
        expect(numbersOf(store, new Set(), 2)).toEqual([5, 3]);
        const [first, , third] = store.mailboxes
          .waiting(sampleKey(2), [sampleInstallation(1)], new Set(), 10)
          .map((item) => item.number);
        expect(numbersOf(store, new Set([first ?? 0, third ?? 0]), 10)).toEqual([3, 1]);
        expect(store.mailboxes.count(sampleKey(2))).toBe(4);
        expect(store.mailboxes.count(sampleKey(4))).toBe(0);
      }));

    it('counts receipts and messages separately', () =>
      inTurn((store) => {
        store.mailboxes.put(mail(1));
        store.mailboxes.put(mail(2, { type: 'receipt' }));
        store.mailboxes.put(mail(3, { type: 'receipt' }));
        store.mailboxes.put(mail(4, { type: 'receipt', from: sampleKey(5) }));
        expect(store.mailboxes.count(sampleKey(2))).toBe(1);
        expect(store.mailboxes.countReceipts(sampleKey(2), sampleKey(1))).toBe(2);
        expect(store.mailboxes.countReceipts(sampleKey(2), sampleKey(2))).toBe(0);
      }));

    it('takes an id once from each sender for each recipient, even if a copy differs', () =>
      inTurn((store) => {
        expect(store.mailboxes.put(mail(1))).toBe(true);
        expect(store.mailboxes.put({ ...mail(1), sealed: Uint8Array.of(9) })).toBe(false);
        // A sender cannot block another sender's envelope by using its id.
        expect(store.mailboxes.put(mail(1, { from: sampleKey(6) }))).toBe(true);
        expect(store.mailboxes.put(mail(1, { to: sampleKey(3) }))).toBe(true);
        expect(store.mailboxes.waiting(sampleKey(2), [sampleInstallation(1)], new Set(), 1)).toMatchObject([
          mail(1),
        ]);
        expect(store.mailboxes.has(sampleKey(2), sampleKey(1), sampleId(1))).toBe(true);
        expect(store.mailboxes.has(sampleKey(2), sampleKey(4), sampleId(1))).toBe(false);
        expect(store.mailboxes.has(sampleKey(4), sampleKey(1), sampleId(1))).toBe(false);
      }));

    it('returns a removed envelope once, and keeps the order of the others', () =>
      inTurn((store) => {
        for (const number of [1, 2, 3]) store.mailboxes.put(mail(number));
        const remove = (number: number, sender = sampleKey(1)) =>
          store.mailboxes.remove(sampleKey(2), sender, sampleId(number));
        expect(remove(3, sampleKey(6))).toBeUndefined();
        expect(remove(3)).toMatchObject(mail(3));
        expect(remove(3)).toBeUndefined();
        store.mailboxes.put(mail(4));
        remove(1);
        expect(numbersOf(store, new Set(), 10)).toEqual([2, 4]);
      }));

    it('stores an empty envelope, and any bytes', () =>
      inTurn((store) => {
        const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
        store.mailboxes.put({ ...mail(1), sealed: new Uint8Array(0) });
        store.mailboxes.put({ ...mail(2), sealed: bytes });
        const kept = store.mailboxes
          .waiting(sampleKey(2), [sampleInstallation(1)], new Set(), 10)
          .map(({ sealed }) => [...sealed]);
        expect(kept).toEqual([[], [...bytes]]);
      }));
  });

  describe('the bans', () => {
    const bob = { type: 'key', key: sampleKey(2), nickname: 'bob' } as const;
    const network = { type: 'address', address: 'fd00:0:0:7::/64' } as const;

    it('hold one ban for each key and address, the newest one, in the order of the first', () =>
      inTurn((store) => {
        store.bans.put({ banned: bob, untilMs: 7_000 });
        store.bans.put({ banned: network, untilMs: null });
        store.bans.put({ banned: { ...bob, nickname: null }, untilMs: null });
        expect(store.bans.all()).toEqual([
          { banned: { ...bob, nickname: null }, untilMs: null },
          { banned: network, untilMs: null },
        ]);
        expect([store.bans.remove(bob), store.bans.remove(bob)]).toEqual([true, false]);
        expect(store.bans.all()).toEqual([{ banned: network, untilMs: null }]);
      }));

    it('cover their key or address, until they end', () =>
      inTurn((store) => {
        store.bans.put({ banned: bob, untilMs: 7_000 });
        store.bans.put({ banned: network, untilMs: null });
        const covers = (key: number, address: string, wallMs: number) =>
          store.bans.covers(sampleKey(key), address, wallMs);
        expect([covers(2, '10.0.0.1', 6_999), covers(2, '10.0.0.1', 7_000)]).toEqual([true, false]);
        expect([covers(3, 'fd00:0:0:7::/64', 9e12), covers(3, '10.0.0.1', 0)]).toEqual([true, false]);
        store.bans.removeEnded(6_999);
        expect(store.bans.all()).toHaveLength(2);
        store.bans.removeEnded(7_000);
        expect(store.bans.all()).toEqual([{ banned: network, untilMs: null }]);
      }));
  });

  describe('the envelopes of all mailboxes', () => {
    it('are counted for each sender, and for each sender in a mailbox, with receipts', () =>
      inTurn((store) => {
        store.mailboxes.put({ ...mail(1), sealed: new Uint8Array(10) });
        store.mailboxes.put({ ...mail(2, { to: sampleKey(3) }), sealed: new Uint8Array(5) });
        store.mailboxes.put({ ...mail(3, { from: sampleKey(4) }), sealed: new Uint8Array(0) });
        store.mailboxes.put({ ...mail(4, { type: 'receipt' }), sealed: new Uint8Array(9) });
        expect([...store.mailboxes.usageFor(sampleKey(2))].toSorted()).toEqual([
          [sampleKey(1), { messages: 2, bytes: 19 }],
          [sampleKey(4), { messages: 1, bytes: 0 }],
        ]);
        expect(store.mailboxes.usageFor(sampleKey(9))).toEqual(new Map());
        // A receipt takes bytes, and is no message.
        expect(store.mailboxes.usageByRecipient()).toEqual(
          new Map([
            [sampleKey(2), { messages: 2, bytes: 19 }],
            [sampleKey(3), { messages: 1, bytes: 5 }],
          ]),
        );
        expect(store.mailboxes.usageFrom(sampleKey(1))).toEqual({
          receipts: { messages: 1, bytes: 9 },
          others: { messages: 2, bytes: 15 },
        });
        expect(store.mailboxes.receiptsFrom(sampleKey(1))).toEqual(
          new Map([[sampleKey(2), { messages: 1, bytes: 9 }]]),
        );
        const nothing = { messages: 0, bytes: 0 };
        expect(store.mailboxes.usageFrom(sampleKey(9))).toEqual({ receipts: nothing, others: nothing });
      }));

    it('are found by sender, the newest one, and the longest one, the newest among equals', () =>
      inTurn((store) => {
        const put = (number: number, bytes: number, change = {}): void => {
          store.mailboxes.put({ ...mail(number, change), sealed: new Uint8Array(bytes) });
        };
        for (const number of [1, 2]) put(number, 9);
        put(3, 5);
        put(4, 99, { from: sampleKey(6) });
        put(5, 99, { to: sampleKey(6) });
        const { mailboxes } = store;
        expect(mailboxes.newest(sampleKey(2), sampleKey(1))?.head.id).toBe(sampleId(3));
        expect(mailboxes.longest(sampleKey(2), sampleKey(1))?.head.id).toBe(sampleId(2));
        expect(mailboxes.newest(sampleKey(3), sampleKey(1))).toBeUndefined();
        expect(mailboxes.longest(sampleKey(3), sampleKey(1))).toBeUndefined();
        for (const find of ['newest', 'longest'] as const)
          expect(mailboxes[find](sampleKey(2), sampleKey(1), 'receipts')).toBeUndefined();
        put(6, 3, { type: 'receipt' });
        put(7, 2, { type: 'receipt' });
        put(8, 4);
        expect(mailboxes.newest(sampleKey(2), sampleKey(1), 'receipts')?.head.id).toBe(sampleId(7));
        expect(mailboxes.longest(sampleKey(2), sampleKey(1), 'receipts')?.head.id).toBe(sampleId(6));
      }));

    it('are found by age, the oldest first', () =>
      inTurn((store) => {
        for (const number of [5, 1, 3]) store.mailboxes.put(mail(number, { to: sampleKey(number) }));
        store.mailboxes.put(mail(2, { type: 'receipt', to: sampleKey(2) }));
        const numbers = (keptAtMs: number, limit: number) =>
          store.mailboxes
            .keptBefore(keptAtMs, limit)
            .map(({ head }) => Number.parseInt(head.id.slice(-12), 16));
        expect(numbers(5_000, 10)).toEqual([1, 2, 3]);
        expect(numbers(5_001, 2)).toEqual([1, 2]);
        expect(numbers(5_001, 10)).toEqual([1, 2, 3, 5]);
        expect(numbers(1_000, 10)).toEqual([]);
      }));
  });

  describe('the correspondents of a user', () => {
    it('are the peers to which it has written, once each and at most so many, the earliest forgotten first', () =>
      inTurn(({ correspondents }) => {
        const [alice, bob] = [sampleKey(1), sampleKey(2)];
        for (const number of [3, 4, 3, 5]) correspondents.add(alice, sampleKey(number), 3);
        correspondents.add(bob, alice, 3);
        expect(correspondents.of(alice, 3)).toEqual([3, 4, 5].map(sampleKey));
        correspondents.add(alice, sampleKey(6), 3);
        expect(correspondents.of(alice, 3)).toEqual([4, 5, 6].map(sampleKey));
        expect(correspondents.of(bob, 3)).toEqual([alice]);
      }));

    it('are kept up to the limit and a few more', () =>
      inTurn(({ correspondents }) => {
        for (let number = 0; number < 500; number++) correspondents.add(sampleKey(1), sampleKey(number), 3);
        const kept = correspondents.of(sampleKey(1), 500);
        expect(kept.length).toBeLessThanOrEqual(3 + 64);
        expect(kept.slice(-3)).toEqual([497, 498, 499].map(sampleKey));
      }));

    it('are forgotten with the nickname of the user', () =>
      inTurn(({ correspondents, names }) => {
        correspondents.add(sampleKey(1), sampleKey(2), 3);
        correspondents.add(sampleKey(2), sampleKey(1), 3);
        names.remove(sampleKey(1), 1);
        expect(correspondents.of(sampleKey(1), 3)).toEqual([]);
        expect(correspondents.of(sampleKey(2), 3)).toEqual([sampleKey(1)]);
      }));
  });

  describe('bounces', () => {
    it('wait for their sender until they are removed, and a newer one replaces an older one of the same envelope', () =>
      inTurn((store) => {
        const bounce = (number: number, code = 'wrong-key') => ({
          id: sampleId(number),
          sender: sampleKey(1),
          recipient: sampleKey(2),
          code,
          retryAfterMs: code === 'wrong-key' ? number : null,
        });
        for (const number of [3, 1, 2]) store.bounces.put(bounce(number));
        store.bounces.put(bounce(1, 'malformed'));
        expect(store.bounces.waiting(sampleKey(1), 10)).toEqual([
          bounce(3),
          bounce(1, 'malformed'),
          bounce(2),
        ]);
        expect(store.bounces.waiting(sampleKey(1), 1)).toEqual([bounce(3)]);
        expect(store.bounces.waiting(sampleKey(2), 10)).toEqual([]);
        expect([1, 2].map((number) => store.bounces.count(sampleKey(number)))).toEqual([3, 0]);
        expect(store.bounces.remove(sampleKey(1), sampleId(3))).toBe(true);
        expect(store.bounces.remove(sampleKey(2), sampleId(2))).toBe(false);
        expect(store.bounces.waiting(sampleKey(1), 10)).toEqual([bounce(1, 'malformed'), bounce(2)]);
      }));
  });

  describePublishedMailKeys(inTurn);
  describeServerRooms(inTurn);

  describe('the facts', () => {
    it('are undefined in a new store, and are set one by one', () =>
      inTurn((store) => {
        const unset = { identity: undefined, epoch: undefined, runningMs: 0, quotas: undefined };
        expect(store.facts.get()).toEqual(unset);
        const identity = sampleIdentity(1);
        store.facts.set({ identity });
        store.facts.set({ epoch: sampleEpoch(1) });
        expect(store.facts.get()).toEqual({ ...unset, identity, epoch: sampleEpoch(1) });
        const quotas = { ...defaultQuotas, senderMessagesMax: 7 };
        const joinCode = joinCodeFromBytes(new Uint8Array(joinCodeBytes).fill(9));
        store.facts.set({ epoch: undefined, runningMs: 86_400_000, quotas, joinCode });
        const facts = { identity, epoch: undefined, runningMs: 86_400_000, quotas, joinCode };
        expect(store.facts.get()).toEqual(facts);
        store.facts.set({ joinCode: undefined });
        expect(store.facts.get()).toEqual({ ...facts, joinCode: undefined });
        store.facts.set({ quotas: undefined });
        expect(store.facts.get().quotas).toBeUndefined();
      }));
  });
}

function mail(number: number, change: Partial<EnvelopeHead> = {}): Mail {
  const head: EnvelopeHead = {
    format: 1,
    from: sampleKey(1),
    to: sampleKey(2),
    type: 'text',
    id: sampleId(number),
    keyId: sampleMailKeyId(number),
    ...change,
  };
  return { head, sealed: Uint8Array.of(number), keptAtMs: 1_000 * number };
}
