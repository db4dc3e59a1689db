import type { FileHandle } from 'node:fs/promises';
import {
  bytesOfLeaf,
  hashBytes,
  leavesOfPiece,
  partPieces,
  partRootsOf,
  pieceBytes,
  pieceCountOf,
  pieceHashOf,
  proofOfRoots,
  leafBytes,
  type HashPart,
} from '../../shared/files/tree.ts';
import { sha256 } from '../crypto/sha256.ts';
import { readFully, writeFully, type ByteSource } from './byte-source.ts';

/**
 * The piece layer of a file on the disk: 32 bytes for each piece, one behind the other. It is read and written by parts, so that no file
 * is so large that its layer has to be in memory or stops the event loop.
 */

/** A piece with the hashes of its leaves. */
export interface HashedPiece {
  readonly leafHashes: Uint8Array;
  readonly leaves: readonly Uint8Array[];
  readonly hash: Uint8Array;
}

/** Hashes the bytes of one piece, in less than a millisecond. */
export function hashPiece(bytes: Uint8Array, size: number, piece: number): HashedPiece {
  const count = leavesOfPiece(size, piece);
  const leafHashes = new Uint8Array(count * hashBytes);
  const leaves = Array.from({ length: count }, (_, leaf) => {
    const start = leaf * leafBytes;
    return bytes.subarray(start, start + bytesOfLeaf(size, piece, leaf));
  });
  for (const [leaf, each] of leaves.entries()) leafHashes.set(sha256(each), leaf * hashBytes);
  return { leafHashes, leaves, hash: pieceHashOf(leafHashes, size, piece, sha256) };
}

export function bytesOfPiece(size: number, piece: number): number {
  return Math.min(size - piece * pieceBytes, pieceBytes);
}

export function partOfPiece(size: number, piece: number): HashPart {
  const from = piece - (piece % partPieces);
  return { from, count: Math.min(pieceCountOf(size) - from, partPieces) };
}

export function isPiece(size: number, piece: number): boolean {
  return Number.isInteger(piece) && piece >= 0 && piece < pieceCountOf(size);
}

export function isPartOfLayer(size: number, { from, count }: HashPart): boolean {
  return isPiece(size, from) && from % partPieces === 0 && partOfPiece(size, from).count === count;
}

/** The nodes over the parts of a layer, from its hashes part by part. */
class PartRoots {
  readonly #roots: Uint8Array;
  #parts = 0;
  #before: Uint8Array = new Uint8Array(0);

  constructor(size: number) {
    this.#roots = new Uint8Array(Math.ceil(pieceCountOf(size) / partPieces) * hashBytes);
  }

  add(hashes: Uint8Array): void {
    // A short part at the end is as high as the one before it.
    const isShort = hashes.length < partPieces * hashBytes;
    const nodes = isShort ? joined(this.#before, hashes) : hashes;
    this.#roots.set(partRootsOf(nodes, sha256).subarray(-hashBytes), this.#parts * hashBytes);
    this.#parts++;
    this.#before = hashes;
  }

  finish(): Uint8Array {
    return this.#roots;
  }
}

/** Returns the root of a file from the nodes over the parts of its layer. */
function rootOver(partRoots: Uint8Array, size: number): Uint8Array {
  const pieces = pieceCountOf(size);
  if (pieces === 0) return new Uint8Array(sha256(new Uint8Array(0)));
  const proof = proofOfRoots(partRoots, pieces, partOfPiece(size, 0), sha256);
  let node = partRoots.subarray(0, hashBytes);
  for (let offset = 0; offset < proof.length; offset += hashBytes)
    node = sha256(joined(node, proof.subarray(offset, offset + hashBytes)));
  return new Uint8Array(node);
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

/** Writes the layer of a file from its pieces in their order, and says its root. It keeps two parts, and 32 bytes for each part. */
export class LayerWriter {
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #roots: PartRoots;
  #part = new Uint8Array(partPieces * hashBytes);
  #pieces = 0;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
    this.#roots = new PartRoots(size);
  }

  /** Takes the hash of the next piece. */
  async add(hash: Uint8Array): Promise<void> {
    this.#part.set(hash, (this.#pieces % partPieces) * hashBytes);
    this.#pieces++;
    if (this.#pieces % partPieces === 0) await this.#writePart(partPieces);
  }

  /** Returns the root, once the layer is written. */
  async finish(): Promise<Uint8Array> {
    const rest = this.#pieces % partPieces;
    if (rest > 0) await this.#writePart(rest);
    return rootOver(this.#roots.finish(), this.#size);
  }

  async #writePart(count: number): Promise<void> {
    const hashes = this.#part.subarray(0, count * hashBytes);
    this.#part = new Uint8Array(partPieces * hashBytes);
    this.#roots.add(hashes);
    await writeFully(this.#handle, [hashes], (this.#pieces - count) * hashBytes);
  }
}

export interface HashingOptions {
  /** Ends the hashing: it throws the reason of the signal. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytes: number) => void;
}

/** Hashes a source into the writer and returns the root. It reads a piece while it hashes the one before. */
export async function hashSource(
  source: ByteSource,
  writer: LayerWriter,
  { signal, onProgress }: HashingOptions = {},
): Promise<Uint8Array> {
  const { size } = source;
  const pieces = pieceCountOf(size);
  const read = async (piece: number) => source.read(piece * pieceBytes, bytesOfPiece(size, piece));
  let next = pieces === 0 ? undefined : read(0);
  for (let piece = 0; next !== undefined; piece++) {
    signal?.throwIfAborted();
    const bytes = await next;
    next = piece + 1 < pieces ? read(piece + 1) : undefined;
    // Its fault comes with the next round. Until then it is no unhandled one.
    next?.catch(() => undefined);
    await writer.add(hashPiece(bytes, size, piece).hash);
    onProgress?.(piece * pieceBytes + bytes.length);
  }
  return writer.finish();
}

/** Reads a part of a layer. Undefined where it was not written. */
export async function readPart(handle: FileHandle, part: HashPart): Promise<Uint8Array | undefined> {
  const hashes = new Uint8Array(part.count * hashBytes);
  if (!(await readFully(handle, hashes, part.from * hashBytes))) return undefined;
  // A part that was never written reads as zeros, and no piece has such a hash.
  const isWritten = hashes.subarray(-hashBytes).some((byte) => byte !== 0);
  return isWritten ? hashes : undefined;
}

/** Reads the nodes over all parts of a layer, part by part. Undefined where a part was not written. */
export async function readPartRoots(handle: FileHandle, size: number): Promise<Uint8Array | undefined> {
  const roots = new PartRoots(size);
  for (let piece = 0; piece < pieceCountOf(size); piece += partPieces) {
    const hashes = await readPart(handle, partOfPiece(size, piece));
    if (hashes === undefined) return undefined;
    roots.add(hashes);
  }
  return roots.finish();
}
