import type { Contact } from '../../../shared/bridge/schema.ts';
import { directConversation, peerOfDirect } from '../../../shared/conversation.ts';
import { parsePeerKey, type PeerKey } from '../../../shared/ids.ts';
import { newestConversationId, type ChatState } from '../../../shared/model/chat.ts';
import { contactByNickname } from '../../../shared/model/contacts.ts';

/** The route in the URL. Users type a nickname; a key stands in for a missing nickname. */
export type Route =
  | { readonly screen: 'contacts' }
  | { readonly screen: 'conversation'; readonly nickname: string }
  | { readonly screen: 'conversation'; readonly key: PeerKey };

export const contactsPath = '/';

export function pathTo({ nickname, key, keyConflict }: Contact): string {
  // The nickname means the key that had it first.
  const isUnnamed = nickname === null || keyConflict?.type === 'not-pinned';
  return isUnnamed || pathHostile.test(nickname) ? `/k/${key}` : `/c/${encodeURIComponent(nickname)}`;
}

/**
 * A browser reads `/c/..` as `/`, escaped or not (URL Standard, "double-dot URL path segment"). File servers refuse a
 * backslash.
 */
const pathHostile = /^\.\.?$|\\/;

/** Every path gives a route. A path without meaning gives the list of contacts. */
export function parseRoute(path: string): Route {
  const parts = /^\/([ck])\/([^/]+)$/.exec(path);
  const value = decode(parts?.[2] ?? '');
  if (parts?.[1] === 'c' && value !== '') return { screen: 'conversation', nickname: value };
  const key = parts?.[1] === 'k' ? parsePeerKey(value) : undefined;
  return key === undefined ? { screen: 'contacts' } : { screen: 'conversation', key };
}

/** Finds the contact of a route. The address of a replaced key opens the conversation that moved to the accepted key. */
export function contactAt(
  route: Route,
  chat: Pick<ChatState, 'contacts' | 'movedConversations'>,
): Contact | undefined {
  if (route.screen === 'contacts') return undefined;
  if (!('key' in route)) return contactByNickname(chat.contacts, route.nickname);
  const peer = peerOfDirect(newestConversationId(chat, directConversation(route.key)));
  return peer === undefined ? undefined : chat.contacts.get(peer);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text).normalize('NFC');
  } catch {
    // For example `%zz` in the URL: a path without meaning.
    return '';
  }
}
