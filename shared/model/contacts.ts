import type { Contact } from '../bridge/schema.ts';
import { peerOfDirect } from '../conversation.ts';
import type { PeerKey } from '../ids.ts';
import { nicknameComparisonKey } from '../nickname.ts';
import { ownKey, type ChatState } from './chat.ts';

/** Returns the client table without the user, plus the authors of messages that arrived before the table named them. */
export function otherContacts(chat: ChatState): readonly Contact[] {
  const me = ownKey(chat.session);
  const unnamed: Contact[] = [...chat.conversations.keys()]
    .map(peerOfDirect)
    .filter((key) => key !== undefined)
    .filter((key) => !chat.contacts.has(key))
    .map((key) => ({ key, nickname: null, online: false }));
  return [...chat.contacts.values(), ...unnamed].filter((contact) => contact.key !== me);
}

/**
 * Finds the contact that a typed nickname means: the exact spelling, else the same nickname by RFC 8266 section 2.4. A
 * nickname under two keys means the key that had it first. The user's own row counts too.
 */
export function contactByNickname(
  contacts: ReadonlyMap<PeerKey, Contact>,
  nickname: string,
): Contact | undefined {
  const wanted = nicknameComparisonKey(nickname);
  const found = [...contacts.values()]
    .filter((contact) => comparisonKeyOf(contact) === wanted)
    .toSorted((one, other) => rankOf(one, nickname) - rankOf(other, nickname));
  return found[0];
}

/** Rows are replaced, never changed, so each is prepared once: a table has up to 10,000 rows and is searched often. */
const comparisonKeys = new WeakMap<Contact, string>();

function comparisonKeyOf(contact: Contact): string | undefined {
  if (contact.nickname === null) return undefined;
  const known = comparisonKeys.get(contact);
  if (known !== undefined) return known;
  const key = nicknameComparisonKey(contact.nickname);
  comparisonKeys.set(contact, key);
  return key;
}

function rankOf({ nickname, keyConflict }: Contact, typed: string): number {
  return (keyConflict?.type === 'not-pinned' ? 2 : 0) + (nickname === typed ? 0 : 1);
}

/** Whether nothing can be sent before the user decides about the key. */
export function awaitsKeyDecision({ keyConflict }: Contact): boolean {
  return keyConflict !== undefined && !(keyConflict.type === 'changed' && keyConflict.refused);
}

/** Whether the user has compared this key's safety number, and no decision about the key is pending. */
export function isVerified(contact: Contact): boolean {
  return contact.verified === true && !awaitsKeyDecision(contact);
}

/** Returns the two keys between which the user decides: the known one, and the one that the server names. */
export function conflictingKeys({
  key,
  keyConflict,
}: Contact): { readonly old: PeerKey; readonly new: PeerKey } | null {
  switch (keyConflict?.type) {
    case undefined:
      return null;
    case 'changed':
      return { old: key, new: keyConflict.newKey };
    case 'not-pinned':
      return { old: keyConflict.pinned, new: key };
    default:
      return keyConflict satisfies never;
  }
}
