import { constants } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { hashBytes, isFileSize, pieceCountOf } from '../../shared/files/tree.ts';
import { blobFilesOpenMax } from '../../shared/limits.ts';
import type { BlobId } from '../turn/file-disk.ts';
import { BlobSpace } from './blob-space.ts';
import { FileFault, ownFault, systemCodeOf } from './file-fault.ts';
import { OpenFiles } from './open-files.ts';

/** Links are never followed, and a pipe in the place of a file stops nothing. Windows has neither flag: there they are undefined. */
const careful = constants.O_NOFOLLOW | constants.O_NONBLOCK;
export const toRead = constants.O_RDONLY | careful;
const toChange = constants.O_RDWR | careful;
export const toMake = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | careful;

export interface BlobFolderOptions {
  /** The folder `blobs` in the data folder of a client. */
  readonly folder: string;
  /** The most bytes that all blobs may have. */
  readonly quotaBytes: () => number;
}

/** A blob, and how far it has come. */
export interface StoredBlob {
  readonly blob: BlobId;
  /** `layer`: only its piece layer is here, because the file itself is the user's. */
  readonly state: 'whole' | 'loading' | 'layer';
}

/**
 * The folder of blobs. A blob is named by root and size. Its files, for their owner only:
 *
 *     <root>-<size>           its bytes, once they are whole
 *     <root>-<size>.part      its bytes while they come, in any order
 *     <root>-<size>.hashes    its piece layer; also of an offered file of the user
 *     upload-<number>...      bytes and layer without a root yet. The next start removes them
 */
export class BlobFolder {
  readonly folder: string;
  readonly space: BlobSpace;
  readonly files = new OpenFiles(blobFilesOpenMax);
  #uploads = 0;

  private constructor(options: BlobFolderOptions) {
    this.folder = options.folder;
    this.space = new BlobSpace(options);
  }

  /** Makes the folder where it is missing, and takes what is in it. Throws FileFault. */
  static async open(options: BlobFolderOptions): Promise<BlobFolder> {
    const folder = new BlobFolder(options);
    try {
      await makeOwnFolder(options.folder);
      await folder.#takeStored();
    } catch (error) {
      throw ownFault(error);
    }
    return folder;
  }

  /** What is here, in no order. Throws FileFault. */
  async list(): Promise<StoredBlob[]> {
    const names = new Set(await fs.readdir(this.folder).catch(throwOwnFault));
    const found = new Map<string, StoredBlob>();
    for (const name of names) {
      const blob = blobOf(name);
      if (blob === undefined) continue;
      const base = nameOf(blob);
      const partial = names.has(`${base}.part`) ? 'loading' : 'layer';
      found.set(base, { blob, state: names.has(base) ? 'whole' : partial });
    }
    return [...found.values()];
  }

  wholeFile(blob: BlobId): string {
    return path.join(this.folder, nameOf(blob));
  }

  partFile(blob: BlobId): string {
    return `${this.wholeFile(blob)}.part`;
  }

  layerFile(blob: BlobId): string {
    return `${this.wholeFile(blob)}.hashes`;
  }

  async isWhole(blob: BlobId): Promise<boolean> {
    return (await sizeOfFile(this.wholeFile(blob))) === blob.size;
  }

  async isLoading(blob: BlobId): Promise<boolean> {
    return (await sizeOfFile(this.partFile(blob))) !== undefined;
  }

  /** Makes those files of a blob that are missing while it comes. The caller has taken room for it. */
  async make(blob: BlobId): Promise<void> {
    for (const file of [this.layerFile(blob), this.partFile(blob)]) {
      if ((await sizeOfFile(file)) === undefined) await makeEmpty(file);
    }
    // The bitmap of a blob may not survive a power cut without its file.
    await syncFolder(this.folder);
  }

  /** Returns two names for bytes and layer that have no root yet. */
  uploadFiles(): { readonly bytes: string; readonly layer: string } {
    const base = path.join(this.folder, `upload-${++this.#uploads}`);
    return { bytes: base, layer: `${base}.hashes` };
  }

