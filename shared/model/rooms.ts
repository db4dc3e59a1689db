import type { RoomView } from '../bridge/rooms.ts';
import { peerOfDirect, roomOfConversation, type ConversationId } from '../conversation.ts';
import { nicknameComparisonKey } from '../nickname.ts';
import type { ChatState } from './chat.ts';

/** Returns the room of a conversation; undefined for a direct one, and for a room that is not the user's. */
export function roomOf(
  { rooms }: Pick<ChatState, 'rooms'>,
  conversation: ConversationId,
): RoomView | undefined {
  const room = roomOfConversation(conversation);
  return room === undefined ? undefined : rooms.get(room);
}

/** Returns the name of a conversation, `#lab` or a nickname; null where the gateway does not know it yet. */
export function nameOfConversation(
  { rooms, contacts }: Pick<ChatState, 'rooms' | 'contacts'>,
  conversation: ConversationId,
): string | null {
  const view = roomOf({ rooms }, conversation);
  if (view !== undefined) return `#${view.name}`;
  const peer = peerOfDirect(conversation);
  return peer === undefined ? null : (contacts.get(peer)?.nickname ?? null);
}

/**
 * Finds the room that a typed name means, with or without `#`. Names are the same by the rules for nicknames. Rooms of an earlier
 * server, and rooms that ended, may have the name of another room; they come last.
 */
export function roomByName({ rooms }: Pick<ChatState, 'rooms'>, typed: string): RoomView | undefined {
  const wanted = nicknameComparisonKey(typed.startsWith('#') ? typed.slice(1) : typed);
  return [...rooms.values()]
    .filter(({ name }) => nicknameComparisonKey(name) === wanted)
    .toSorted((one, other) => rankOf(one) - rankOf(other))[0];
}

/** Whether the user is a member of the room now. */
export function isMember({ standing }: Pick<RoomView, 'standing'>): boolean {
  return standing === 'owner' || standing === 'moderator' || standing === 'member' || standing === 'reader';
}

/**
 * Returns how many members a room has. Those of `#everyone` are the people that the gateway knows: they come and go without an entry
 * in the room, so no event of the room counts them.
 */
export function memberCount({ contacts }: Pick<ChatState, 'contacts'>, view: RoomView): number {
  return view.access === 'everyone' ? contacts.size : view.members;
}

/** Whether `@room` of the user mentions all members. */
export function mayMentionRoom(view: RoomView | undefined): boolean {
  return view?.standing === 'owner' || view?.standing === 'moderator';
}

/** Returns the rooms in the order of their names, `#everyone` first. */
export function sortedRooms({ rooms }: Pick<ChatState, 'rooms'>): readonly RoomView[] {
  return [...rooms.values()].toSorted(
    (one, other) =>
      Number(other.access === 'everyone') - Number(one.access === 'everyone') ||
      one.name.localeCompare(other.name),
  );
}

function rankOf(view: RoomView): number {
  return (view.otherServer ? 4 : 0) + (view.ended === null ? 0 : 2) + (isMember(view) ? 0 : 1);
}
