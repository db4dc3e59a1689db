import type { ConversationId } from '../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../shared/ids.ts';
import type { BlobId, FileSource } from '../turn/file-disk.ts';

/**
 * The files that messages of this client offer, by the ids of the messages. Author and conversation are those of the message, so a file
 * is found only as long as its message is there.
 */
export interface FileRepository {
  /** Adds a file, or replaces all of it but its bitmap and its peers. */
  put(file: FileRow): void;
  find(of: MessageId): StoredFile | undefined;
  /** Returns files in the order in which they were added, the newest last: at most `limit` before `before`; null: the newest of all. */
  page(before: MessageId | null, limit: number): StoredFile[];
  /** Returns the files of others in this state, in the order in which they were added. */
  inState(state: FileState): StoredFile[];
  /** Returns the files of an author that has not been told of their states. */
  untold(author: PeerKey): StoredFile[];
  /** Returns the ids of files without a message, or with a deleted one, at most `limit`. */
  orphans(limit: number): MessageId[];
  /** Returns a file also where its message is gone. */
  blobOf(of: MessageId): BlobId | undefined;
  /** Removes a file, its bitmap and its peers. */
  remove(of: MessageId): void;
  /** The pieces that are on the disk, a bit for each; empty where none was counted. */
  bitmap(of: MessageId): Uint8Array;
  /** Counts pieces. They are on the disk. */
  setBitmap(of: MessageId, bitmap: Uint8Array, pieces: number): void;
  /** Returns how many files have bytes on the disk, or expect them, that are this blob. */
  usersOf(blob: BlobId): number;
  /** Returns the bytes of files of this author that began to load without a question since then. */
  bytesByThemselves(author: PeerKey, sinceMs: number): number;
  /** Keeps how far a recipient of an own file is. */
  putPeer(of: MessageId, peer: FilePeer): void;
  peersOf(of: MessageId): FilePeer[];
}

/**
 * What the user and the author want with a file. Of an own file `offered`, `paused`, `cancelled` and `failed`, of a file of another
 * all of them.
 */
export type FileState =
  'offered' | 'accepted' | 'paused' | 'done' | 'declined' | 'cancelled' | 'failed' | 'removed';

export interface FileRow {
  readonly of: MessageId;
  readonly blob: BlobId;
  readonly state: FileState;
  /** Why it failed. */
  readonly code: string | null;
  /** Where the bytes of an own file are; null for a file of another. */
  readonly source: FileSource | null;
  /** How many parts of the piece layer are on the disk, from the first one on. */
  readonly hashParts: number;
  /** Whether the author knows of the state. */
  readonly told: boolean;
  /** When it began to load without a question to the user, by this machine's clock; null: it did not. */
  readonly byItselfAtMs: number | null;
}

export interface StoredFile extends FileRow {
  readonly author: PeerKey;
  readonly conversation: ConversationId;
  /** How many pieces the bitmap has. */
  readonly pieces: number;
}

/** How far a recipient of an own file is, as it has said. */
export interface FilePeer {
  readonly peer: PeerKey;
  readonly state: 'loading' | 'paused' | 'declined' | 'cancelled' | 'done';
  readonly pieces: number;
}
