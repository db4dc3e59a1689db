import type { Offer } from '../../../shared/chat/file-kinds.ts';
import { pieceCountOf, partPieces } from '../../../shared/files/tree.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import { filePiecesAskedMax, filePiecesUncountedMax } from '../../../shared/limits.ts';
import type { StoredFile } from '../../store/file-repository.ts';
import type { BlobId } from '../../turn/file-disk.ts';
import { PieceSet } from './piece-set.ts';

/** A file that the user wants, and what of it is where. It lives as long as the file is `accepted`. */
export class Download {
  readonly of: MessageId;
  readonly author: PeerKey;
  readonly at: Offer;
  readonly blob: BlobId;
  readonly pieceCount: number;
  /** `idle`: the disk was not asked for it in this run. `busy`: a step is under way that must end first. `ended`: it counts no more. */
  phase: 'idle' | 'busy' | 'open' | 'ended' = 'idle';
  /** How many parts of the piece layer are on the disk. */
  hashParts: number;
  /** The parts of the piece layer that are in memory. */
  readonly parts = new Map<number, Uint8Array>();
  /** The part that is being read, or asked for and written. */
  partUnderWay: number | null = null;
  /** Pieces in the bitmap of the store. */
  counted: PieceSet;
  readonly asked = new Set<number>();
  readonly writing = new Set<number>();
  /** On the disk, but perhaps not after a power cut. */
  readonly written = new Set<number>();
  readonly syncing = new Set<number>();
  unsyncedSinceMs: number | null = null;
  /** Answers that did not verify. */
  lies = 0;
  /** Refusals since the last answer. */
  refusals = 0;
  /** The author is not asked before. */
  notBeforeMs = Number.NEGATIVE_INFINITY;
  /** The author has paused the file. */
  isHeldByAuthor = false;
  /** When something last came of what was asked for. */
  movedAtMs = Number.NEGATIVE_INFINITY;
  toldAtMs = Number.NEGATIVE_INFINITY;
  shownAtMs = Number.NEGATIVE_INFINITY;
  /** No piece before this one is missing. */
  #firstMissing = 0;

  constructor({ of, author, blob, hashParts }: StoredFile, at: Offer, bitmap: Uint8Array) {
    this.of = of;
    this.author = author;
    this.at = at;
    this.blob = blob;
    this.hashParts = hashParts;
    this.pieceCount = pieceCountOf(blob.size);
    this.counted = new PieceSet(this.pieceCount, bitmap);
  }

  /** The pieces that are here, also those that a power cut could take. */
  get pieces(): number {
    return this.counted.count + this.written.size + this.syncing.size;
  }

  /** Pieces that are neither here nor on their way, in their order. */
  missing(limit: number): number[] {
    const missing: number[] = [];
    this.#firstMissing = this.counted.firstMissing(this.#firstMissing);
    for (
      let piece = this.#firstMissing;
      piece < this.pieceCount && missing.length < limit;
      piece = this.counted.firstMissing(piece + 1)
    )
      if (!this.#isOnItsWay(piece)) missing.push(piece);
    return missing;
  }

  /** Returns how many more pieces may be asked for. */
  get room(): number {
    const open = this.asked.size + this.writing.size;
    const uncounted = this.writing.size + this.written.size + this.syncing.size;
    return uncounted >= filePiecesUncountedMax ? 0 : filePiecesAskedMax - open;
  }

  /** The hash of a piece; undefined where its part is not in memory. */
  pieceHash(piece: number): Uint8Array | undefined {
    const place = (piece % partPieces) * 32;
    return this.parts.get(Math.floor(piece / partPieces))?.subarray(place, place + 32);
  }

  /** Nothing more of this connection comes. */
  forgetAsked(): void {
    this.asked.clear();
    if (this.partUnderWay !== null && this.partUnderWay >= this.hashParts) this.partUnderWay = null;
  }

  #isOnItsWay(piece: number): boolean {
    return (
      this.asked.has(piece) || this.writing.has(piece) || this.written.has(piece) || this.syncing.has(piece)
    );
  }
}
