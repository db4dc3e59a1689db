import type { InstallationId, MessageId, PeerKey, RoomId } from '../ids.ts';
import type { RoomContentOf, Mode, Retention, Role } from './content.ts';
import { logStart, type LogPoint } from './entry.ts';
import type { Standing } from './rights.ts';

/**
 * A room as its entries have left it: the same for the server and all members (PROTOCOL 10.18). It does not hold messages.
 * The reducer changes it in place, because a copy for each of 100,000 entries would cost a copy of all members each time.
 */
export interface RoomState {
  readonly room: RoomId;
  readonly server: PeerKey;
  head: LogPoint;
  /** Null before the entry `create`. */
  about: RoomAbout | null;
  /** In `#everyone`, only keys with another role than member. */
  readonly members: Map<PeerKey, Role>;
  /** Readers that have left. They come back as readers. The oldest is first. */
  readonly formerReaders: Set<PeerKey>;
  readonly invited: Set<PeerKey>;
  readonly silenced: Set<PeerKey>;
  readonly banned: Set<PeerKey>;
  /** The oldest is first. */
  readonly pins: Set<MessageId>;
  /** Keys with entries in the log. The one that has written nothing for the longest time is first. */
  readonly authors: Map<PeerKey, RoomAuthor>;
  /**
   * Whether an entry of a later version was applied. This program does not know what it did, so it cannot check a checkpoint
   * after it. Not a part of the state of others.
   */
  hasLaterKinds: boolean;
}

export interface RoomAbout {
  name: string;
  topic: string;
  readonly access: RoomContentOf<'create'>['access'];
  mode: Mode;
  history: RoomContentOf<'history'>['history'];
  retention: Retention;
  ended: 'archived' | 'closed' | null;
}

export interface RoomAuthor {
  /** The next sequence of each installation. The one that has written nothing for the longest time is first. */
  readonly nextSequences: Map<InstallationId, number>;
  /** When the server took the last entry that counts for a slow room; null without one. */
  lastPostAtMs: number | null;
}

/** The room that each server has. Its log begins with a `create` of the server's key. */
export const everyoneRoom = '0'.repeat(32) as RoomId;

/** A room before its first entry. */
export function emptyRoom(server: PeerKey, room: RoomId): RoomState {
  return {
    room,
    server,
    head: logStart,
    about: null,
    members: new Map(),
    formerReaders: new Set(),
    invited: new Set(),
    silenced: new Set(),
    banned: new Set(),
    pins: new Set(),
    authors: new Map(),
    hasLaterKinds: false,
  };
}

/** In `#everyone`, a key without another role is a member: the roster, which is not in the log, says which keys there are. */
export function standingOf(state: RoomState, key: PeerKey): Standing {
  if (key === state.server) return 'server';
  if (state.banned.has(key)) return 'banned';
  return state.members.get(key) ?? (state.about?.access === 'everyone' ? 'member' : 'guest');
}

/** The sequence of the next entry of an installation: the only one that the log takes. */
export function nextSequenceOf(state: RoomState, author: PeerKey, installation: InstallationId): number {
  return state.authors.get(author)?.nextSequences.get(installation) ?? 1;
}
