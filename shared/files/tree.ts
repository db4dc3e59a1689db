import { fileBytesMax } from '../limits.ts';
import type { Sha256 } from '../rooms/entry.ts';

/**
 * The SHA-256 Merkle tree of a file (PROTOCOL 13.1 to 13.6), as in BitTorrent v2 (BEP 52):
 *
 *                      root
 *                 ____/    \____
 *            part                part          512 pieces or fewer: what one `file-hashes` proves
 *           /    \              /    \
 *        piece  piece  ...  piece   (pad)      16 leaves, 256 KiB
 *        /  \
 *     leaf  leaf ...                           16 KiB
 *
 * The size fixes the shape, so no node can be taken for a leaf. A root alone does not name a file: a file of 64 bytes has the
 * root of a file of two leaves with these bytes as their hashes. A root and a size do. The digest comes in as a port.
 */

export const leafBytes = 16_384;
/** Leaves of a whole piece. */
export const pieceLeaves = 16;
export const pieceBytes = leafBytes * pieceLeaves;
export const hashBytes = 32;
/** Pieces of a whole part: as many hashes as fit into one message of 16 KiB. */
export const partPieces = 512;

/** A part of the piece layer: hashes of `count` pieces, the first of them that of piece `from`. */
export interface HashPart {
  readonly from: number;
  readonly count: number;
}

/** Whether a file can have this size. The functions below take only such a size, and pieces and leaves that the file has. */
export function isFileSize(size: unknown): size is number {
  return typeof size === 'number' && Number.isInteger(size) && size >= 0 && size <= fileBytesMax;
}

export function leafCountOf(size: number): number {
  return Math.ceil(size / leafBytes);
}

export function pieceCountOf(size: number): number {
  return Math.ceil(size / pieceBytes);
}

/** Returns the number of leaves of the piece; the last piece may have fewer than the others. */
export function leavesOfPiece(size: number, piece: number): number {
  return Math.min(leafCountOf(size) - piece * pieceLeaves, pieceLeaves);
}

/** Returns the length of a leaf, by its number in its piece; the last leaf of the file may be shorter than the others. */
export function bytesOfLeaf(size: number, piece: number, leaf: number): number {
  return Math.min(size - piece * pieceBytes - leaf * leafBytes, leafBytes);
}

/** Returns the parts in which the piece layer travels, in their order; none for an empty file. */
export function hashPartsOf(size: number): HashPart[] {
  const pieces = pieceCountOf(size);
  return Array.from({ length: Math.ceil(pieces / partPieces) }, (_, index) => partAt(pieces, index));
}

/**
 * Returns the hash of a piece, from the hashes of its leaves. A piece that is the whole file is filled to a power of two of
 * leaves, every other one to 16.
 */
export function pieceHashOf(leafHashes: Uint8Array, size: number, piece: number, sha256: Sha256): Uint8Array {
  const leaves = leavesOfPiece(size, piece);
  if (leafHashes.length !== leaves * hashBytes) throw new RangeError('the hashes are not those of the piece');
  return rootOver(leafHashes, pieceCountOf(size) === 1 ? heightOf(leaves) : pieceHeight, noHash, sha256);
}

/** Returns the root of a file with these hashes of pieces. Without a piece it is the digest of no bytes. */
export function rootOfPieces(pieceHashes: Uint8Array, sha256: Sha256): Uint8Array {
  const pieces = pieceHashes.length / hashBytes;
  if (pieces === 0) return sha256(new Uint8Array(0));
  return rootOver(pieceHashes, heightOf(pieces), emptyPieceHash(sha256), sha256);
}

/**
 * Returns what proves a part of the layer against the root: at each level from the part up, the hash of the other node.
 * @param pieceHashes all hashes of the layer
 */
export function proofOf(pieceHashes: Uint8Array, part: HashPart, sha256: Sha256): Uint8Array {
  const pieces = pieceHashes.length / hashBytes;
  return proofOfRoots(partRootsOf(pieceHashes, sha256), pieces, part, sha256);
}

/** Returns the node over each part of the layer. With these, a proof needs few digests (`proofOfRoots`). */
export function partRootsOf(pieceHashes: Uint8Array, sha256: Sha256): Uint8Array {
  const pieces = pieceHashes.length / hashBytes;
  const height = partHeightOf(pieces);
  const pad = emptyPieceHash(sha256);
  const roots = new Uint8Array(Math.ceil(pieces / partPieces) * hashBytes);
  for (let part = 0; part * hashBytes < roots.length; part++) {
    const start = part * partPieces * hashBytes;
    const hashes = pieceHashes.subarray(start, start + partPieces * hashBytes);
    roots.set(rootOver(hashes, height, pad, sha256), part * hashBytes);
  }
  return roots;
}

