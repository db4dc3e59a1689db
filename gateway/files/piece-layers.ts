import fs from 'node:fs/promises';
import {
  hashBytes,
  hashPartsOf,
  pieceCountOf,
  proofOfRoots,
  type HashPart,
} from '../../shared/files/tree.ts';
import { fileLayersKeptMax, fileLayerPartsKeptMax } from '../../shared/limits.ts';
import { sha256 } from '../crypto/sha256.ts';
import type { BlobId } from '../turn/file-disk.ts';
import { layerBytesOf, nameOf, toMake, type BlobFolder } from './blob-folder.ts';
import { writeFully, type ByteSource } from './byte-source.ts';
import { FileFault } from './file-fault.ts';
import {
  hashSource,
  LayerWriter,
  partOfPiece,
  readPart,
  readPartRoots,
  type HashingOptions,
} from './piece-layer.ts';
import { RecentlyUsed } from './recently-used.ts';

/** A piece layer without its root yet, under the name of an upload. */
export interface NewLayer {
  readonly root: Uint8Array;
  readonly file: string;
}

/** The piece layers in `blobs/`. The parts and proofs that were used last stay in memory. */
export class PieceLayers {
  readonly #blobs: BlobFolder;
  readonly #parts = new RecentlyUsed<Uint8Array>(fileLayerPartsKeptMax);
  readonly #partRoots = new RecentlyUsed<Uint8Array>(fileLayersKeptMax);

  constructor(blobs: BlobFolder) {
    this.#blobs = blobs;
  }

  /** Returns a part of the layer. Throws FileFault: `file-gone` where it was not written. */
  async part(blob: BlobId, part: HashPart): Promise<Uint8Array> {
    const key = keyOf(blob, part.from);
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const hashes = await this.#blobs.use(this.#blobs.layerFile(blob), async (handle) =>
      readPart(handle, part),
    );
    if (hashes === undefined) throw new FileFault('file-gone');
    this.#parts.set(key, hashes);
    return hashes;
  }

  /** Returns what proves a part against the root. Undefined while parts of the layer are missing. */
  async proof(blob: BlobId, part: HashPart): Promise<Uint8Array | undefined> {
    const key = nameOf(blob);
    const roots =
      this.#partRoots.get(key) ??
      (await this.#blobs.use(this.#blobs.layerFile(blob), async (handle) =>
        readPartRoots(handle, blob.size),
      ));
    if (roots === undefined) return undefined;
    this.#partRoots.set(key, roots);
    return proofOfRoots(roots, pieceCountOf(blob.size), part, sha256);
  }

  async hashOfPiece(blob: BlobId, piece: number): Promise<Uint8Array> {
    const part = partOfPiece(blob.size, piece);
    const start = (piece - part.from) * hashBytes;
    return (await this.part(blob, part)).subarray(start, start + hashBytes);
  }

  async write(blob: BlobId, part: HashPart, hashes: Uint8Array): Promise<void> {
    await this.#blobs.use(this.#blobs.layerFile(blob), async (handle) =>
      writeFully(handle, [hashes], part.from * hashBytes),
    );
    this.#parts.delete(keyOf(blob, part.from));
  }

  /** Hashes a source. The layer stays under the name of an upload until `keep` or `drop`. */
  async hash(source: ByteSource, options: HashingOptions = {}): Promise<NewLayer> {
    const { layer: file } = this.#blobs.uploadFiles();
    await this.#blobs.space.take(file, layerBytesOf(source.size));
    try {
      const handle = await fs.open(file, toMake, 0o600);
      try {
        const root = await hashSource(source, new LayerWriter(handle, source.size), options);
        await handle.datasync();
        return { root, file };
      } finally {
        await handle.close();
      }
    } catch (error) {
      await this.drop({ file });
      throw error;
    }
  }

  /** Gives the layer the name of its file. The bytes are elsewhere, or there already. */
  async keep(blob: BlobId, { file }: NewLayer): Promise<void> {
    await this.#blobs.putInPlace(file, this.#blobs.layerFile(blob));
    const bytes = layerBytesOf(blob.size);
    const { space } = this.#blobs;
    space.release(file);
    if (!space.has(nameOf(blob))) space.keep(nameOf(blob), bytes, bytes);
    this.forget(blob);
  }

  async drop({ file }: Pick<NewLayer, 'file'>): Promise<void> {
    await this.#blobs.removeFile(file);
    this.#blobs.space.release(file);
  }

  forget(blob: BlobId): void {
    this.#partRoots.delete(nameOf(blob));
    for (const { from } of hashPartsOf(blob.size)) this.#parts.delete(keyOf(blob, from));
  }
}

function keyOf(blob: BlobId, from: number): string {
  return `${nameOf(blob)}/${from}`;
}
