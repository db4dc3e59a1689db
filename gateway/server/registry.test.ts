import { describe, expect, it } from 'vitest';
import type { GuestOf } from '../../shared/chat/guest.ts';
import { peerKeyFromBytes, type PeerKey, type InstanceId } from '../../shared/ids.ts';
import { guestsOfHostMax, removedNamesMax, namesMax, newNamesBurst } from '../../shared/limits.ts';
import type { NameRecord, NameRepository } from '../store/server-store.ts';
import { sampleKey, sampleName, sampleSigningKeyOf } from '../store/sample.ts';
import { Registry, type Presence, type RegistrationRequest } from './registry.ts';

function keyOf(number: number): PeerKey {
  return peerKeyFromBytes(Uint8Array.from({ length: 32 }, (_, index) => number >> (8 * (index % 2))));
}

/** A repository of names in memory. */
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

function request(
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
    settings: { lastSeen: false },
    from: { host: '10.0.0.7' },
    now: { monotonicMs: 0 },
    features: [],
    guestOf: null,
    ...change,
  };
}

/** `clock.runningMs`: the running time of the server. */
function registryOf(
  names: NameRepository,
  presenceAfterFault?: (key: PeerKey) => Presence | undefined,
  clock = { runningMs: 0 },
): Registry {
  return new Registry(names, () => clock.runningMs, presenceAfterFault);
}

const [alice, bob] = [keyOf(1), keyOf(2)];

