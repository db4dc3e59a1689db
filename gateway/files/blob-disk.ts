import { isLeafOf, leavesOfPiece, pieceBytes, pieceCountOf, type HashPart } from '../../shared/files/tree.ts';
import { sha256 } from '../crypto/sha256.ts';
import type { BlobId, FileDisk, FileDiskAnswer, FileSource } from '../turn/file-disk.ts';
import { BlobFile } from './blob-file.ts';
import { bytesOf, nameOf, type BlobFolder } from './blob-folder.ts';
import { writeFully, type ByteSource } from './byte-source.ts';
import { CallOrder } from './call-order.ts';
import { answered, FileFault } from './file-fault.ts';
import { bytesOfPiece, hashPiece, isPartOfLayer, isPiece, type HashedPiece } from './piece-layer.ts';
import type { PieceLayers } from './piece-layers.ts';

/** Opens what the user has offered by its path. Throws FileFault. */
export type OpenPath = (source: Extract<FileSource, { readonly type: 'path' }>) => Promise<ByteSource>;

export interface BlobDiskParts {
  readonly blobs: BlobFolder;
  readonly layers: PieceLayers;
  readonly openPath: OpenPath;
}

/** The port of the engine, with real files. */
export class BlobDisk implements FileDisk {
  readonly #blobs: BlobFolder;
  readonly #layers: PieceLayers;
  readonly #openPath: OpenPath;
  readonly #order = new CallOrder();
  readonly #layersInWork = new Map<string, Promise<void>>();

  constructor({ blobs, layers, openPath }: BlobDiskParts) {
    this.#blobs = blobs;
    this.#layers = layers;
    this.#openPath = openPath;
  }

  async begin(blob: BlobId): Promise<FileDiskAnswer<{ isNew: boolean }>> {
    return this.#alone(blob, async () => {
      if (await this.#blobs.isWhole(blob)) return { isNew: false };
      const isNew = !(await this.#blobs.isLoading(blob));
      if (isNew) await this.#blobs.space.take(nameOf(blob), bytesOf(blob));
      try {
        await this.#blobs.make(blob);
      } catch (error) {
        if (isNew) await this.#blobs.remove(blob).catch(() => undefined);
        throw error;
      }
      return { isNew };
    });
  }

  async writeHashes(blob: BlobId, part: HashPart, hashes: Uint8Array): Promise<FileDiskAnswer> {
    return this.#shared(blob, async () => {
      // A blob that is whole has its layer.
      if (!(await this.#blobs.isWhole(blob))) await this.#layers.write(blob, part, hashes);
      return {};
    });
  }

