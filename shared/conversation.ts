import {
  parsePeerKey,
  parseRoomId,
  peerKeyPattern,
  roomIdPattern,
  type PeerKey,
  type RoomId,
} from './ids.ts';

declare const brand: unique symbol;

/**
 * The place where messages are shown together: `direct:` and the key of the other person, or `room:` and the room's id.
 * Notes to oneself are the direct conversation with one's own key.
 */
export type ConversationId = string & { readonly [brand]: 'ConversationId' };

const directPrefix = 'direct:';
const roomPrefix = 'room:';
export const conversationIdPattern = `^(${directPrefix}${peerKeyPattern.slice(1, -1)}|${roomPrefix}${roomIdPattern.slice(1, -1)})$`;
const conversationIdRegExp = new RegExp(conversationIdPattern);

export function parseConversationId(text: string): ConversationId | undefined {
  return conversationIdRegExp.test(text) ? (text as ConversationId) : undefined;
}

export function directConversation(peer: PeerKey): ConversationId {
  return `${directPrefix}${peer}` as ConversationId;
}

/** Returns the other person of a direct conversation, and undefined for a room. */
export function peerOfDirect(id: ConversationId): PeerKey | undefined {
  return id.startsWith(directPrefix) ? parsePeerKey(id.slice(directPrefix.length)) : undefined;
}

export function roomConversation(room: RoomId): ConversationId {
  return `${roomPrefix}${room}` as ConversationId;
}

/** Returns the room of a conversation, and undefined for a direct one. */
export function roomOfConversation(id: ConversationId): RoomId | undefined {
  return id.startsWith(roomPrefix) ? parseRoomId(id.slice(roomPrefix.length)) : undefined;
}