describe('the registry', () => {
  it('gives a nickname to the first key that asks for it, and compares nicknames as RFC 8266 says', () => {
    const registry = registryOf(namesOf());
    expect(registry.register(alice, request('Alice', 1)).type).toBe('granted');
    expect(registry.register(bob, request('aLICE', 1))).toEqual({
      type: 'refused',
      code: 'nickname-taken',
      suggestion: 'aLICE2',
    });
    registry.markOffline(alice, 0);
    expect(registry.register(bob, request('alice', 2)).type).toBe('refused');
  });

  it('suggests the first free nickname', () => {
    const registry = registryOf(namesOf());
    for (const [index, nickname] of ['bob', 'bob2', 'bob3'].entries())
      registry.register(keyOf(index + 10), request(nickname, 1));
    expect(registry.register(alice, request('bob', 1))).toMatchObject({ suggestion: 'bob4' });
  });

  it('PROTOCOL 6.97: refuses a nickname that looks like the one of another key, and suggests one that looks like none', () => {
    const registry = registryOf(namesOf());
    for (const [index, nickname] of ['bob', 'bob2', 'Ivan'].entries())
      registry.register(keyOf(index + 10), request(nickname, 1));
    const refused = (nickname: string) => registry.register(alice, request(nickname, 1));
    // The first and the last letter are Latin, and the second one is Cyrillic.
    expect(refused('bоb')).toEqual({ type: 'refused', code: 'nickname-look-alike', suggestion: 'bоb3' });
    expect(refused('ВОВ')).toMatchObject({ code: 'nickname-look-alike', suggestion: 'ВОВ3' });
    expect(refused('lvan')).toMatchObject({ code: 'nickname-look-alike', suggestion: 'lvan2' });
    expect(refused('BOB')).toMatchObject({ code: 'nickname-taken' });
    expect(refused('rob').type).toBe('granted');
  });

  it('PROTOCOL 6.97: lets a key take a nickname that looks like its own', () => {
    const registry = registryOf(namesOf());
    registry.register(alice, request('alice', 1));
    expect(registry.register(alice, request('аlice', 2)).type).toBe('granted');
    expect(registry.register(bob, request('alice', 1))).toMatchObject({ code: 'nickname-look-alike' });
    expect(registry.register(alice, request('carol', 3)).type).toBe('granted');
    expect(registry.register(bob, request('alice', 1)).type).toBe('granted');
  });

  it('PROTOCOL 6.9: lets two owners back, also if their nicknames look alike in a table of an older program', () => {
    const names = namesOf();
    const record = { ...sampleName(1), online: false };
    names.put({ ...record, key: alice, nickname: 'bob' });
    names.put({ ...record, key: bob, nickname: 'bоb' });
    const registry = registryOf(names);
    expect(registry.register(alice, request('bob', 1)).type).toBe('granted');
    expect(registry.register(bob, request('bоb', 1)).type).toBe('granted');
    expect(registry.register(keyOf(7), request('bοb', 1))).toMatchObject({ code: 'nickname-look-alike' });
  });

  it('lets a key register again with other letters or under another name, which frees the old one', () => {
    const registry = registryOf(namesOf());
    registry.register(alice, request('alice', 1));
    expect(registry.register(alice, request('ALICE', 2))).toMatchObject({
      registrant: { nickname: 'ALICE' },
    });
    expect(registry.register(alice, request('carol', 3)).type).toBe('granted');
    expect(registry.register(bob, request('alice', 1)).type).toBe('granted');
    expect([...registry.all()].map(({ nickname }) => nickname)).toEqual(['carol', 'alice']);
  });

  it(`PROTOCOL 6.115: keeps ${guestsOfHostMax} guests of a host: one that is away makes room, and otherwise it refuses the next`, () => {
    const registry = registryOf(namesOf());
    const signature = new Uint8Array(64);
    const guestOf = (host: PeerKey): GuestOf => ({
      host,
      hostSigningKey: signingKey,
      hostSignature: signature,
      guestSignature: signature,
    });
    const admit = (number: number, host: PeerKey) =>
      registry.register(keyOf(number), request(`guest${number}`, 1, { guestOf: guestOf(host) }));
    for (const host of [alice, bob]) registry.register(host, request(host.slice(0, 8), 1));
    for (let number = 10; number < 10 + guestsOfHostMax; number++)
      expect(admit(number, alice).type).toBe('granted');
    expect(admit(500, alice)).toMatchObject({ code: 'guests-full' });
    expect(admit(10, alice).type, 'a guest that comes back').toBe('granted');
    expect(admit(600, bob).type, 'the guest of another host').toBe('granted');
    registry.markOffline(keyOf(20), 0);
    registry.markOffline(keyOf(600), 0);
    expect(admit(500, alice).type).toBe('granted');
    expect([keyOf(20), keyOf(600)].map((key) => registry.find(key)?.nickname)).toEqual([
      undefined,
      'guest600',
    ]);
  });

  it('refuses a gateway that reconnects by itself while another gateway with its key is online', () => {
    const registry = registryOf(namesOf());
    const other = '0000000000000002' as InstanceId;
    registry.register(alice, request('alice', 1));
    expect(registry.register(alice, request('alice', 2, { userInitiated: false })).type).toBe('granted');
    expect(registry.register(alice, request('alice', 9, { instanceId: other })).type).toBe('granted');
    expect(registry.register(alice, request('alice', 3, { userInitiated: false }))).toMatchObject({
      code: 'displaced',
    });
    expect(registry.find(alice)?.presence).toEqual({ state: 'online', registration: 9, instanceId: other });
    // No other gateway with this key is online now.
    registry.markOffline(alice, 0);
    expect(registry.register(alice, request('alice', 4, { userInitiated: false })).type).toBe('granted');
  });

  it('releases a name for the operator, in any letter case', () => {
    const names = namesOf();
    const registry = registryOf(names);
    registry.register(alice, request('Alice', 1));
    const owner = registry.ownerOf('aLICE');
    expect(owner?.key).toBe(alice);
    if (owner !== undefined) registry.release(owner);
    expect([registry.find(alice), registry.ownerOf('alice'), names.all()]).toEqual([
      undefined,
      undefined,
      [],
    ]);
    expect(registry.register(bob, request('alice', 1)).type).toBe('granted');
    expect(registry.register(alice, request('alice', 2))).toMatchObject({ code: 'nickname-taken' });
  });

  it('refuses an invalid nickname with the code of its error', () => {
    const registry = registryOf(namesOf());
    const codes = ['', '#room', 'two words', 'x'.repeat(33)].map((wanted) => {
      const result = registry.register(alice, request(wanted, 1));
      return result.type === 'refused' ? result.code : result.type;
    });
    expect(codes).toEqual([
      'nickname-empty',
      'nickname-not-allowed',
      'nickname-not-allowed',
      'nickname-too-long',
    ]);
    expect([...registry.all()]).toEqual([]);
  });

  /** Each client has an address of its own. */
  const fromElsewhere = (number: number): Partial<RegistrationRequest> => ({
    from: { host: `10.0.${number >> 8}.${number & 255}` },
  });

  it('refuses a new name when all names are online, but lets a known key register again', () => {
    const registry = registryOf(namesOf());
    for (let number = 1; number <= namesMax; number++)
      registry.register(keyOf(number), request(`person${number}`, 1, fromElsewhere(number)));
    expect(registry.register(keyOf(namesMax + 1), request('late', 1))).toMatchObject({ code: 'server-full' });
    expect(registry.register(alice, request('renamed', 2)).type).toBe('granted');
  });

  it('PROTOCOL 6.9: a full table releases the offline name with the shortest time online, and among equals the one offline longest', () => {
    const [names, clock] = [namesOf(), { runningMs: 0 }];
    const registry = registryOf(names, undefined, clock);
    const comeAndGo = (number: number, hours: number): void => {
      registry.register(keyOf(number), request(`person${number}`, 1, fromElsewhere(number)));
      clock.runningMs += hours * 3_600_000;
      registry.markOffline(keyOf(number), 0);
    };
    // Name 1 was online twice for an hour, name 2 once for an hour, and all others for no time at all.
    comeAndGo(1, 1);
    comeAndGo(1, 1);
    comeAndGo(2, 1);
    for (let number = 3; number <= namesMax; number++) comeAndGo(number, 0);
    registry.register(keyOf(3), request('person3', 2));
    for (let number = namesMax + 1; number <= namesMax + 3; number++) {
      expect(registry.register(keyOf(number), request(`new${number}`, 1, fromElsewhere(number))).type).toBe(
        'granted',
      );
      clock.runningMs += 1;
    }
    expect([3, 4, 5, 6, 7].map((number) => registry.find(keyOf(number)) !== undefined)).toEqual([
      true,
      false,
      false,
      false,
      true,
    ]);
    expect(names.all()).toHaveLength(namesMax);
    // The next process knows the times online from disk.
    const later = registryOf(names, (key) => registry.find(key)?.presence, clock);
    const isKnown = (number: number): boolean => later.find(keyOf(number)) !== undefined;
    let next = 20_000;
    const comes = (): string =>
      later.register(keyOf(++next), request(`flood${next}`, 1, fromElsewhere(next))).type;
    while (isKnown(1) && isKnown(2)) expect(comes()).toBe('granted');
    expect([isKnown(1), isKnown(2), isKnown(3)]).toEqual([true, false, true]);
    expect([comes(), isKnown(1)]).toEqual(['granted', false]);
    expect([comes(), isKnown(3)]).toEqual(['refused', true]);
  });

  it('PROTOCOL 6.9: one address registers 2,500 new names at once, then one per second, while known keys always register', () => {
    const registry = registryOf(namesOf());
    const register = (number: number, change: Partial<RegistrationRequest> = {}) =>
      registry.register(keyOf(number), request(`person${number}`, 1, change));
    for (let number = 1; number <= newNamesBurst; number++) expect(register(number).type).toBe('granted');
    expect(register(9_000)).toEqual({
      type: 'refused',
      code: 'too-often',
      suggestion: null,
      retryAfterMs: 1_000,
    });
    expect(register(9_000, { from: { host: '10.0.0.8' } }).type).toBe('granted');
    expect(register(9_001, { now: { monotonicMs: 1_000 } }).type).toBe('granted');
    expect(register(9_002, { now: { monotonicMs: 1_000 } })).toMatchObject({ code: 'too-often' });
    expect(register(1).type).toBe('granted');
  });

  it('publishes the last 1,000 removals, and a subscriber that is further behind gets a full snapshot', () => {
    const registry = registryOf(namesOf());
    registry.register(alice, request('alice', 1));
    registry.publish(0);
    const version = registry.version;
    for (let number = 100; number < 101 + removedNamesMax; number++) {
      registry.register(keyOf(number), request(`person${number}`, 1, fromElsewhere(number)));
      registry.publish(number * 10_000);
      registry.release(registry.find(keyOf(number))!);
      registry.publish(number * 10_000 + 1);
    }
    expect(registry.resumableFrom(version)).toBe(0);
    expect(registry.since(0, 10_000).keys).toHaveLength(1 + removedNamesMax);
    expect(registry.resumableFrom(registry.version - 2)).toBe(registry.version - 2);
  });

  it('expects users that were online when the server ended, and lists none of them as online until they register', () => {
    const record = sampleName(1, { nickname: 'alice' });
    const names = namesOf({ ...record, key: alice }, { ...record, key: bob, nickname: 'bob', online: false });
    const registry = registryOf(names);
    expect([registry.find(alice)?.presence.state, registry.find(bob)?.presence.state]).toEqual([
      'expected',
      'offline',
    ]);
    expect(registry.isOnline(alice)).toBe(false);
    // Others see Alice online while she may return, and offline when she has not.
    expect(registry.row(alice).online).toBe(true);
    expect(registry.markOffline(alice, 0)).toBe(true);
    expect(registry.row(alice).online).toBe(false);
    expect(names.all().some(({ online }) => online)).toBe(false);
  });

  it('keeps connected clients online when memory is rebuilt after a fault', () => {
    const names = namesOf(sampleName(1, { key: alice }));
    const registry = registryOf(names, (key) =>
      key === alice ? { state: 'online', registration: 7, instanceId } : undefined,
    );
    expect(registry.find(alice)?.presence).toEqual({ state: 'online', registration: 7, instanceId });
    expect(registry.markOffline(alice, 0)).toBe(true);
    expect(registry.markOffline(alice, 0)).toBe(false);
    expect(registry.markOffline(bob, 0)).toBe(false);
  });

  it('has a name for each key in log lines', () => {
    const registry = registryOf(namesOf());
    registry.register(alice, request('alice', 1));
    expect([registry.nameOf(alice), registry.nameOf(bob)]).toEqual(['alice', 'key 02000200']);
  });
});

