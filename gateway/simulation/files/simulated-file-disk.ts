import {
  hashBytes,
  hashPartsOf,
  isLeafOf,
  leafBytes,
  partPieces,
  pieceBytes,
  pieceCountOf,
  pieceHashOf,
  proofOf,
  TreeHasher,
  type HashPart,
} from '../../../shared/files/tree.ts';
import { toHex } from '../../../shared/ids.ts';
import { sha256 } from '../../crypto/sha256.ts';
import type { SeededRandom } from '../../net/seeded-random.ts';
import type { BlobId, FileDisk, FileDiskAnswer, FileDiskFailure, FileSource } from '../../turn/file-disk.ts';

interface SimulatedBlob {
  readonly size: number;
  readonly layer: Map<number, Uint8Array>;
  readonly pieces: Map<number, Uint8Array>;
  /** What a power cut may take. */
  readonly unsyncedPieces: Set<number>;
  readonly unsyncedParts: Set<number>;
  isWhole: boolean;
}

interface SimulatedPath {
  bytes: Uint8Array;
  readonly pieceHashes: Uint8Array;
}

const done = { type: 'done' } as const;

/** A disk for files in memory. It outlives the process, refuses what a test wants, and loses in a power cut what was not synced. */
export class SimulatedFileDisk implements FileDisk {
  /** Decides about each call that writes. Undefined lets it pass. */
  refuses: (call: string) => FileDiskFailure | undefined = () => undefined;
  /** Whether what is read is given with other bytes. */
  lies: () => boolean = () => false;
  /** Sees each piece that is written. */
  onPiece: (blob: BlobId, piece: number) => void = () => undefined;
  readonly #blobs = new Map<string, SimulatedBlob>();
  readonly #paths = new Map<string, SimulatedPath>();

  begin(blob: BlobId): FileDiskAnswer<{ readonly isNew: boolean }> {
    const refusal = this.refuses('begin');
    if (refusal !== undefined) return failed(refusal);
    const isNew = !this.#blobs.has(nameOf(blob));
    if (isNew) this.#blobs.set(nameOf(blob), emptyBlob(blob.size));
    return { type: 'done', isNew };
  }