  async writePiece(
    blob: BlobId,
    piece: number,
    leafHashes: Uint8Array,
    leaves: readonly Uint8Array[],
  ): Promise<FileDiskAnswer> {
    return this.#shared(blob, async () => {
      const { size } = blob;
      const isRight =
        isPiece(size, piece) &&
        leaves.length === leavesOfPiece(size, piece) &&
        leaves.every((bytes, leaf) => isLeafOf({ bytes, leafHashes, size, piece, leaf }, sha256));
      if (!isRight) throw new FileFault('damaged');
      await this.#blobs.space.beforeWrite(nameOf(blob), bytesOfPiece(size, piece));
      await this.#write(blob, piece, leaves);
      return {};
    });
  }

  async sync(blob: BlobId): Promise<FileDiskAnswer> {
    return this.#shared(blob, async () => {
      // What is whole was synced before it got its name.
      if (await this.#blobs.isWhole(blob)) return {};
      for (const file of [this.#blobs.layerFile(blob), this.#blobs.partFile(blob)])
        await this.#blobs.use(file, async (handle) => handle.datasync());
      return {};
    });
  }

  async recheck(blob: BlobId, pieces: readonly number[]): Promise<FileDiskAnswer<{ pieces: number[] }>> {
    return this.#shared(blob, async () => {
      const isWhole = await this.#blobs.isWhole(blob);
      const file = isWhole ? this.#blobs.wholeFile(blob) : this.#blobs.partFile(blob);
      const source = new BlobFile(this.#blobs, file, blob.size);
      const right: number[] = [];
      for (const piece of pieces) {
        if (isPiece(blob.size, piece) && (await this.#isRight(blob, source, piece))) right.push(piece);
      }
      return { pieces: right };
    });
  }

  async finish(blob: BlobId): Promise<FileDiskAnswer> {
    return this.#alone(blob, async () => {
      const isLoading = await this.#blobs.isLoading(blob);
      if (!isLoading) {
        if (await this.#blobs.isWhole(blob)) return {};
        throw new FileFault('file-gone');
      }
      const part = this.#blobs.partFile(blob);
      const { size } = await this.#blobs.use(part, async (handle) => handle.stat());
      if (size !== blob.size) throw new FileFault('damaged');
      for (const file of [this.#blobs.layerFile(blob), part])
        await this.#blobs.use(file, async (handle) => handle.sync());
      await this.#blobs.putInPlace(part, this.#blobs.wholeFile(blob));
      this.#blobs.space.keep(nameOf(blob), bytesOf(blob), bytesOf(blob));
      return {};
    });
  }

  async remove(blob: BlobId): Promise<FileDiskAnswer> {
    return this.#alone(blob, async () => {
      this.#layers.forget(blob);
      await this.#blobs.remove(blob);
      return {};
    });
  }

  async readHashes(
    source: FileSource,
    part: HashPart,
  ): Promise<FileDiskAnswer<{ hashes: Uint8Array; proof: Uint8Array }>> {
    return this.#shared(source.blob, async () => {
      const { blob } = source;
      // An asker may have asked for anything.
      if (!isPartOfLayer(blob.size, part)) throw new FileFault('file-gone');
      const hashes = await this.#withLayer(source, async () => this.#layers.part(blob, part));
      // A layer that still comes proves nothing to others, and no peer is served from it.
      const proof = (await this.#layers.proof(blob, part)) ?? new Uint8Array(0);
      return { hashes, proof };
    });
  }

  async readPiece(
    source: FileSource,
    piece: number,
  ): Promise<FileDiskAnswer<{ leafHashes: Uint8Array; leaves: readonly Uint8Array[] }>> {
    return this.#shared(source.blob, async () => {
      const { blob } = source;
      if (!isPiece(blob.size, piece)) throw new FileFault('file-gone');
      const hash = await this.#withLayer(source, async () => this.#layers.hashOfPiece(blob, piece));
      const read = await readAndHash(await this.#open(source), piece);
      if (!isSame(read.hash, hash)) throw otherBytes(source);
      return { leafHashes: read.leafHashes, leaves: read.leaves };
    });
  }

  /** Reads a whole blob in its order, as fast as its reader takes it. What the disk has changed ends it with FileFault. */
  async readWhole(blob: BlobId): Promise<FileDiskAnswer<{ parts: AsyncIterable<Uint8Array> }>> {
    return answered(async () => {
      await this.#open({ type: 'blob', blob });
      return { parts: this.#piecesOf(blob) };
    });
  }

  async *#piecesOf(blob: BlobId): AsyncGenerator<Uint8Array> {
    for (let piece = 0; piece < pieceCountOf(blob.size); piece++) {
      const answer = await this.readPiece({ type: 'blob', blob }, piece);
      if (answer.type === 'failed') throw new FileFault(answer.code);
      yield* answer.leaves;
    }
  }

  async #shared<Found extends object>(
    blob: BlobId,
    run: () => Promise<Found>,
  ): Promise<FileDiskAnswer<Found>> {
    return answered(async () => this.#order.shared(nameOf(blob), run));
  }

  async #alone<Found extends object>(
    blob: BlobId,
    run: () => Promise<Found>,
  ): Promise<FileDiskAnswer<Found>> {
    return answered(async () => this.#order.alone(nameOf(blob), run));
  }

  async #write(blob: BlobId, piece: number, leaves: readonly Uint8Array[]): Promise<void> {
    try {
      await this.#blobs.use(this.#blobs.partFile(blob), async (handle) =>
        writeFully(handle, leaves, piece * pieceBytes),
      );
    } catch (error) {
      // Another offer of the same bytes has ended: they are here.
      if (!(await this.#blobs.isWhole(blob))) throw error;
    }
  }

  async #isRight(blob: BlobId, source: ByteSource, piece: number): Promise<boolean> {
    try {
      const hash = await this.#layers.hashOfPiece(blob, piece);
      return isSame((await readAndHash(source, piece)).hash, hash);
    } catch (error) {
      // Nothing is there, or less than a piece.
      if (error instanceof FileFault) return false;
      throw error;
    }
  }

  /** Runs `read`, and once more if the layer was missing and could be made. */
  async #withLayer<Result>(source: FileSource, read: () => Promise<Result>): Promise<Result> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof FileFault) || error.code !== 'file-gone') throw error;
      await this.#makeLayer(source);
      return read();
    }
  }

  /** A blob that came out of a backup has no layer. Nor has a file of the user, after its layer was removed with another offer. */
  async #makeLayer(source: FileSource): Promise<void> {
    const name = nameOf(source.blob);
    const work = this.#layersInWork.get(name) ?? this.#hashAgain(source);
    this.#layersInWork.set(name, work);
    try {
      await work;
    } finally {
      this.#layersInWork.delete(name);
    }
  }

  async #hashAgain(source: FileSource): Promise<void> {
    const layer = await this.#layers.hash(await this.#open(source));
    if (isSame(layer.root, source.blob.root)) return this.#layers.keep(source.blob, layer);
    await this.#layers.drop(layer);
    throw otherBytes(source);
  }

  async #open(source: FileSource): Promise<ByteSource> {
    if (source.type === 'path') return this.#openPath(source);
    if (!(await this.#blobs.isWhole(source.blob))) throw new FileFault('file-gone');
    return new BlobFile(this.#blobs, this.#blobs.wholeFile(source.blob), source.blob.size);
  }
}

function otherBytes({ type }: FileSource): FileFault {
  return new FileFault(type === 'path' ? 'file-changed' : 'damaged');
}

/** Throws FileFault. */
async function readAndHash(source: ByteSource, piece: number): Promise<HashedPiece> {
  const bytes = await source.read(piece * pieceBytes, bytesOfPiece(source.size, piece));
  return hashPiece(bytes, source.size, piece);
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((byte, index) => byte === other[index]);
}
