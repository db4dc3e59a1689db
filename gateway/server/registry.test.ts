import { describe, expect, it } from 'vitest';
import { peerKeyFromBytes, type PeerKey, type InstanceId } from '../../shared/ids.ts';
import { goneNamesMax, namesMax, newNamesBurst } from '../../shared/limits.ts';
import type { NameRecord, NameRepository } from '../store/server-store.ts';
import { sampleName, sampleKey, sampleSigningKeyOf } from '../store/sample.ts';
import { Registry, type Presence, type RegistrationRequest } from './registry.ts';

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

const signingKey = sampleSigningKeyOf(sampleKey(1));
const instanceId = '0000000000000001' as InstanceId;

function wish(
  nickname: string,
  registration: number,
  change: Partial<RegistrationRequest> = {},
): RegistrationRequest {
  return {
    signingKey,
    nickname,
    candidates: [],
    registration,
    instanceId,
    userInitiated: true,
    from: { host: '10.0.0.7' },
    now: { monotonicMs: 0 },
    ...change,
  };
}

/** `clock.runningMs` is for how long the server has run. */
function registryOf(
  names: NameRepository,
  survivor?: (key: PeerKey) => Presence | undefined,
  clock = { runningMs: 0 },
): Registry {
  return new Registry(names, () => clock.runningMs, survivor);
}

const [alice, bob] = [keyOf(1), keyOf(2)];

