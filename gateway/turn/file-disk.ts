import type { HashPart } from '../../shared/files/tree.ts';

/**
 * What the jobs about files need of the machine: files that are here whole, and files that still come. Every call is made outside of a
 * turn, and may take as long as the disk takes. No call throws for what a disk or another process can do: it answers with a code.
 *
 * The bytes that come for a file are a blob. Several calls for one blob may be under way. `begin`, `finish` and `remove` wait for the calls
 * before them, and the calls behind them wait for their ends; the others may be done at once. A call that was made already is harmless:
 * after a crash, the engine makes those again of which it does not know the end.
 */
export interface FileDisk {
  /**
   * Makes room for a blob, or finds it: whole, or as far as it had come. Checks the quota and the free space before.
   * Fails with `quota-full`, `disk-full`, `disk-refused`. `isNew`: nothing of it was there, also not where an earlier call has made it.
   */
  begin(blob: BlobId): Answer<{ readonly isNew: boolean }>;
  /** Keeps a part of the piece layer, which the engine has verified against the root. */
  writeHashes(blob: BlobId, part: HashPart, hashes: Uint8Array): Answer;
  /**
   * Hashes each leaf, and writes the piece. `leafHashes` are verified against the piece layer. Fails with `damaged`, and writes nothing,
   * where a leaf does not have its hash. Of a blob that is whole already, it only checks.
   */
  writePiece(blob: BlobId, piece: number, leafHashes: Uint8Array, leaves: readonly Uint8Array[]): Answer;
  /** Returns when everything that was written of the blob survives a power cut. Then the bitmap that counts it is committed. */
  sync(blob: BlobId): Answer;
  /**
   * Of these pieces, returns those of which all leaves are on the disk and have their hashes. After a start, the bitmap lacks what was written
   * after its last commit. The parts of the piece layer for these pieces are on the disk.
   */
  recheck(blob: BlobId, pieces: readonly number[]): Answer<{ readonly pieces: readonly number[] }>;
  /** All pieces are counted: the blob is whole from now on. */
  finish(blob: BlobId): Answer;
  /** Removes a blob, whole or not. Done also where nothing is there. No offer needs it any longer. */
  remove(blob: BlobId): Answer;
  /** Fails with `file-gone` where there is no such part of the piece layer. Of a blob that still comes, it has the parts that were written. */
  readHashes(
    source: FileSource,
    part: HashPart,
  ): Answer<{ readonly hashes: Uint8Array; readonly proof: Uint8Array }>;
  /**
   * Returns a piece, verified against the piece layer: `file-changed` where its size, time, inode or bytes are others than when it was
   * offered, `file-gone` where it is not there, `damaged` where a blob's bytes are others.
   */
  readPiece(
    source: FileSource,
    piece: number,
  ): Answer<{ readonly leafHashes: Uint8Array; readonly leaves: readonly Uint8Array[] }>;
}

/** Names the bytes of a file. A root alone names none (PROTOCOL 13.5). */
export interface BlobId {
  /** 32 bytes. */
  readonly root: Uint8Array;
  readonly size: number;
}

/** Where the bytes of an offered file are. */
export type FileSource =
  | { readonly type: 'blob'; readonly blob: BlobId }
  /** A file of the user, which is not copied. Only the process of the terminal that named the path knows it. */
  | {
      readonly type: 'path';
      readonly path: string;
      readonly blob: BlobId;
      readonly mtimeMs: number;
      readonly inode: string;
    };

export type FileDiskFailure =
  'disk-full' | 'quota-full' | 'file-changed' | 'file-gone' | 'disk-refused' | 'damaged';

/** A disk of a simulation answers at once. */
export type Answer<Found extends object = object> = FileDiskAnswer<Found> | Promise<FileDiskAnswer<Found>>;

export type FileDiskAnswer<Found extends object = object> =
  ({ readonly type: 'done' } & Found) | { readonly type: 'failed'; readonly code: FileDiskFailure };
