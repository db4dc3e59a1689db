import { describe, expect, it } from 'vitest';
import { peerKeyFromBytes, type PeerKey, type RunId } from '../../shared/ids.ts';
import { namesMax } from '../../shared/limits.ts';
import type { NameRecord, NameRepository } from '../store/server-store.ts';
import { sampleName } from '../store/sample.ts';
import { Registry, type Wish } from './registry.ts';

function keyOf(number: number): PeerKey {
  return peerKeyFromBytes(Uint8Array.from({ length: 32 }, (_, index) => number >> (8 * (index % 2))));
}

/** The names on disk, in memory. */
function namesOf(...records: NameRecord[]): NameRepository {
  let removed = 0;
  const byKey = new Map(records.map((record) => [record.key, record]));
  return {
    all: () => [...byKey.values()],
    put: (record) => void byKey.set(record.key, record),
    removedVersion: () => removed,
    highestVersion: () => Math.max(removed, ...Array.from(byKey.values(), ({ version }) => version)),
    remove: (key, version) => {
      byKey.delete(key);
      removed = version;
    },
  };
}

const run = '0000000000000001' as RunId;

function wish(nickname: string, registration: number, change: Partial<Wish> = {}): Wish {
  return { nickname, candidates: [], registration, run, asked: true, ...change };
}

const [alice, bob] = [keyOf(1), keyOf(2)];

describe('the registry', () => {
  it('gives a nickname to the key that comes first, compared as RFC 8266 does', () => {
    const registry = new Registry(namesOf());
    expect(registry.claim(alice, wish('Alice', 1)).type).toBe('granted');
    expect(registry.claim(bob, wish('aLICE', 1))).toEqual({
      type: 'refused',
      code: 'nickname-taken',
      suggestion: 'aLICE2',
    });
    registry.markOffline(alice, 0);
    expect(registry.claim(bob, wish('alice', 2)).type).toBe('refused');
  });

  it('suggests what is free', () => {
    const registry = new Registry(namesOf());
    for (const [index, nickname] of ['bob', 'bob2', 'bob3'].entries())
      registry.claim(keyOf(index + 10), wish(nickname, 1));
    expect(registry.claim(alice, wish('bob', 1))).toMatchObject({ suggestion: 'bob4' });
  });

  it('lets a key come back, in other letters and under another name, which frees the old one', () => {
    const registry = new Registry(namesOf());
    registry.claim(alice, wish('alice', 1));
    expect(registry.claim(alice, wish('ALICE', 2))).toMatchObject({ registrant: { nickname: 'ALICE' } });
    expect(registry.claim(alice, wish('carol', 3)).type).toBe('granted');
    expect(registry.claim(bob, wish('alice', 1)).type).toBe('granted');
    expect([...registry.everybody()].map(({ nickname }) => nickname)).toEqual(['carol', 'alice']);
  });

  it('keeps a gateway that comes back by itself from the place of another one with its key', () => {
    const registry = new Registry(namesOf());
    const other = '0000000000000002' as RunId;
    registry.claim(alice, wish('alice', 1));
    expect(registry.claim(alice, wish('alice', 2, { asked: false })).type).toBe('granted');
    expect(registry.claim(alice, wish('alice', 9, { run: other })).type).toBe('granted');
    expect(registry.claim(alice, wish('alice', 3, { asked: false }))).toMatchObject({ code: 'displaced' });
    expect(registry.find(alice)?.presence).toEqual({ state: 'online', registration: 9, run: other });
    // Nobody is in the way any more.
    registry.markOffline(alice, 0);
    expect(registry.claim(alice, wish('alice', 4, { asked: false })).type).toBe('granted');
  });

  it('lets go of a name that its operator releases, however it is written', () => {
    const names = namesOf();
    const registry = new Registry(names);
    registry.claim(alice, wish('Alice', 1));
    const owner = registry.ownerOf('aLICE');
    expect(owner?.key).toBe(alice);
    if (owner !== undefined) registry.release(owner);
    expect([registry.find(alice), registry.ownerOf('alice'), names.all()]).toEqual([
      undefined,
      undefined,
      [],
    ]);
    expect(registry.claim(bob, wish('alice', 1)).type).toBe('granted');
    expect(registry.claim(alice, wish('alice', 2))).toMatchObject({ code: 'nickname-taken' });
  });

  it('refuses what is no nickname by its own code', () => {
    const registry = new Registry(namesOf());
    const codes = ['', '#room', 'two words', 'x'.repeat(33)].map((wanted) => {
      const claim = registry.claim(alice, wish(wanted, 1));
      return claim.type === 'refused' ? claim.code : claim.type;
    });
    expect(codes).toEqual([
      'nickname-empty',
      'nickname-not-allowed',
      'nickname-not-allowed',
      'nickname-too-long',
    ]);
    expect([...registry.everybody()]).toEqual([]);
  });

  it('is full at its maximum, but not for those who are in it', () => {
    const registry = new Registry(namesOf());
    for (let number = 1; number <= namesMax; number++)
      registry.claim(keyOf(number), wish(`person${number}`, 1));
    expect(registry.claim(keyOf(namesMax + 1), wish('late', 1))).toMatchObject({ code: 'server-full' });
    expect(registry.claim(alice, wish('anew', 2)).type).toBe('granted');
  });

  it('expects those back who were online when the server ended; nobody is online without a word', () => {
    const record = sampleName(1, { nickname: 'alice' });
    const names = namesOf({ ...record, key: alice }, { ...record, key: bob, nickname: 'bob', online: false });
    const registry = new Registry(names);
    expect([registry.find(alice)?.presence.state, registry.find(bob)?.presence.state]).toEqual([
      'expected',
      'offline',
    ]);
    expect(registry.isOnline(alice)).toBe(false);
    // Others are told nothing as long as alice may come back, and then that she has not.
    expect(registry.row(alice).online).toBe(true);
    expect(registry.markOffline(alice, 0)).toBe(true);
    expect(registry.row(alice).online).toBe(false);
    expect(names.all().some(({ online }) => online)).toBe(false);
  });

  it('keeps who is still connected online when memory is rebuilt after a fault', () => {
    const names = namesOf(sampleName(1, { key: alice }));
    const registry = new Registry(names, (key) =>
      key === alice ? { state: 'online', registration: 7, run } : undefined,
    );
    expect(registry.find(alice)?.presence).toEqual({ state: 'online', registration: 7, run });
    expect(registry.markOffline(alice, 0)).toBe(true);
    expect(registry.markOffline(alice, 0)).toBe(false);
    expect(registry.markOffline(bob, 0)).toBe(false);
  });

  it('has a name for everybody in sentences', () => {
    const registry = new Registry(namesOf());
    registry.claim(alice, wish('alice', 1));
    expect([registry.nameOf(alice), registry.nameOf(bob)]).toEqual(['alice', '02000200']);
  });
});

