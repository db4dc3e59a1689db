import { directConversation, peerOfDirect } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { Person } from '../../../shared/bridge/schema.ts';
import type { ChatState } from './chat.ts';
import { ownKey } from './chat.ts';

/** The list at the left: people one has spoken with, then the others by presence; each by name, so nothing jumps. */
export interface ContactSections {
  readonly conversations: readonly Person[];
  readonly online: readonly Person[];
  readonly away: readonly Person[];
}

export function contactSections(chat: ChatState, filter: string): ContactSections {
  const wanted = filter.trim().toLowerCase();
  const others = otherContacts(chat)
    .filter((contact) => wanted === '' || (contact.nickname ?? '').toLowerCase().includes(wanted))
    .toSorted((one, other) => byName.compare(one.nickname ?? '', other.nickname ?? ''));
  const hasSpoken = (contact: Person) => {
    const conversation = chat.conversations.get(directConversation(contact.key));
    return conversation !== undefined && (conversation.messages.length > 0 || conversation.unread > 0);
  };
  return {
    conversations: others.filter(hasSpoken),
    online: others.filter((contact) => !hasSpoken(contact) && contact.online),
    away: others.filter((contact) => !hasSpoken(contact) && !contact.online),
  };
}

/** Everybody in the client table but me, and people whose message was faster than the table. */
export function otherContacts(chat: ChatState): readonly Person[] {
  const me = ownKey(chat.session);
  const unnamed: Person[] = [...chat.conversations.keys()]
    .map(peerOfDirect)
    .filter((key) => key !== undefined)
    .filter((key) => !chat.contacts.has(key))
    .map((key) => ({ key, nickname: null, online: false }));
  return [...chat.contacts.values(), ...unnamed].filter((contact) => contact.key !== me);
}

/** `attending` is the conversation that the person has before their eyes: it never counts (UI 18). */
export function unreadTotal(chat: ChatState, attending: PeerKey | null): number {
  const attended = attending === null ? null : directConversation(attending);
  let total = 0;
  for (const conversation of chat.conversations.values()) {
    if (conversation.conversation !== attended) total += conversation.unread;
  }
  return total;
}

/** One of `hueCount` colours, always the same for the same key. */
export function hueOf(key: PeerKey): number {
  return Number.parseInt(key.slice(0, 4), 16) % hueCount;
}
const hueCount = 8;

/** The first letter, or the first emoji, of a name: one grapheme. */
export function initialOf(nickname: string | null): string {
  if (nickname === null || nickname === '') return '?';
  const first = graphemes.segment(nickname)[Symbol.iterator]().next().value;
  return (first?.segment ?? '?').toUpperCase();
}

const byName = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Whether nothing can be sent before the person here has decided whose key this is. */
export function isBlocked({ keyConflict }: Person): boolean {
  return keyConflict !== undefined && !(keyConflict.type === 'changed' && keyConflict.refused);
}

/** Whether this key's safety number was compared, and nothing about the key is to be decided. */
export function isVerified(contact: Person): boolean {
  return contact.verified === true && !isBlocked(contact);
}

/** The two keys between which the person decides: the one of old, and the one that the server names. */
export function conflictingKeys({
  key,
  keyConflict,
}: Person): { readonly old: PeerKey; readonly new: PeerKey } | null {
  if (keyConflict === undefined) return null;
  return keyConflict.type === 'changed'
    ? { old: key, new: keyConflict.newKey }
    : { old: keyConflict.pinned, new: key };
}