  writeHashes(blob: BlobId, part: HashPart, hashes: Uint8Array): FileDiskAnswer {
    return this.#write('writeHashes', blob, (found) => {
      found.layer.set(part.from / partPieces, hashes.slice());
      found.unsyncedParts.add(part.from / partPieces);
      return done;
    });
  }

  writePiece(
    blob: BlobId,
    piece: number,
    leafHashes: Uint8Array,
    leaves: readonly Uint8Array[],
  ): FileDiskAnswer {
    const { size } = blob;
    const areRight = leaves.every((bytes, leaf) =>
      isLeafOf({ bytes, leafHashes, size, piece, leaf }, sha256),
    );
    if (!areRight) return failed('damaged');
    return this.#write('writePiece', blob, (found) => {
      if (found.isWhole) return done;
      found.pieces.set(piece, joined(leaves));
      found.unsyncedPieces.add(piece);
      this.onPiece(blob, piece);
      return done;
    });
  }

  sync(blob: BlobId): FileDiskAnswer {
    return this.#write('sync', blob, (found) => {
      found.unsyncedPieces.clear();
      found.unsyncedParts.clear();
      return done;
    });
  }

  recheck(blob: BlobId, pieces: readonly number[]): FileDiskAnswer<{ readonly pieces: readonly number[] }> {
    const found = this.#blobs.get(nameOf(blob));
    if (found === undefined) return failed('file-gone');
    return { type: 'done', pieces: pieces.filter((piece) => isRight(found, piece)) };
  }

  finish(blob: BlobId): FileDiskAnswer {
    return this.#write('finish', blob, (found) => {
      if (found.pieces.size !== pieceCountOf(found.size)) return failed('file-gone');
      found.isWhole = true;
      return done;
    });
  }

  remove(blob: BlobId): FileDiskAnswer {
    this.#blobs.delete(nameOf(blob));
    return done;
  }

  readHashes(
    source: FileSource,
    part: HashPart,
  ): FileDiskAnswer<{ readonly hashes: Uint8Array; readonly proof: Uint8Array }> {
    const pieceHashes = this.#layerOf(source);
    if (pieceHashes !== undefined) {
      const hashes = pieceHashes.slice(part.from * hashBytes, (part.from + part.count) * hashBytes);
      if (this.lies()) hashes.fill(0, 0, 1);
      return { type: 'done', hashes, proof: proofOf(pieceHashes, part, sha256) };
    }
    const hashes = this.#blobs.get(nameOf(source.blob))?.layer.get(part.from / partPieces);
    return hashes === undefined ? failed('file-gone') : { type: 'done', hashes, proof: new Uint8Array(0) };
  }

  readPiece(
    source: FileSource,
    piece: number,
  ): FileDiskAnswer<{ readonly leafHashes: Uint8Array; readonly leaves: readonly Uint8Array[] }> {
    const refusal = this.refuses('readPiece');
    if (refusal !== undefined) return failed(refusal);
    const bytes = this.#pieceOf(source, piece);
    const pieceHashes = this.#layerOf(source);
    if (bytes === undefined || pieceHashes === undefined) return failed('file-gone');
    const leaves = leavesOf(bytes);
    const leafHashes = joined(leaves.map(sha256));
    const wanted = pieceHashes.subarray(piece * hashBytes, (piece + 1) * hashBytes);
    if (toHex(pieceHashOf(leafHashes, source.blob.size, piece, sha256)) !== toHex(wanted))
      return failed(source.type === 'path' ? 'file-changed' : 'damaged');
    if (this.lies()) leaves[0]?.fill(7, 0, 3);
    return {
      type: 'done',
      leafHashes: this.lies() ? leafHashes.map((byte) => byte ^ 1) : leafHashes,
      leaves,
    };
  }

  /** Puts a whole file on the disk, as an upload does. */
  addBlob(bytes: Uint8Array): FileSource {
    const { blob, pieceHashes } = treeOf(bytes);
    const made = { ...emptyBlob(blob.size), isWhole: true };
    for (let piece = 0; piece < pieceCountOf(blob.size); piece++)
      made.pieces.set(piece, bytes.slice(piece * pieceBytes, (piece + 1) * pieceBytes));
    hashPartsOf(blob.size).forEach(({ from, count }, index) =>
      made.layer.set(index, pieceHashes.slice(from * hashBytes, (from + count) * hashBytes)),
    );
    this.#blobs.set(nameOf(blob), made);
    return { type: 'blob', blob };
  }

  /** A file of the user that is not copied. */
  addPath(path: string, bytes: Uint8Array): FileSource {
    const { blob, pieceHashes } = treeOf(bytes);
    this.#paths.set(path, { bytes, pieceHashes });
    return { type: 'path', path, blob, mtimeMs: 0, inode: '1' };
  }

  /** The user changes the file at this path. */
  changePath(path: string, bytes: Uint8Array): void {
    const found = this.#paths.get(path);
    if (found !== undefined) found.bytes = bytes;
  }

  /** The bytes of a whole blob; undefined where it is not whole. */
  bytesOf(blob: BlobId): Uint8Array | undefined {
    const found = this.#blobs.get(nameOf(blob));
    if (found?.isWhole !== true) return undefined;
    return joined(
      Array.from({ length: pieceCountOf(blob.size) }, (_, piece) => found.pieces.get(piece) ?? noBytes),
    );
  }

  has(blob: BlobId): boolean {
    return this.#blobs.has(nameOf(blob));
  }

  /** Power is cut: of what was not synced, some is there, some is not, and some is torn. */
  cutPower(chance: SeededRandom): void {
    for (const blob of this.#blobs.values()) {
      for (const piece of blob.unsyncedPieces) {
        const fate = chance.below(3);
        if (fate === 0) blob.pieces.delete(piece);
        if (fate === 1) blob.pieces.get(piece)?.fill(0, 100);
      }
      for (const part of blob.unsyncedParts) if (chance.below(2) === 0) blob.layer.delete(part);
      blob.unsyncedPieces.clear();
      blob.unsyncedParts.clear();
    }
  }

  #write(call: string, blob: BlobId, write: (found: SimulatedBlob) => FileDiskAnswer): FileDiskAnswer {
    const refusal = this.refuses(call);
    if (refusal !== undefined) return failed(refusal);
    const found = this.#blobs.get(nameOf(blob));
    return found === undefined ? failed('file-gone') : write(found);
  }

  #layerOf(source: FileSource): Uint8Array | undefined {
    if (source.type === 'path') return this.#paths.get(source.path)?.pieceHashes;
    const found = this.#blobs.get(nameOf(source.blob));
    if (found === undefined) return undefined;
    const parts = hashPartsOf(found.size).map((_, index) => found.layer.get(index));
    const known = parts.filter((part) => part !== undefined);
    return known.length === parts.length ? joined(known) : undefined;
  }

  #pieceOf(source: FileSource, piece: number): Uint8Array | undefined {
    if (source.type === 'blob') return this.#blobs.get(nameOf(source.blob))?.pieces.get(piece);
    return this.#paths.get(source.path)?.bytes.subarray(piece * pieceBytes, (piece + 1) * pieceBytes);
  }
}

const noBytes = new Uint8Array(0);

function failed(code: FileDiskFailure): { readonly type: 'failed'; readonly code: FileDiskFailure } {
  return { type: 'failed', code };
}

function nameOf({ root, size }: BlobId): string {
  return `${toHex(root)} ${size}`;
}

function emptyBlob(size: number): SimulatedBlob {
  return {
    size,
    layer: new Map(),
    pieces: new Map(),
    unsyncedPieces: new Set(),
    unsyncedParts: new Set(),
    isWhole: false,
  };
}

function treeOf(bytes: Uint8Array): { readonly blob: BlobId; readonly pieceHashes: Uint8Array } {
  const hasher = new TreeHasher(sha256);
  hasher.add(bytes);
  const { root, size, pieceHashes } = hasher.finish();
  return { blob: { root, size }, pieceHashes };
}

function isRight({ size, layer, pieces }: SimulatedBlob, piece: number): boolean {
  const bytes = pieces.get(piece);
  const part = layer.get(Math.floor(piece / partPieces));
  const isLast = piece === pieceCountOf(size) - 1;
  if (bytes === undefined || part === undefined) return false;
  if (bytes.length !== (isLast ? size - piece * pieceBytes : pieceBytes)) return false;
  const place = (piece % partPieces) * hashBytes;
  const hash = pieceHashOf(joined(leavesOf(bytes).map(sha256)), size, piece, sha256);
  return toHex(hash) === toHex(part.subarray(place, place + hashBytes));
}

function leavesOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / leafBytes) }, (_, leaf) =>
    bytes.slice(leaf * leafBytes, (leaf + 1) * leafBytes),
  );
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