describe('what others are told of the client table', () => {
  const toldSince = (registry: Registry, version: number) =>
    registry.since(version, 100).keys.map((key) => registry.row(key));

  it('tells that a row is gone, with a version of its own', () => {
    const names = namesOf();
    const registry = new Registry(names);
    for (const key of [alice, bob]) registry.claim(key, wish(key === alice ? 'alice' : 'bob', 1));
    registry.publish(0);
    const owner = registry.ownerOf('alice');
    if (owner !== undefined) registry.release(owner);
    expect(registry.publishDueMs).toBe(Number.NEGATIVE_INFINITY);
    registry.publish(0);
    expect([registry.version, registry.publishDueMs]).toEqual([4, undefined]);
    expect(registry.resumableFrom(2)).toBe(2);
    expect(toldSince(registry, 2)).toEqual([
      { key: alice, nickname: null, online: false, moves: 0, lastSeenMs: null },
    ]);
    // A server that is started again tells the whole table to who has not heard of it.
    const next = new Registry(names);
    expect([next.version, next.resumableFrom(2), next.resumableFrom(4)]).toEqual([4, 0, 4]);
  });

  it('has a version for each row that has changed, on disk with the row', () => {
    const names = namesOf();
    const registry = new Registry(names);
    registry.claim(alice, wish('alice', 1, { candidates: ['10.0.0.1:5'] }));
    registry.claim(bob, wish('bob', 1));
    expect([registry.version, names.highestVersion()]).toEqual([0, 0]);
    registry.publish(0);
    expect([registry.version, names.highestVersion()]).toEqual([2, 2]);
    registry.markOffline(bob, 0);
    registry.publish(0);
    expect(toldSince(registry, 2)).toEqual([
      { key: bob, nickname: 'bob', online: false, moves: 0, lastSeenMs: null },
    ]);
    // A server that is started again goes on from there, and tells nothing twice.
    const next = new Registry(names);
    expect([next.version, next.publishDueMs]).toEqual([3, undefined]);
    expect(toldSince(next, 0).map(({ key }) => key)).toEqual([alice, bob]);
  });

  it('names no addresses, but says that they are other ones', () => {
    const registry = new Registry(namesOf());
    registry.claim(alice, wish('alice', 1, { candidates: ['10.0.0.1:5'] }));
    registry.publish(0);
    expect(registry.move(alice, ['10.0.0.1:5'])).toBe(false);
    expect(registry.publishDueMs).toBeUndefined();
    expect(registry.move(alice, ['10.0.0.2:5'])).toBe(true);
    registry.publish(0);
    expect(toldSince(registry, 1)).toEqual([
      { key: alice, nickname: 'alice', online: true, moves: 1, lastSeenMs: null },
    ]);
  });

  it('PROTOCOL 6.54: tells when somebody was here last only where the person wants it so', () => {
    const registry = new Registry(namesOf());
    for (const key of [alice, bob]) registry.claim(key, wish(key === alice ? 'alice' : 'bob', 1));
    registry.showLastSeen(alice, true);
    for (const key of [alice, bob]) registry.markOffline(key, 1_700_000_000_000);
    expect([registry.row(alice).lastSeenMs, registry.row(bob).lastSeenMs]).toEqual([1_700_000_000_000, null]);
    registry.claim(alice, wish('alice', 2));
    expect(registry.row(alice).lastSeenMs).toBeNull();
  });

  it('PROTOCOL 6.51: of one key, ten changes are told at once, then one every 5 s; the last one always is', () => {
    const names = namesOf();
    const registry = new Registry(names);
    let told = 0;
    for (let nowMs = 0; nowMs < 20_000; nowMs += 100) {
      if (nowMs % 200 === 0) registry.claim(alice, wish('alice', nowMs));
      else registry.markOffline(alice, 0);
      const before = registry.version;
      registry.publish(nowMs);
      told += registry.version - before;
    }
    expect(told).toBe(10 + 3);
    // What is still to be told is known to a server that is started meanwhile.
    expect(new Registry(names).publishDueMs).toBe(Number.NEGATIVE_INFINITY);
    expect(registry.publishDueMs).toBe(20_000);
    registry.publish(20_000);
    expect([registry.publishDueMs, registry.row(alice).online]).toEqual([undefined, false]);
    // Nobody else waits for that.
    registry.claim(bob, wish('bob', 1));
    const before = registry.version;
    registry.publish(20_000);
    expect(registry.version).toBe(before + 1);
  });
});
