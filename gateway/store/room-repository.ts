import type { Digest, MessageId, PeerKey, RoomId } from '../../shared/ids.ts';
import type { Role } from '../../shared/rooms/content.ts';
import type { LogEntry, LogPoint } from '../../shared/rooms/entry.ts';
import type { FindingKind } from '../../shared/rooms/verify-log.ts';

/**
 * The rooms of a client: their logs, states to go back to, and the own entries that no log has yet. The messages of a room are in
 * MessageRepository, as those of every conversation.
 */
export interface RoomRepository {
  /** Returns all rooms in the order in which they were added. */
  all(): StoredRoom[];
  /** Adds the room, or replaces it. Its log stays. */
  put(room: StoredRoom): void;
  /** The room is shown under another id, with its conversation. */
  rename(from: RoomId, to: RoomId): void;

  // --- the log ---------------------------------------------------------------------------------------------

  /** Appends an entry. The room must have no entry with this `seq`. */
  putEntry(room: RoomId, entry: StoredEntry): void;
  /** Returns the newest entry's point; undefined without an entry. */
  head(room: RoomId): LogPoint | undefined;
  pointAt(room: RoomId, seq: number): LogPoint | undefined;
  /** Whether the log has an entry with this id. */
  hasId(room: RoomId, id: MessageId): boolean;
  /** Returns the entries from `seq` on, in order, at most `limit`. */
  entriesFrom(room: RoomId, seq: number, limit: number): StoredEntry[];
  /** Returns the entry with this id, also a lost one. */
  find(room: RoomId, id: MessageId): StoredEntry | undefined;
  /** Erases the contents of the entries at these places. The entries stay. */
  eraseAt(room: RoomId, seqs: readonly number[]): void;
  /** Returns the bytes of the entries behind `seq`, as the server counts them. */
  bytesBehind(room: RoomId, seq: number): number;
  /**
   * Moves the entries after `seq` to those that the log of the server has lost, and removes the checkpoints after it. The messages of these
   * entries stand right behind `seq` from now on, in their order. Changes that came with them and wait for a message are forgotten.
   */
  loseAfter(room: RoomId, seq: number): void;
  /** Returns the entries that were lost first, of those behind the number `after`. An entry that the log has again is not lost. */
  lost(room: RoomId, limit: number, after: number): LostEntry[];
  /** Whether an entry with this id is among the lost ones. */
  isLost(room: RoomId, id: MessageId): boolean;
  /**
   * Whether a content is missing that its author has not deleted, among the entries behind `seq`, or among the lost ones (null): the
   * user had blocked the author.
   */
  lacksContents(room: RoomId, seq: number | null): boolean;
  removeLost(entries: readonly LostEntry[]): void;
  removeAllLost(room: RoomId): void;
  /** Removes the words of a message, and those of all its edits, from the log and the lost entries, and its edits from the outbox. */
  eraseContent(room: RoomId, message: MessageId): void;
  /** How far an own message has come, by the word of the server. Changes nothing for an id that the log does not have. */
  putFigures(room: RoomId, id: MessageId, figures: RoomFigures): void;
  /** Undefined: the log does not have the message. Null: the server has told nothing yet. */
  figuresOf(room: RoomId, id: MessageId): RoomFigures | null | undefined;

  // --- states to go back to ----------------------------------------------------------------------------------

  putCheckpoint(room: RoomId, checkpoint: StoredCheckpoint): void;
  /** Returns the newest checkpoint at this `seq` or before it. */
  checkpointAt(room: RoomId, seq: number): StoredCheckpoint | undefined;

  // --- own entries that no log has ----------------------------------------------------------------------------

  /** Adds an entry at the end of the outbox, or replaces the one with this id in its place. */
  putWaiting(room: RoomId, entry: WaitingEntry): void;
  /** Returns the outbox of the room, in order. */
  waiting(room: RoomId): WaitingEntry[];
  removeWaiting(room: RoomId, id: MessageId): void;
}

export interface StoredRoom {
  /** Under which this client shows the room: `room`, unless a room of another server has the same id. */
  readonly id: RoomId;
  readonly server: PeerKey;
  readonly room: RoomId;
  /** The own log begins again behind this `seq`, where the server has cut it; 0: it is whole. */
  readonly cutAt: number;
  /** How the user's last membership ended, as long as the user is no member. */
  readonly departure: 'left' | 'removed' | null;
  /** What the server last told about the room; null before. */
  readonly listed: ListedRoom | null;
  /** The newest ones, the oldest first. */
  readonly findings: readonly StoredFinding[];
}

export interface ListedRoom {
  readonly name: string;
  readonly topic: string;
  readonly access: 'open' | 'closed' | 'everyone';
  readonly ended: 'archived' | 'closed' | null;
  readonly standing: Role | 'invited' | 'guest' | 'former';
  readonly members: number;
}

export interface StoredFinding {
  readonly kind: FindingKind;
  /** The place of the entry, or that of the newest entry before it. */
  readonly seq: number;
  /** Null where it is not about one entry. */
  readonly author: PeerKey | null;
}

export interface StoredEntry {
  readonly entry: LogEntry;
  readonly hash: Digest;
  /**
   * `taken`: it has changed the state. `passed-over`: against the rules; only its sequence counts. `none`: not by its author, or repeated: it has a
   * place and nothing else.
   */
  readonly effect: 'taken' | 'passed-over' | 'none';
  /** The server's signature of the head that this entry once was; null: the server sent none. */
  readonly headSignature: Uint8Array | null;
}

export interface LostEntry extends StoredEntry {
  /** Rises in the order in which entries were lost. */
  readonly number: number;
}

export interface StoredCheckpoint {
  readonly seq: number;
  /** shared/rooms/checkpoint.ts. Unsigned: the client has made it, or has checked it. */
  readonly bytes: Uint8Array;
  readonly hasLaterKinds: boolean;
}

export interface RoomFigures {
  readonly delivered: number;
  readonly read: number;
  /** The members of that time. */
  readonly of: number;
}

export interface WaitingEntry {
  readonly id: MessageId;
  readonly kind: string;
  /** CBOR (shared/rooms/content.ts). */
  readonly content: Uint8Array;
  /** The message of which it is an edit; null for other entries. */
  readonly editOf: MessageId | null;
  readonly sentAtMs: number;
  readonly clockOffsetMs: number | null;
  /** The code with which the server refused it for good; null: it waits. */
  readonly refusedWith: string | null;
}
