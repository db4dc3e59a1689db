/**
 * The codes with which an entry is refused (PROTOCOL 10.17). `retry`: whether the same content may pass later. A refused entry
 * changes nothing, and its sequence is free for the next entry of its installation.
 */
export const roomRefusals = {
  'wrong-room': { when: 'The entry is for another room.', retry: false },
  'wrong-position': { when: 'The entry does not follow the newest one of the log.', retry: false },
  'wrong-sequence': {
    when: 'The sequence is not the next one of this installation in this room.',
    retry: true,
  },
  'message-id-used': { when: 'The room has an entry with this id.', retry: false },
  malformed: {
    when: 'The content breaks the schema of its kind, or is of another kind than the entry.',
    retry: false,
  },
  'content-missing': { when: 'An entry that changes the room has no content.', retry: false },
  'not-created': { when: 'The log has no `create` yet.', retry: false },
  'already-created': { when: 'The log has its `create`.', retry: false },
  'room-closed': { when: 'The operator has closed the room.', retry: false },
  archived: { when: 'The room is archived.', retry: false },
  'not-in-everyone': { when: '`#everyone` has no entries of this kind.', retry: false },
  'banned-from-room': {
    when: 'The author, or the key that it names, is banned from the room.',
    retry: false,
  },
  'not-a-member': { when: 'The author is no member of the room.', retry: false },
  'already-a-member': {
    when: 'The author, or the key that it names, is a member of the room.',
    retry: false,
  },
  'not-invited': { when: 'The room is closed, and the author has no invitation.', retry: false },
  'not-allowed': { when: 'The role of the author does not allow this kind of entry.', retry: false },
  silenced: { when: 'The author is silenced.', retry: true },
  moderated: { when: 'The room is moderated, and the author is no moderator.', retry: true },
  slow: {
    when: 'The author has posted a short while ago. `retryAfterMs` says for how long to wait.',
    retry: true,
  },
  'not-yourself': { when: 'The entry names its own author.', retry: false },
  'no-such-member': { when: 'The entry names a key that is no member.', retry: false },
  'guest-role': {
    when: 'The entry would make a guest (6.114) the owner or a moderator of the room. Only the server checks it.',
    retry: false,
  },
  outranked: {
    when: 'The entry names a member, or gives a role, that does not rank below its author.',
    retry: false,
  },
  'last-owner': { when: 'The author is the last owner. It hands over first.', retry: false },
  'unknown-message': { when: 'The server has no message with the id that the entry names.', retry: false },
  'message-deleted': {
    when: 'The server has no words of the message that the entry edits: its author has deleted it, or no member has brought them back.',
    retry: false,
  },
  'not-the-author': { when: 'The entry changes a message of another author.', retry: false },
  'room-full': { when: 'The room has 1,000 members.', retry: true },
  'too-many-invitations': { when: 'The room has 1,000 open invitations.', retry: true },
  'too-many-bans': { when: 'The room has 1,000 bans.', retry: true },
  'too-many-silenced': { when: 'The room has 1,000 silenced keys.', retry: true },
  'too-many-pins': { when: 'The room has 50 pinned messages.', retry: true },
} as const satisfies Record<string, { readonly when: string; readonly retry: boolean }>;

/**
 * The codes of a server before or beside the rules of the log (PROTOCOL 10.39): no member can check them later. `retry`: whether the
 * same may pass later.
 */
export const roomDoorRefusals = {
  'no-such-room': {
    when: 'The server has no such room, or the room is closed and the client has no part in it.',
    retry: false,
  },
  'room-name-taken': { when: 'Another room has this name.', retry: false },
  'room-name-look-alike': { when: 'The name looks like that of another room.', retry: false },
  'too-many-rooms': { when: 'The server has 1,000 rooms.', retry: true },
  'too-many-rooms-of-key': {
    when: 'The author has created 20 rooms that are open still, or 5 in its first hour.',
    retry: true,
  },
  'too-often': {
    when: 'The client asks or writes too often. `retryAfterMs` says for how long to wait.',
    retry: true,
  },
  'wrong-author': {
    when: 'The entry is of another key than the client that sends it, or a batch of two installations.',
    retry: false,
  },
  'wrong-signature': { when: 'The signature is not by the author, for this room and server.', retry: false },
  'wrong-content-hash': { when: 'The content is not the one that the author signed.', retry: false },
  'wrong-parent': { when: 'The parent of the entry is no entry of this log.', retry: true },
  'wrong-chain': {
    when: 'The entries of a `room-offer` do not lead to a head that this server has signed, or this life of its database has removed the room.',
    retry: false,
  },
  'room-quota-full': {
    when: 'The rooms of the server take all the space that its operator gives them, and those of the key that has created this one an equal share of it, or more.',
    retry: true,
  },
  'server-disk-full': { when: 'The disk of the server is full.', retry: true },
} as const satisfies Record<string, { readonly when: string; readonly retry: boolean }>;

export type RoomRefusalCode = keyof typeof roomRefusals;
export type RoomDoorRefusalCode = keyof typeof roomDoorRefusals;

export interface RoomRefusal {
  readonly code: RoomRefusalCode;
  /** After which time the same content can pass. Only with `slow`. */
  readonly retryAfterMs?: number;
}