  /** Removes the files of a blob, and gives its room back. */
  async remove(blob: BlobId): Promise<void> {
    for (const file of [this.partFile(blob), this.wholeFile(blob), this.layerFile(blob)])
      await this.removeFile(file);
    this.space.release(nameOf(blob));
    await syncFolder(this.folder);
  }

  /** Gives a file of the folder another name there, also where a file has it. Neither of them is open afterwards. */
  async putInPlace(file: string, place: string): Promise<void> {
    await this.files.close(file);
    await this.files.close(place);
    await fs.rename(file, place);
    await syncFolder(this.folder);
  }

  async removeFile(file: string): Promise<void> {
    await this.files.close(file);
    await fs.rm(file, { force: true });
  }

  /** Gives `run` a file of the folder, to read and to write. */
  async use<Result>(path: string, run: (handle: FileHandle) => Promise<Result>): Promise<Result> {
    try {
      return await this.files.use({ path, flags: toChange }, run);
    } catch (error) {
      throw ownFault(error);
    }
  }

  async close(): Promise<void> {
    await this.files.closeAll();
  }

  async #takeStored(): Promise<void> {
    for (const name of await fs.readdir(this.folder)) {
      if (name.startsWith('upload-')) await fs.rm(path.join(this.folder, name), { force: true });
    }
    for (const { blob, state } of await this.list()) {
      const key = nameOf(blob);
      if (state === 'layer') this.space.keep(key, layerBytesOf(blob.size), layerBytesOf(blob.size));
      else {
        const bytes = bytesOf(blob);
        this.space.keep(key, bytes, state === 'whole' ? bytes : await bytesOnDisk(this.partFile(blob)));
      }
    }
  }
}

/** The name of a blob in the folder. */
export function nameOf({ root, size }: BlobId): string {
  return `${Buffer.from(root).toString('hex')}-${size}`;
}

/** Returns the blob to which a file of the folder belongs. Undefined for any other file. */
export function blobOf(name: string): BlobId | undefined {
  const [, root, digits] = /^([0-9a-f]{64})-(0|[1-9]\d{0,12})(?:\.part|\.hashes)?$/u.exec(name) ?? [];
  const size = Number(digits);
  if (root === undefined || !isFileSize(size)) return undefined;
  return { root: new Uint8Array(Buffer.from(root, 'hex')), size };
}

/** The room that a blob needs, with its piece layer. */
export function bytesOf({ size }: BlobId): number {
  return size + layerBytesOf(size);
}

export function layerBytesOf(size: number): number {
  return pieceCountOf(size) * hashBytes;
}

/** What was made, renamed or removed in this folder survives a power cut. Windows cannot sync folders. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Another account, or a link to elsewhere, may not stand in the place of the folder. */
async function makeOwnFolder(folder: string): Promise<void> {
  try {
    await fs.mkdir(folder, { mode: 0o700 });
    await syncFolder(path.dirname(folder));
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
  }
  const stats = await fs.lstat(folder);
  const ownUid = process.geteuid?.();
  if (!stats.isDirectory() || (ownUid !== undefined && stats.uid !== ownUid))
    throw new FileFault('disk-refused');
  await fs.chmod(folder, 0o700);
}

async function makeEmpty(file: string): Promise<void> {
  await (await fs.open(file, toMake, 0o600)).close();
}

/** Undefined where there is no such file. What else stands in its place is in the way. */
async function sizeOfFile(file: string): Promise<number | undefined> {
  try {
    const stats = await fs.lstat(file);
    if (stats.isFile()) return stats.size;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  throw new FileFault('disk-refused');
}

/** Pieces come in any order, so the file has holes. */
async function bytesOnDisk(file: string): Promise<number> {
  return (await fs.lstat(file)).blocks * 512;
}

function throwOwnFault(error: unknown): never {
  throw ownFault(error);
}
