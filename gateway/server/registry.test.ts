import { describe, expect, it } from 'vitest';
import { peerKeyFromBytes, type PeerKey } from '../../shared/ids.ts';
import { namesMax } from '../../shared/limits.ts';
import type { NameRecord, NameRepository } from '../store/server-store.ts';
import { Registry } from './registry.ts';

function keyOf(number: number): PeerKey {
  return peerKeyFromBytes(Uint8Array.from({ length: 32 }, (_, index) => number >> (8 * (index % 2))));
}

/** The names on disk, in memory. */
function namesOf(...records: NameRecord[]): NameRepository {
  const byKey = new Map(records.map((record) => [record.key, record]));
  return { all: () => [...byKey.values()], put: (record) => void byKey.set(record.key, record) };
}

const [alice, bob] = [keyOf(1), keyOf(2)];

describe('the registry', () => {
  it('gives a nickname to the key that comes first, compared as RFC 8266 does', () => {
    const registry = new Registry(namesOf());
    expect(registry.claim(alice, 'Alice', [], 1).type).toBe('granted');
    expect(registry.claim(bob, 'aLICE', [], 1)).toEqual({
      type: 'refused',
      code: 'nickname-taken',
      suggestion: 'aLICE2',
    });
    registry.markOffline(alice);
    expect(registry.claim(bob, 'alice', [], 2).type).toBe('refused');
  });

  it('suggests what is free', () => {
    const registry = new Registry(namesOf());
    for (const [index, nickname] of ['bob', 'bob2', 'bob3'].entries())
      registry.claim(keyOf(index + 10), nickname, [], 1);
    expect(registry.claim(alice, 'bob', [], 1)).toMatchObject({ suggestion: 'bob4' });
  });

  it('lets a key come back, in other letters and under another name, which frees the old one', () => {
    const registry = new Registry(namesOf());
    registry.claim(alice, 'alice', [], 1);
    expect(registry.claim(alice, 'ALICE', [], 2)).toMatchObject({ registrant: { nickname: 'ALICE' } });
    expect(registry.claim(alice, 'carol', [], 3).type).toBe('granted');
    expect(registry.claim(bob, 'alice', [], 1).type).toBe('granted');
    expect([...registry.everybody()].map(({ nickname }) => nickname)).toEqual(['carol', 'alice']);
  });

  it('refuses what is no nickname by its own code', () => {
    const registry = new Registry(namesOf());
    const codes = ['', '#room', 'two words', 'x'.repeat(33)].map((wanted) => {
      const claim = registry.claim(alice, wanted, [], 1);
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
      registry.claim(keyOf(number), `person${number}`, [], 1);
    expect(registry.claim(keyOf(namesMax + 1), 'late', [], 1)).toMatchObject({ code: 'server-full' });
    expect(registry.claim(alice, 'anew', [], 2).type).toBe('granted');
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
      key === alice ? { state: 'online', registration: 7 } : undefined,
    );
    expect(registry.find(alice)?.presence).toEqual({ state: 'online', registration: 7 });
    expect(registry.markOffline(alice)).toBe(true);
    expect(registry.markOffline(alice)).toBe(false);
    expect(registry.markOffline(bob)).toBe(false);
  });

  it('has a name for everybody in sentences', () => {
    const registry = new Registry(namesOf());
    registry.claim(alice, 'alice', [], 1);
    expect([registry.nameOf(alice), registry.nameOf(bob)]).toEqual(['alice', '02000200']);
  });
});