describe('the published client table', () => {
  const rowsSince = (registry: Registry, version: number) =>
    registry.since(version, 100).keys.map((key) => registry.row(key));

  it('publishes a removal with a version of its own', () => {
    const names = namesOf();
    const registry = registryOf(names);
    for (const key of [alice, bob]) registry.register(key, request(key === alice ? 'alice' : 'bob', 1));
    registry.publish(0);
    const owner = registry.ownerOf('alice');
    if (owner !== undefined) registry.release(owner);
    expect(registry.publishDueMs).toBe(Number.NEGATIVE_INFINITY);
    registry.publish(0);
    expect([registry.version, registry.publishDueMs]).toEqual([4, undefined]);
    expect(registry.resumableFrom(2)).toBe(2);
    expect(rowsSince(registry, 2)).toEqual([
      {
        key: alice,
        signingKey: null,
        nickname: null,
        online: false,
        addressRevision: 0,
        lastSeenMs: null,
        features: [],
      },
    ]);
    // A restarted server sends a full snapshot to a subscriber that has not heard of the removal.
    const next = registryOf(names);
    expect([next.version, next.resumableFrom(2), next.resumableFrom(4)]).toEqual([4, 0, 4]);
  });

  it('gives each changed row a version, which is on disk with the row', () => {
    const names = namesOf();
    const registry = registryOf(names);
    registry.register(alice, request('alice', 1, { candidates: ['10.0.0.1:5'] }));
    registry.register(bob, request('bob', 1));
    expect([registry.version, names.highestVersion()]).toEqual([0, 0]);
    registry.publish(0);
    expect([registry.version, names.highestVersion()]).toEqual([2, 2]);
    registry.markOffline(bob, 0);
    registry.publish(0);
    expect(rowsSince(registry, 2)).toEqual([
      {
        key: bob,
        signingKey,
        nickname: 'bob',
        online: false,
        addressRevision: 0,
        lastSeenMs: null,
        features: [],
      },
    ]);
    // A restarted server continues from these versions, and publishes nothing twice.
    const next = registryOf(names);
    expect([next.version, next.publishDueMs]).toEqual([3, undefined]);
    expect(rowsSince(next, 0).map(({ key }) => key)).toEqual([alice, bob]);
  });

  it('publishes no addresses, but a revision that rises when they change', () => {
    const registry = registryOf(namesOf());
    registry.register(alice, request('alice', 1, { candidates: ['10.0.0.1:5'] }));
    registry.publish(0);
    expect(registry.move(alice, ['10.0.0.1:5'])).toBe(false);
    expect(registry.publishDueMs).toBeUndefined();
    expect(registry.move(alice, ['10.0.0.2:5'])).toBe(true);
    registry.publish(0);
    expect(rowsSince(registry, 1)).toEqual([
      {
        key: alice,
        signingKey,
        nickname: 'alice',
        online: true,
        addressRevision: 1,
        lastSeenMs: null,
        features: [],
      },
    ]);
  });

  it('PROTOCOL 6.54: publishes when a user was last online only if that user allows it', () => {
    const registry = registryOf(namesOf());
    for (const key of [alice, bob]) registry.register(key, request(key === alice ? 'alice' : 'bob', 1));
    registry.setSettings(alice, { lastSeen: true });
    for (const key of [alice, bob]) registry.markOffline(key, 1_700_000_000_000);
    expect([registry.row(alice).lastSeenMs, registry.row(bob).lastSeenMs]).toEqual([1_700_000_000_000, null]);
    registry.register(alice, request('alice', 2));
    expect(registry.row(alice).lastSeenMs).toBeNull();
  });

  it('PROTOCOL 6.51: publishes ten changes of a key at once, then one every 5 s, and always the last one', () => {
    const names = namesOf();
    const registry = registryOf(names);
    let published = 0;
    for (let nowMs = 0; nowMs < 20_000; nowMs += 100) {
      if (nowMs % 200 === 0) registry.register(alice, request('alice', nowMs));
      else registry.markOffline(alice, 0);
      const before = registry.version;
      registry.publish(nowMs);
      published += registry.version - before;
    }
    expect(published).toBe(10 + 3);
    // A restarted server knows of the unpublished change.
    expect(registryOf(names).publishDueMs).toBe(Number.NEGATIVE_INFINITY);
    expect(registry.publishDueMs).toBe(20_000);
    registry.publish(20_000);
    expect([registry.publishDueMs, registry.row(alice).online]).toEqual([undefined, false]);
    // The limit of one key does not delay another.
    registry.register(bob, request('bob', 1));
    const before = registry.version;
    registry.publish(20_000);
    expect(registry.version).toBe(before + 1);
  });
});
