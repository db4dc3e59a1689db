import { describe, expect, it } from 'vitest';
import type { Person } from '../../../shared/bridge/schema.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { bob, carol, personOf } from '../testing/samples.ts';
import { isBlocked, isVerified, conflictingKeys } from './contacts.ts';
import { parseRoute, pathTo, personOf as personAt } from './route.ts';

const known = {
  ...personOf(bob, 'bob'),
  keyConflict: { type: 'changed', newKey: carol, refused: false },
} as const;
const claimant = {
  ...personOf(carol, 'bob'),
  keyConflict: { type: 'not-pinned', pinned: bob, refused: false },
} as const;

describe('a nickname under two keys', () => {
  it('blocks both until the contact decides; who keeps the known one may write to it', () => {
    expect([known, claimant].map(isBlocked)).toEqual([true, true]);
    expect(isBlocked({ ...known, keyConflict: { ...known.keyConflict, refused: true } })).toBe(false);
    expect(isBlocked({ ...claimant, keyConflict: { ...claimant.keyConflict, refused: true } })).toBe(true);
    expect(isBlocked(personOf(bob, 'bob'))).toBe(false);
  });

  it('has no mark of a compared number while that is to be decided, and again when the known one is kept', () => {
    expect(isVerified({ ...personOf(bob, 'bob'), verified: true })).toBe(true);
    expect(isVerified({ ...known, verified: true })).toBe(false);
    expect(
      isVerified({ ...known, verified: true, keyConflict: { ...known.keyConflict, refused: true } }),
    ).toBe(true);
    expect(isVerified(personOf(bob, 'bob'))).toBe(false);
  });

  it('is between the same two keys, whichever is looked at', () => {
    expect(conflictingKeys(known)).toEqual({ old: bob, new: carol });
    expect(conflictingKeys(claimant)).toEqual({ old: bob, new: carol });
    expect(conflictingKeys(personOf(bob, 'bob'))).toBeNull();
  });

  it('leads to the known one by the name, and to the other by its key', () => {
    const people = new Map<PeerKey, Person>([
      [carol, claimant],
      [bob, known],
    ]);
    expect(pathTo(known)).toBe('/c/bob');
    expect(pathTo(claimant)).toBe(`/k/${carol}`);
    expect(personAt(parseRoute('/c/bob'), people)).toBe(known);
    expect(personAt(parseRoute(`/k/${carol}`), people)).toBe(claimant);
  });
});