describe('the registry', () => {
  it('gives a nickname to the key that comes first, compared as RFC 8266 does', () => {
    const registry = registryOf(namesOf());
    expect(registry.register(alice, wish('Alice', 1)).type).toBe('granted');
    expect(registry.register(bob, wish('aLICE', 1))).toEqual({
      type: 'refused',
      code: 'nickname-taken',
      suggestion: 'aLICE2',
    });
    registry.markOffline(alice, 0);
    expect(registry.register(bob, wish('alice', 2)).type).toBe('refused');
  });

  it('suggests what is free', () => {
    const registry = registryOf(namesOf());
    for (const [index, nickname] of ['bob', 'bob2', 'bob3'].entries())
      registry.register(keyOf(index + 10), wish(nickname, 1));
    expect(registry.register(alice, wish('bob', 1))).toMatchObject({ suggestion: 'bob4' });
  });

  it('lets a key come back, in other letters and under another name, which frees the old one', () => {
    const registry = registryOf(namesOf());
    registry.register(alice, wish('alice', 1));
    expect(registry.register(alice, wish('ALICE', 2))).toMatchObject({ registrant: { nickname: 'ALICE' } });
    expect(registry.register(alice, wish('carol', 3)).type).toBe('granted');
    expect(registry.register(bob, wish('alice', 1)).type).toBe('granted');
    expect([...registry.everybody()].map(({ nickname }) => nickname)).toEqual(['carol', 'alice']);
  });

  it('keeps a gateway that comes back by itself from the place of another one with its key', () => {
    const registry = registryOf(namesOf());
    const other = '0000000000000002' as InstanceId;
    registry.register(alice, wish('alice', 1));
    expect(registry.register(alice, wish('alice', 2, { userInitiated: false })).type).toBe('granted');
    expect(registry.register(alice, wish('alice', 9, { instanceId: other })).type).toBe('granted');
    expect(registry.register(alice, wish('alice', 3, { userInitiated: false }))).toMatchObject({
      code: 'displaced',
    });
    expect(registry.find(alice)?.presence).toEqual({ state: 'online', registration: 9, instanceId: other });
    // Nobody is in the way any more.
    registry.markOffline(alice, 0);
    expect(registry.register(alice, wish('alice', 4, { userInitiated: false })).type).toBe('granted');
  });

  it('lets go of a name that its operator releases, however it is written', () => {
    const names = namesOf();
    const registry = registryOf(names);
    registry.register(alice, wish('Alice', 1));
    const owner = registry.ownerOf('aLICE');
    expect(owner?.key).toBe(alice);
    if (owner !== undefined) registry.release(owner);
    expect([registry.find(alice), registry.ownerOf('alice'), names.all()]).toEqual([
      undefined,
      undefined,
      [],
    ]);
    expect(registry.register(bob, wish('alice', 1)).type).toBe('granted');
    expect(registry.register(alice, wish('alice', 2))).toMatchObject({ code: 'nickname-taken' });
  });

  it('refuses what is no nickname by its own code', () => {
    const registry = registryOf(namesOf());
    const codes = ['', '#room', 'two words', 'x'.repeat(33)].map((wanted) => {
      const claim = registry.register(alice, wish(wanted, 1));
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

  /** Everybody comes from somewhere else. */
  const fromElsewhere = (number: number): Partial<RegistrationRequest> => ({
    from: { host: `10.0.${number >> 8}.${number & 255}` },
  });

  it('is full at its maximum of people who are here, but not for those who are in it', () => {
    const registry = registryOf(namesOf());
    for (let number = 1; number <= namesMax; number++)
      registry.register(keyOf(number), wish(`person${number}`, 1, fromElsewhere(number)));
    expect(registry.register(keyOf(namesMax + 1), wish('late', 1))).toMatchObject({ code: 'server-full' });
    expect(registry.register(alice, wish('anew', 2)).type).toBe('granted');
  });

  it('PROTOCOL 6.9: for one more name than there is room for, who was here for the shortest time makes room, of equals who is gone longest', () => {
    const [names, clock] = [namesOf(), { runningMs: 0 }];
    const registry = registryOf(names, undefined, clock);
    const comeAndGo = (number: number, hours: number): void => {
      registry.register(keyOf(number), wish(`person${number}`, 1, fromElsewhere(number)));
      clock.runningMs += hours * 3_600_000;
      registry.markOffline(keyOf(number), 0);
    };
    // One who was here twice for an hour each, one for an hour, and hosts of names that were never here for long.
    comeAndGo(1, 1);
    comeAndGo(1, 1);
    comeAndGo(2, 1);
    for (let number = 3; number <= namesMax; number++) comeAndGo(number, 0);
    registry.register(keyOf(3), wish('person3', 2));
    for (let number = namesMax + 1; number <= namesMax + 3; number++) {
      expect(registry.register(keyOf(number), wish(`new${number}`, 1, fromElsewhere(number))).type).toBe(
        'granted',
      );
      clock.runningMs += 1;
    }
    expect([3, 4, 5, 6, 7].map((number) => registry.find(keyOf(number)) !== undefined)).toEqual([
      ...[true, false, false, false, true],
    ]);
    expect(names.all()).toHaveLength(namesMax);
    // The next process knows who was here for how long; who is here now was so in the meantime.
    const later = registryOf(names, (key) => registry.find(key)?.presence, clock);
    const isHere = (number: number): boolean => later.find(keyOf(number)) !== undefined;
    let next = 20_000;
    const comes = (): string =>
      later.register(keyOf(++next), wish(`flood${next}`, 1, fromElsewhere(next))).type;
    while (isHere(1) && isHere(2)) expect(comes()).toBe('granted');
    expect([isHere(1), isHere(2), isHere(3)]).toEqual([true, false, true]);
    expect([comes(), isHere(1)]).toEqual(['granted', false]);
    expect([comes(), isHere(3)]).toEqual(['refused', true]);
  });

  it('PROTOCOL 6.9: from one address so many new names come at once, then one a second; who is known always comes', () => {
    const registry = registryOf(namesOf());
    const claim = (number: number, change: Partial<RegistrationRequest> = {}) =>
      registry.register(keyOf(number), wish(`person${number}`, 1, change));
    for (let number = 1; number <= newNamesBurst; number++) expect(claim(number).type).toBe('granted');
    expect(claim(9_000)).toEqual({ type: 'refused', code: 'too-often', suggestion: null });
    expect(claim(9_000, { from: { host: '10.0.0.8' } }).type).toBe('granted');
    expect(claim(9_001, { now: { monotonicMs: 1_000 } }).type).toBe('granted');
    expect(claim(9_002, { now: { monotonicMs: 1_000 } })).toMatchObject({ code: 'too-often' });
    expect(claim(1).type).toBe('granted');
  });

  it('tells of names that are gone, of so many; who has not heard of the others gets the table anew', () => {
    const registry = registryOf(namesOf());
    registry.register(alice, wish('alice', 1));
    registry.publish(0);
    const told = registry.version;
    for (let number = 100; number < 101 + goneNamesMax; number++) {
      registry.register(keyOf(number), wish(`person${number}`, 1, fromElsewhere(number)));
      registry.publish(number * 10_000);
      registry.release(registry.find(keyOf(number))!);
      registry.publish(number * 10_000 + 1);
    }
    expect(registry.resumableFrom(told)).toBe(0);
    expect(registry.since(0, 10_000).keys).toHaveLength(1 + goneNamesMax);
    expect(registry.resumableFrom(registry.version - 2)).toBe(registry.version - 2);
  });

  it('expects those back who were online when the server ended; nobody is online without a word', () => {
    const record = sampleName(1, { nickname: 'alice' });
    const names = namesOf({ ...record, key: alice }, { ...record, key: bob, nickname: 'bob', online: false });
    const registry = registryOf(names);
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
    const registry = registryOf(names, (key) =>
      key === alice ? { state: 'online', registration: 7, instanceId } : undefined,
    );
    expect(registry.find(alice)?.presence).toEqual({ state: 'online', registration: 7, instanceId });
    expect(registry.markOffline(alice, 0)).toBe(true);
    expect(registry.markOffline(alice, 0)).toBe(false);
    expect(registry.markOffline(bob, 0)).toBe(false);
  });

  it('has a name for everybody in sentences', () => {
    const registry = registryOf(namesOf());
    registry.register(alice, wish('alice', 1));
    expect([registry.nameOf(alice), registry.nameOf(bob)]).toEqual(['alice', '02000200']);
  });
});

describe('what others are told of the client table', () => {
  const toldSince = (registry: Registry, version: number) =>
    registry.since(version, 100).keys.map((key) => registry.row(key));

  it('tells that a row is gone, with a version of its own', () => {
    const names = namesOf();
    const registry = registryOf(names);
    for (const key of [alice, bob]) registry.register(key, wish(key === alice ? 'alice' : 'bob', 1));
    registry.publish(0);
    const owner = registry.ownerOf('alice');
    if (owner !== undefined) registry.release(owner);
    expect(registry.publishDueMs).toBe(Number.NEGATIVE_INFINITY);
    registry.publish(0);
    expect([registry.version, registry.publishDueMs]).toEqual([4, undefined]);
    expect(registry.resumableFrom(2)).toBe(2);
    expect(toldSince(registry, 2)).toEqual([
      { key: alice, signingKey: null, nickname: null, online: false, addressRevision: 0, lastSeenMs: null },
    ]);
    // A server that is started again tells the whole table to who has not heard of it.
    const next = registryOf(names);
    expect([next.version, next.resumableFrom(2), next.resumableFrom(4)]).toEqual([4, 0, 4]);
  });

  it('has a version for each row that has changed, on disk with the row', () => {
    const names = namesOf();
    const registry = registryOf(names);
    registry.register(alice, wish('alice', 1, { candidates: ['10.0.0.1:5'] }));
    registry.register(bob, wish('bob', 1));
    expect([registry.version, names.highestVersion()]).toEqual([0, 0]);
    registry.publish(0);
    expect([registry.version, names.highestVersion()]).toEqual([2, 2]);
    registry.markOffline(bob, 0);
    registry.publish(0);
    expect(toldSince(registry, 2)).toEqual([
      { key: bob, signingKey, nickname: 'bob', online: false, addressRevision: 0, lastSeenMs: null },
    ]);
    // A server that is started again goes on from there, and tells nothing twice.
    const next = registryOf(names);
    expect([next.version, next.publishDueMs]).toEqual([3, undefined]);
    expect(toldSince(next, 0).map(({ key }) => key)).toEqual([alice, bob]);
  });

  it('names no addresses, but says that they are other ones', () => {
    const registry = registryOf(namesOf());
    registry.register(alice, wish('alice', 1, { candidates: ['10.0.0.1:5'] }));
    registry.publish(0);
    expect(registry.move(alice, ['10.0.0.1:5'])).toBe(false);
    expect(registry.publishDueMs).toBeUndefined();
    expect(registry.move(alice, ['10.0.0.2:5'])).toBe(true);
    registry.publish(0);
    expect(toldSince(registry, 1)).toEqual([
      { key: alice, signingKey, nickname: 'alice', online: true, addressRevision: 1, lastSeenMs: null },
    ]);
  });

  it('PROTOCOL 6.54: tells when somebody was here last only where the person wants it so', () => {
    const registry = registryOf(namesOf());
    for (const key of [alice, bob]) registry.register(key, wish(key === alice ? 'alice' : 'bob', 1));
    registry.showLastSeen(alice, true);
    for (const key of [alice, bob]) registry.markOffline(key, 1_700_000_000_000);
    expect([registry.row(alice).lastSeenMs, registry.row(bob).lastSeenMs]).toEqual([1_700_000_000_000, null]);
    registry.register(alice, wish('alice', 2));
    expect(registry.row(alice).lastSeenMs).toBeNull();
  });

  it('PROTOCOL 6.51: of one key, ten changes are told at once, then one every 5 s; the last one always is', () => {
    const names = namesOf();
    const registry = registryOf(names);
    let told = 0;
    for (let nowMs = 0; nowMs < 20_000; nowMs += 100) {
      if (nowMs % 200 === 0) registry.register(alice, wish('alice', nowMs));
      else registry.markOffline(alice, 0);
      const before = registry.version;
      registry.publish(nowMs);
      told += registry.version - before;
    }
    expect(told).toBe(10 + 3);
    // What is still to be told is known to a server that is started meanwhile.
    expect(registryOf(names).publishDueMs).toBe(Number.NEGATIVE_INFINITY);
    expect(registry.publishDueMs).toBe(20_000);
    registry.publish(20_000);
    expect([registry.publishDueMs, registry.row(alice).online]).toEqual([undefined, false]);
    // Nobody else waits for that.
    registry.register(bob, wish('bob', 1));
    const before = registry.version;
    registry.publish(20_000);
    expect(registry.version).toBe(before + 1);
  });
});