/** As `proofOf`, for a file of so many pieces, from the nodes over its parts. */
export function proofOfRoots(
  partRoots: Uint8Array,
  pieces: number,
  part: HashPart,
  sha256: Sha256,
): Uint8Array {
  const partHeight = partHeightOf(pieces);
  const proof = new Uint8Array((heightOf(pieces) - partHeight) * hashBytes);
  let pad = rootOver(new Uint8Array(0), partHeight, emptyPieceHash(sha256), sha256);
  let nodes = new Uint8Array(partRoots);
  let index = part.from / partPieces;
  for (let offset = 0; offset < proof.length; offset += hashBytes) {
    proof.set(nodeAt(nodes, index ^ 1) ?? pad, offset);
    nodes = parentsOf(nodes, pad, sha256);
    pad = parentOf(pad, pad, sha256);
    index >>= 1;
  }
  return proof;
}

/** A part of the piece layer as it came, for a file of this root and size. */
export interface ClaimedPart {
  readonly root: Uint8Array;
  readonly size: number;
  readonly part: HashPart;
  readonly hashes: Uint8Array;
  readonly proof: Uint8Array;
}

/** Whether these are the hashes of this part. Hostile values are refused, and cost at most the digests of one part. */
export function isPartOf({ root, size, part, hashes, proof }: ClaimedPart, sha256: Sha256): boolean {
  if (!isFileSize(size) || !isPart(size, part)) return false;
  const pieces = pieceCountOf(size);
  const partHeight = partHeightOf(pieces);
  if (hashes.length !== part.count * hashBytes) return false;
  if (proof.length !== (heightOf(pieces) - partHeight) * hashBytes) return false;
  let node = rootOver(hashes, partHeight, emptyPieceHash(sha256), sha256);
  let index = part.from / partPieces;
  for (let offset = 0; offset < proof.length; offset += hashBytes) {
    const other = proof.subarray(offset, offset + hashBytes);
    node = index % 2 === 0 ? parentOf(node, other, sha256) : parentOf(other, node, sha256);
    index >>= 1;
  }
  return isSame(node, root);
}

/** Whether these are the hashes of the leaves of this piece. Of a hostile peer they may be of any length. */
export function isPieceOf({ leafHashes, pieceHash, size, piece }: ClaimedPiece, sha256: Sha256): boolean {
  if (leafHashes.length !== leavesOfPiece(size, piece) * hashBytes) return false;
  return isSame(pieceHashOf(leafHashes, size, piece, sha256), pieceHash);
}

/** The hashes of leaves as they came, for a piece with a known hash. */
export interface ClaimedPiece {
  readonly leafHashes: Uint8Array;
  readonly pieceHash: Uint8Array;
  readonly size: number;
  readonly piece: number;
}

/** Whether these are the bytes of this leaf. Their length counts too, because a hostile author can hash any bytes. */
export function isLeafOf({ bytes, leafHashes, size, piece, leaf }: ClaimedLeaf, sha256: Sha256): boolean {
  const hash = nodeAt(leafHashes, leaf);
  if (hash === undefined || bytes.length !== bytesOfLeaf(size, piece, leaf)) return false;
  return isSame(sha256(bytes), hash);
}

/** A leaf as it came, for a piece with known hashes of leaves. */
export interface ClaimedLeaf {
  readonly bytes: Uint8Array;
  readonly leafHashes: Uint8Array;
  readonly size: number;
  readonly piece: number;
  readonly leaf: number;
}

