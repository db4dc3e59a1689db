import type { Contact } from '../../../shared/bridge/schema.ts';
import { nameContains } from '../../../shared/case-folding.ts';
import { directConversation, type ConversationId } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { ChatState } from '../../../shared/model/chat.ts';
import type { ConversationState } from '../../../shared/model/conversation.ts';
import { otherContacts } from '../../../shared/model/contacts.ts';
import type { GatewayStatus } from './gateway-status.ts';

/**
 * The list at the left: contacts with a conversation first, then the others by presence. Each section is sorted by name,
 * so that no row jumps.
 */
export interface ContactSections {
  readonly conversations: readonly Contact[];
  readonly online: readonly Contact[];
  readonly away: readonly Contact[];
  /** While nothing is known of their presence. */
  readonly unknown: readonly Contact[];
}

/** Returns the people of all sections, in the order of the list. */
export function contactsOf({ conversations, online, away, unknown }: ContactSections): readonly Contact[] {
  return [...conversations, ...online, ...away, ...unknown];
}

/** Whether a person is online. Without its gateway, a tab has only old news of that. */
export type Presence = 'online' | 'away' | 'unknown';

export function presenceOf(gateway: GatewayStatus, { online }: Pick<Contact, 'online'>): Presence {
  if (gateway.status !== 'open') return 'unknown';
  return online ? 'online' : 'away';
}

export function contactSections(chat: ChatState, gateway: GatewayStatus, filter: string): ContactSections {
  const others = otherContacts(chat)
    .filter((contact) => nameContains(contact.nickname ?? '', filter))
    .toSorted((one, other) => byName.compare(one.nickname ?? '', other.nickname ?? ''));
  const hasMessages = (contact: Contact) => {
    const conversation = chat.conversations.get(directConversation(contact.key));
    return conversation !== undefined && (conversation.messages.length > 0 || conversation.unread > 0);
  };
  const withPresence = (presence: Presence) =>
    others.filter((contact) => !hasMessages(contact) && presenceOf(gateway, contact) === presence);
  return {
    conversations: others.filter(hasMessages),
    online: withPresence('online'),
    away: withPresence('away'),
    unknown: withPresence('unknown'),
  };
}

/** What the tile of a person shows. Undefined: nothing. */
export function onlineOf(presence: Presence): boolean | undefined {
  return presence === 'unknown' ? undefined : presence === 'online';
}

/**
 * Sums what the user wants to know of: of a muted conversation nothing, of one for mentions alone the mentions. `reading` is the
 * conversation that the user is looking at: it never counts (UI 18). Nor do those in `except`.
 */
export function unreadTotal(
  chat: ChatState,
  reading: ConversationId | null,
  except: ReadonlySet<ConversationId> = new Set(),
): number {
  let total = 0;
  for (const [id, conversation] of chat.conversations)
    if (id !== reading && !except.has(id)) total += wantedOf(conversation);
  return total;
}

function wantedOf({ notify, unread, mentions }: ConversationState): number {
  switch (notify) {
    case 'all':
      return unread;
    case 'mentions':
      return mentions;
    case 'none':
      return 0;
    default:
      return notify satisfies never;
  }
}

/** Returns one of `hueCount` colours, always the same for the same key. */
export function hueOf(key: PeerKey): number {
  return Number.parseInt(key.slice(0, 4), 16) % hueCount;
}
const hueCount = 8;

/** Returns the first digits of a key, in groups, to tell two people with similar names apart. */
export function shortKey(key: PeerKey): string {
  return `${key.slice(0, 4)} ${key.slice(4, 8)}`;
}

/** Returns the first letter, or the first emoji, of a name: one grapheme. */
export function initialOf(nickname: string | null): string {
  if (nickname === null || nickname === '') return '?';
  const first = graphemes.segment(nickname)[Symbol.iterator]().next().value?.segment ?? '?';
  const upper = first.toUpperCase();
  // `ß` would become two letters. Georgian begins no name with a capital, and few fonts have its capitals.
  return upper.length > first.length || /\p{Script=Georgian}/u.test(first) ? first : upper;
}

const byName = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
