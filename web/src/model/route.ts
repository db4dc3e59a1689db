import type { Contact } from '../../../shared/bridge/schema.ts';
import { directConversation, peerOfDirect, type ConversationId } from '../../../shared/conversation.ts';
import type { RoomView } from '../../../shared/bridge/rooms.ts';
import { parseRoomId } from '../../../shared/ids.ts';
import { newestConversationId, ownKey, type ChatState } from '../../../shared/model/chat.ts';
import { contactByNickname } from '../../../shared/model/contacts.ts';
import { roomByName, roomOf } from '../../../shared/model/rooms.ts';
import type { Route } from './paths.ts';

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