/** Hashes a file as its bytes come. It keeps one leaf of bytes, and 32 bytes for each piece. */
export class TreeHasher {
  readonly #sha256: Sha256;
  readonly #leaf = new Uint8Array(leafBytes);
  /** Bytes of the leaf that is not whole yet. */
  #leafFilled = 0;
  readonly #leafHashes = new Uint8Array(pieceLeaves * hashBytes);
  /** Leaves of the piece that is not whole yet. */
  #leaves = 0;
  #pieceHashes = new Uint8Array(64 * hashBytes);
  #pieces = 0;
  #size = 0;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  /** Takes the next bytes of the file, however many. */
  add(bytes: Uint8Array): void {
    this.#size += bytes.length;
    let offset = 0;
    while (offset < bytes.length) {
      const wanted = leafBytes - this.#leafFilled;
      const taken = bytes.subarray(offset, offset + wanted);
      offset += taken.length;
      if (taken.length === leafBytes) {
        this.#addLeaf(taken);
        continue;
      }
      this.#leaf.set(taken, this.#leafFilled);
      this.#leafFilled += taken.length;
      if (this.#leafFilled === leafBytes) this.#addLeaf(this.#leaf);
    }
  }

  /** Ends the file. Nothing is added afterwards. */
  finish(): { readonly root: Uint8Array; readonly size: number; readonly pieceHashes: Uint8Array } {
    if (this.#leafFilled > 0) this.#addLeaf(this.#leaf.subarray(0, this.#leafFilled));
    if (this.#leaves > 0) this.#addPiece(this.#pieces === 0 ? heightOf(this.#leaves) : pieceHeight);
    const pieceHashes = this.#pieceHashes.slice(0, this.#pieces * hashBytes);
    return { root: rootOfPieces(pieceHashes, this.#sha256), size: this.#size, pieceHashes };
  }

  #addLeaf(bytes: Uint8Array): void {
    this.#leafHashes.set(this.#sha256(bytes), this.#leaves * hashBytes);
    this.#leafFilled = 0;
    this.#leaves++;
    if (this.#leaves === pieceLeaves) this.#addPiece(pieceHeight);
  }

  #addPiece(height: number): void {
    const leafHashes = this.#leafHashes.subarray(0, this.#leaves * hashBytes);
    const place = this.#pieces * hashBytes;
    if (place === this.#pieceHashes.length) {
      const longer = new Uint8Array(2 * place);
      longer.set(this.#pieceHashes);
      this.#pieceHashes = longer;
    }
    this.#pieceHashes.set(rootOver(leafHashes, height, noHash, this.#sha256), place);
    this.#leaves = 0;
    this.#pieces++;
  }
}

/** Stands for a leaf behind the end of the file. */
const noHash = new Uint8Array(hashBytes);
const pieceHeight = heightOf(pieceLeaves);

/** Levels above so many nodes, when they are filled to a power of two. */
function heightOf(nodes: number): number {
  return nodes <= 1 ? 0 : 32 - Math.clz32(nodes - 1);
}

function partHeightOf(pieces: number): number {
  return Math.min(heightOf(pieces), heightOf(partPieces));
}

function partAt(pieces: number, index: number): HashPart {
  const from = index * partPieces;
  return { from, count: Math.min(pieces - from, partPieces) };
}

function isPart(size: number, { from, count }: HashPart): boolean {
  const pieces = pieceCountOf(size);
  if (!Number.isInteger(from) || from < 0 || from >= pieces || from % partPieces !== 0) return false;
  return count === partAt(pieces, from / partPieces).count;
}

/** The hash of a piece behind the end of the file. */
function emptyPieceHash(sha256: Sha256): Uint8Array {
  return rootOver(new Uint8Array(0), pieceHeight, noHash, sha256);
}

/** Returns the node so many levels above the nodes, which are filled with `pad`. */
function rootOver(nodes: Uint8Array, height: number, pad: Uint8Array, sha256: Sha256): Uint8Array {
  const isFull = nodes.length === hashBytes * 2 ** height;
  // A copy. The `slice` of a Buffer would be none, and the levels above are written over the nodes.
  let level = new Uint8Array(nodes);
  let levelPad = pad;
  for (let above = 0; above < height; above++) {
    level = parentsOf(level, levelPad, sha256);
    if (!isFull) levelPad = parentOf(levelPad, levelPad, sha256);
  }
  return level.length === 0 ? levelPad : level;
}

/** Returns the level above these nodes, in their own bytes. A node without a sibling has `pad` beside it. */
function parentsOf(nodes: Uint8Array<ArrayBuffer>, pad: Uint8Array, sha256: Sha256): Uint8Array<ArrayBuffer> {
  const pairBytes = 2 * hashBytes;
  const pairs = Math.floor(nodes.length / pairBytes);
  for (let pair = 0; pair < pairs; pair++)
    nodes.set(sha256(nodes.subarray(pair * pairBytes, (pair + 1) * pairBytes)), pair * hashBytes);
  const last = nodeAt(nodes, 2 * pairs);
  if (last === undefined) return nodes.subarray(0, pairs * hashBytes);
  nodes.set(parentOf(last, pad, sha256), pairs * hashBytes);
  return nodes.subarray(0, (pairs + 1) * hashBytes);
}

function parentOf(left: Uint8Array, right: Uint8Array, sha256: Sha256): Uint8Array {
  const pair = new Uint8Array(2 * hashBytes);
  pair.set(left);
  pair.set(right, hashBytes);
  return sha256(pair);
}

function nodeAt(nodes: Uint8Array, index: number): Uint8Array | undefined {
  const start = index * hashBytes;
  return start < nodes.length ? nodes.subarray(start, start + hashBytes) : undefined;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
