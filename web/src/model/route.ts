import type { Contact } from '../../../shared/bridge/schema.ts';
import { directConversation, peerOfDirect, type ConversationId } from '../../../shared/conversation.ts';
import type { RoomView } from '../../../shared/bridge/rooms.ts';
import { parsePeerKey, parseRoomId, type PeerKey, type RoomId } from '../../../shared/ids.ts';
import { newestConversationId, ownKey, type ChatState } from '../../../shared/model/chat.ts';
import { contactByNickname } from '../../../shared/model/contacts.ts';
import { roomByName, roomOf } from '../../../shared/model/rooms.ts';

/** The route in the URL. Users type a nickname; a key stands in for a missing nickname. A room's id always works for its name. */
export type Route =
  | { readonly screen: 'contacts' | 'settings' | 'operator' | 'guests' }
  | { readonly screen: 'conversation'; readonly nickname: string }
  | { readonly screen: 'conversation'; readonly key: PeerKey }
  | { readonly screen: 'room'; readonly name: string }
  | { readonly screen: 'room'; readonly room: RoomId };

export const contactsPath = '/';
export const settingsPath = '/settings';
export const operatorPath = '/operator';
/** The page on which a host takes guests. */
export const guestsPath = '/guests';

export function pathTo({ nickname, key, keyConflict }: Contact): string {
  // The nickname means the key that had it first.
  const isUnnamed = nickname === null || keyConflict?.type === 'not-pinned';
  return isUnnamed || pathHostile.test(nickname) ? `/k/${key}` : `/c/${encodeURIComponent(nickname)}`;
}

/** `rooms`: those of the user. Two may have one name, if one of them has ended or is of an earlier server. */
export function pathToRoom(view: RoomView, rooms: Pick<ChatState, 'rooms'>): string {
  const { name, room } = view;
  const isUnclear = parseRoomId(name) !== undefined || roomByName(rooms, name)?.room !== room;
  return isUnclear || pathHostile.test(name) ? `/r/${room}` : `/r/${encodeURIComponent(name)}`;
}

/**
 * A browser reads `/c/..` as `/`, escaped or not (URL Standard, "double-dot URL path segment"). File servers refuse a
 * backslash.
 */
const pathHostile = /^\.\.?$|\\/;

/** Null for a room that the user does not have, and for notes to oneself. */
export function pathToConversation(
  conversation: ConversationId,
  chat: Pick<ChatState, 'contacts' | 'rooms' | 'session'>,
): string | null {
  const peer = peerOfDirect(conversation);
  if (peer === undefined) {
    const view = roomOf(chat, conversation);
    return view === undefined ? null : pathToRoom(view, chat);
  }
  if (peer === ownKey(chat.session)) return null;
  const contact = chat.contacts.get(peer);
  return contact === undefined ? `/k/${peer}` : pathTo(contact);
}

/** Every path gives a route. A path without meaning gives the list of contacts. */
export function parseRoute(path: string): Route {
  if (path === settingsPath) return { screen: 'settings' };
  if (path === operatorPath) return { screen: 'operator' };
  if (path === guestsPath) return { screen: 'guests' };
  const parts = /^\/([ckr])\/([^/]+)$/.exec(path);
  const value = decode(parts?.[2] ?? '');
  if (parts?.[1] === 'r' && value !== '') return roomRoute(value);
  if (parts?.[1] === 'c' && value !== '') return { screen: 'conversation', nickname: value };
  const key = parts?.[1] === 'k' ? parsePeerKey(value) : undefined;
  return key === undefined ? { screen: 'contacts' } : { screen: 'conversation', key };
}

function roomRoute(value: string): Route {
  const room = parseRoomId(value);
  return room === undefined ? { screen: 'room', name: value } : { screen: 'room', room };
}

/** Finds the room of a route among those of the user. */
export function roomAt(route: Route, chat: Pick<ChatState, 'rooms'>): RoomView | undefined {
  if (route.screen !== 'room') return undefined;
  return 'room' in route ? chat.rooms.get(route.room) : roomByName(chat, route.name);
}

/** Finds the contact of a route. The address of a replaced key opens the conversation that moved to the accepted key. */
export function contactAt(
  route: Route,
  chat: Pick<ChatState, 'contacts' | 'movedConversations'>,
): Contact | undefined {
  if (route.screen !== 'conversation') return undefined;
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
