import fs from 'node:fs/promises';
import path from 'node:path';
import { isFileSize } from '../../shared/files/tree.ts';
import type { FileDiskFailure, FileSource } from '../turn/file-disk.ts';
import type { BlobFolder } from './blob-folder.ts';
import type { ByteSource } from './byte-source.ts';
import { FileFault, sourceFault } from './file-fault.ts';
import { isSameFile, lookAt, PathFile, type KnownFile } from './path-file.ts';
import type { HashingOptions } from './piece-layer.ts';
import type { PieceLayers } from './piece-layers.ts';

type PathSource = Extract<FileSource, { readonly type: 'path' }>;

/** `not-a-file`: a pipe, a device or a socket, or too large for a file. */
export type OfferFailure = FileDiskFailure | 'not-a-file';

export type OfferAnswer =
  | { readonly type: 'done'; readonly source: PathSource; readonly name: string }
  | { readonly type: 'failed'; readonly code: OfferFailure };

/**
 * Files of the user that are offered by their path. They are not copied: only their piece layer stands in `blobs/`. A link that the user
 * names is followed once, and what it leads to is offered. Later no link is followed.
 */
export class OfferedPaths {
  readonly #blobs: BlobFolder;
  readonly #layers: PieceLayers;

  constructor(blobs: BlobFolder, layers: PieceLayers) {
    this.#blobs = blobs;
    this.#layers = layers;
  }

  /** Hashes what stands at the path. A signal that aborts makes it throw the signal's reason. */
  async offer(named: string, options: HashingOptions = {}): Promise<OfferAnswer> {
    try {
      const found = await lookAt(await realPath(named));
      if (found.type !== 'file' || !isFileSize(found.file.size))
        return { type: 'failed', code: 'not-a-file' };
      const source = await this.#hash(found.file, options);
      return { type: 'done', source, name: path.basename(path.resolve(named)) };
    } catch (error) {
      options.signal?.throwIfAborted();
      return { type: 'failed', code: sourceFault(error).code };
    }
  }

  /** Opens what was offered, as long as it is what it was. Throws FileFault. */
  open = async ({ path: place, blob, mtimeMs, inode }: PathSource): Promise<ByteSource> =>
    Promise.resolve(new PathFile(this.#blobs.files, { path: place, size: blob.size, mtimeMs, inode }));

  async #hash(file: KnownFile, options: HashingOptions): Promise<PathSource> {
    const layer = await this.#layers.hash(new PathFile(this.#blobs.files, file), options);
    const after = await lookAt(file.path);
    if (after.type !== 'file' || !isSameFile(after.file, file)) {
      await this.#layers.drop(layer);
      throw new FileFault('file-changed');
    }
    const blob = { root: layer.root, size: file.size };
    await this.#layers.keep(blob, layer);
    return { type: 'path', path: file.path, blob, mtimeMs: file.mtimeMs, inode: file.inode };
  }
}

async function realPath(named: string): Promise<string> {
  try {
    return await fs.realpath(named);
  } catch (error) {
    throw sourceFault(error);
  }
}
