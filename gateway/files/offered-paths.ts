import fs from 'node:fs/promises';
import path from 'node:path';
import type { PackedRefusalCode } from '../../shared/files/refusals.ts';
import { isFileSize } from '../../shared/files/tree.ts';
import { packedFoldersOpenMax } from '../../shared/limits.ts';
import type { FileDiskFailure, FileSource } from '../turn/file-disk.ts';
import { nameOf, type BlobFolder } from './blob-folder.ts';
import type { ByteSource } from './byte-source.ts';
import { FileFault, sourceFault } from './file-fault.ts';
import { openFolder } from './packing/folder-source.ts';
import type { LeftOut } from './packing/walk-folder.ts';
import { isSameFile, lookAt, PathFile, type Found } from './path-file.ts';
import type { HashingOptions } from './piece-layer.ts';
import type { PieceLayers } from './piece-layers.ts';
import { RecentlyUsed } from './recently-used.ts';

type PathSource = Extract<FileSource, { readonly type: 'path' }>;

/** `not-a-file`: a pipe, a device or a socket, or too large for a file. */
export type OfferFailure = FileDiskFailure | PackedRefusalCode | 'not-a-file';

export type OfferAnswer =
  | {
      readonly type: 'done';
      readonly source: PathSource;
      /** The last name of the path that the user typed. */
      readonly name: string;
      /** Whether it is a folder, which travels as a packed stream. */
      readonly packed: boolean;
      /** What in the folder does not travel. */
      readonly leftOut: LeftOut;
    }
  | { readonly type: 'failed'; readonly code: OfferFailure };

/**
 * Files and folders of the user that are offered by their path. They are not copied: only their piece layer stands in `blobs/`. A link
 * that the user names is followed once, and what it leads to is offered. Later no link is followed, and no link in a folder is.
 */
export class OfferedPaths {
  readonly #blobs: BlobFolder;
  readonly #layers: PieceLayers;
  readonly #folders = new RecentlyUsed<ByteSource>(packedFoldersOpenMax);

  constructor(blobs: BlobFolder, layers: PieceLayers) {
    this.#blobs = blobs;
    this.#layers = layers;
  }

  /** Hashes what stands at the path. A signal that aborts makes it throw the signal's reason. */
  async offer(named: string, options: HashingOptions = {}): Promise<OfferAnswer> {
    try {
      const found = await lookAt(await realPath(named));
      const opened = await this.#open(found);
      if (opened.type === 'failed') return opened;
      const source = await this.#hash(opened, options);
      const name = path.basename(path.resolve(named));
      return { type: 'done', source, name, packed: found.type === 'folder', leftOut: opened.leftOut };
    } catch (error) {
      options.signal?.throwIfAborted();
      return { type: 'failed', code: sourceFault(error).code };
    }
  }

  /** Opens what was offered, as long as it can be what it was. Throws FileFault. */
  async open({ path: place, blob, mtimeMs, inode }: PathSource): Promise<ByteSource> {
    const key = keyOf(place, blob);
    const folder = this.#folders.get(key);
    if (folder !== undefined) return folder;
    const found = await lookAt(place);
    if (found.type !== 'folder')
      return new PathFile(this.#blobs.files, { path: place, size: blob.size, mtimeMs, inode });
    // After a start, it is the same stream only if the same files are there. Each piece is verified.
    const opened = await this.#open(found);
    if (opened.type === 'failed' || opened.bytes.size !== blob.size) throw new FileFault('file-changed');
    this.#folders.set(key, opened.bytes);
    return opened.bytes;
  }

  async #open(found: Found): Promise<Opened | { readonly type: 'failed'; readonly code: OfferFailure }> {
    if (found.type === 'other') return { type: 'failed', code: 'not-a-file' };
    if (found.type === 'folder') {
      const folder = await openFolder(this.#blobs.files, found.path);
      if (folder.type === 'refused') return { type: 'failed', code: folder.code };
      return { type: 'opened', found, bytes: folder.source, leftOut: folder.leftOut };
    }
    if (!isFileSize(found.file.size)) return { type: 'failed', code: 'not-a-file' };
    const bytes = new PathFile(this.#blobs.files, found.file);
    return { type: 'opened', found, bytes, leftOut: { count: 0, first: [] } };
  }

  async #hash({ found, bytes }: Opened, options: HashingOptions): Promise<PathSource> {
    const layer = await this.#layers.hash(bytes, options);
    const blob = { root: layer.root, size: bytes.size };
    if (found.type === 'file') {
      const after = await lookAt(found.file.path);
      if (after.type !== 'file' || !isSameFile(after.file, found.file)) {
        await this.#layers.drop(layer);
        throw new FileFault('file-changed');
      }
    }
    await this.#layers.keep(blob, layer);
    const { path: place, mtimeMs, inode } = found.type === 'file' ? found.file : found;
    if (found.type === 'folder') this.#folders.set(keyOf(place, blob), bytes);
    return { type: 'path', path: place, blob, mtimeMs, inode };
  }
}

interface Opened {
  readonly type: 'opened';
  readonly found: Exclude<Found, { readonly type: 'other' }>;
  readonly bytes: ByteSource;
  readonly leftOut: LeftOut;
}

function keyOf(place: string, blob: PathSource['blob']): string {
  return `${nameOf(blob)} ${place}`;
}

async function realPath(named: string): Promise<string> {
  try {
    return await fs.realpath(named);
  } catch (error) {
    throw sourceFault(error);
  }
}
