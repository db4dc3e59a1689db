import { describe, expect, it } from 'vitest';
import type { Contact } from '../bridge/schema.ts';
import type { PeerKey } from '../ids.ts';
import { applySnapshot, initialState } from './chat.ts';
import {
  conflictingKeys,
  contactByNickname,
  awaitsKeyDecision,
  isVerified,
  otherContacts,
} from './contacts.ts';
import { bob, carol, contactOf, snapshotOf, withCarol } from './samples.ts';

const known = {
  ...contactOf(bob, 'bob'),
  keyConflict: { type: 'changed', newKey: carol, refused: false },
} as const;
const claimant = {
  ...contactOf(carol, 'bob'),
  keyConflict: { type: 'not-pinned', pinned: bob, refused: false },
} as const;
const tableOf = (...contacts: readonly Contact[]) =>
  new Map<PeerKey, Contact>(contacts.map((contact) => [contact.key, contact]));

describe('a nickname under two keys', () => {
  it('blocks both keys until the user decides, and the known key works again if the user keeps it', () => {
    expect([known, claimant].map(awaitsKeyDecision)).toEqual([true, true]);
    expect(awaitsKeyDecision({ ...known, keyConflict: { ...known.keyConflict, refused: true } })).toBe(false);
    expect(awaitsKeyDecision({ ...claimant, keyConflict: { ...claimant.keyConflict, refused: true } })).toBe(
      true,
    );
    expect(awaitsKeyDecision(contactOf(bob, 'bob'))).toBe(false);
  });

  it('hides the mark of a compared safety number until the user decides', () => {
    const verified = { ...known, verified: true };
    expect(isVerified({ ...contactOf(bob, 'bob'), verified: true })).toBe(true);
    expect(isVerified(verified)).toBe(false);
    expect(isVerified({ ...verified, keyConflict: { ...known.keyConflict, refused: true } })).toBe(true);
    expect(isVerified(contactOf(bob, 'bob'))).toBe(false);
  });

  it('concerns the same two keys in both rows', () => {
    expect(conflictingKeys(known)).toEqual({ old: bob, new: carol });
    expect(conflictingKeys(claimant)).toEqual({ old: bob, new: carol });
    expect(conflictingKeys(contactOf(bob, 'bob'))).toBeNull();
  });

  it('means the key that had it first', () => {
    expect(contactByNickname(tableOf(claimant, known), 'bob')).toBe(known);
    expect(contactByNickname(tableOf(claimant), 'bob')).toBe(claimant);
  });
});

describe('a typed nickname', () => {
  it('finds its contact without regard to case and width, as RFC 8266 compares nicknames', () => {
    const contact = contactOf(bob, 'Bob');
    for (const typed of ['Bob', 'bob', 'ＢＯＢ', ' bob ']) {
      expect(contactByNickname(tableOf(contact), typed)).toBe(contact);
    }
    expect(contactByNickname(tableOf(contact), 'bobby')).toBeUndefined();
  });

  it('prefers the exact spelling', () => {
    const contacts = tableOf(contactOf(bob, 'Bob'), contactOf(carol, 'bob'));
    expect(contactByNickname(contacts, 'bob')?.key).toBe(carol);
    expect(contactByNickname(contacts, 'BOB')?.key).toBe(bob);
  });

  it('never means a contact without a nickname', () => {
    expect(contactByNickname(tableOf(contactOf(bob, null)), '')).toBeUndefined();
  });
});

it('the author of a message that arrives before the table is a contact without a nickname', () => {
  const conversations = [
    { conversation: withCarol, unread: 1, mentions: 0, notify: 'all' as const, messages: [], hasMore: false },
  ];
  const chat = applySnapshot(initialState, snapshotOf({ conversations }));
  expect(otherContacts(chat)).toContainEqual({ key: carol, nickname: null, online: false });
});
