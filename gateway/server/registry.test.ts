import { describe, expect, it } from 'vitest';
import { peerKeyFromBytes, type PeerKey, type RunId } from '../../shared/ids.ts';
import { namesMax } from '../../shared/limits.ts';
import type { NameRecord, NameRepository } from '../store/server-store.ts';
import { Registry, type Wish } from './registry.ts';

function keyOf(number: number): PeerKey {
  return peerKeyFromBytes(Uint8Array.from({ length: 32 }, (_, index) => number >> (8 * (index % 2))));
}

/** The names on disk, in memory. */
function namesOf(...records: NameRecord[]): NameRepository {
  const byKey = new Map(records.map((record) => [record.key, record]));
  return { all: () => [...byKey.values()], put: (record) => void byKey.set(record.key, record) };
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
    registry.markOffline(alice);
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
    registry.markOffline(alice);
    expect(registry.claim(alice, wish('alice', 4, { asked: false })).type).toBe('granted');
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
    const record = { nickname: 'alice', candidates: [], online: true };
    const names = namesOf({ key: alice, ...record }, { key: bob, ...record, nickname: 'bob', online: false });
    const registry = new Registry(names);
    expect([registry.find(alice)?.presence.state, registry.find(bob)?.presence.state]).toEqual([
      'expected',
      'offline',
    ]);
    expect(registry.isOnline(alice)).toBe(false);
    // Nobody saw alice online, so her absence is no news.
    expect(registry.markOffline(alice)).toBe(false);
    expect(names.all().some(({ online }) => online)).toBe(false);
  });

  it('keeps who is still connected online when memory is rebuilt after a fault', () => {
    const names = namesOf({ key: alice, nickname: 'alice', candidates: [], online: true });
    const registry = new Registry(names, (key) =>
      key === alice ? { state: 'online', registration: 7, run } : undefined,
    );
    expect(registry.find(alice)?.presence).toEqual({ state: 'online', registration: 7, run });
    expect(registry.markOffline(alice)).toBe(true);
    expect(registry.markOffline(alice)).toBe(false);
    expect(registry.markOffline(bob)).toBe(false);
  });

  it('has a name for everybody in sentences', () => {
    const registry = new Registry(namesOf());
    registry.claim(alice, wish('alice', 1));
    expect([registry.nameOf(alice), registry.nameOf(bob)]).toEqual(['alice', '02000200']);
  });
});
