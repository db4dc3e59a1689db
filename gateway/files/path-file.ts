import type { BigIntStats } from 'node:fs';
import fs from 'node:fs/promises';
import { FileFault, sourceFault } from './file-fault.ts';
import { toRead } from './blob-folder.ts';
import { readFully, type ByteSource } from './byte-source.ts';
import type { OpenFiles } from './open-files.ts';
import { readSmallFile } from './small-files.ts';

/** A regular file of the user as it was when it was offered. */
export interface KnownFile {
  readonly path: string;
  readonly size: number;
  /** Milliseconds since 1970, with the fraction that the system knows. */
  readonly mtimeMs: number;
  /** Inodes of some systems have 64 bits. */
  readonly inode: string;
}

/** What stands at a path. A link is not followed. */
export type Found =
  | { readonly type: 'file'; readonly file: KnownFile }
  | { readonly type: 'folder'; readonly path: string; readonly mtimeMs: number; readonly inode: string }
  /** A link, a pipe, a device or a socket. */
  | { readonly type: 'other' };

/** Throws FileFault. */
export async function lookAt(path: string): Promise<Found> {
  try {
    const stats = await fs.lstat(path, { bigint: true });
    const file = knownFile(path, stats);
    if (stats.isFile()) return { type: 'file', file };
    return stats.isDirectory() ? { ...file, type: 'folder' } : { type: 'other' };
  } catch (error) {
    throw sourceFault(error);
  }
}

function knownFile(path: string, { size, mtimeNs, ino }: BigIntStats): KnownFile {
  return { path, size: Number(size), mtimeMs: Number(mtimeNs) / 1e6, inode: String(ino) };
}

/** Reads a file of the user as long as it is the one that was offered. Throws FileFault: `file-changed`, `file-gone`. */
export async function readKnown(
  files: OpenFiles,
  known: KnownFile,
  position: number,
  bytes: Uint8Array,
): Promise<void> {
  const found = await lookAt(known.path);
  const key = `${known.inode} ${known.mtimeMs} ${known.path}`;
  if (found.type !== 'file' || !isSameFile(found.file, known)) {
    await files.close(key);
    throw new FileFault('file-changed');
  }
  let isWhole;
  try {
    isWhole = await files.use({ path: known.path, flags: toRead, key }, async (handle) =>
      readFully(handle, bytes, position),
    );
  } catch (error) {
    throw sourceFault(error);
  }
  // It has become shorter since the look at it.
  if (!isWhole) throw new FileFault('file-changed');
}

/** Reads all bytes of such a file, and leaves it closed. Throws FileFault: `file-changed`, `file-gone`. */
export async function readAllOfKnown(known: KnownFile, bytes: Uint8Array): Promise<void> {
  let isRead;
  try {
    isRead = await readSmallFile(
      known.path,
      toRead,
      bytes,
      (stats) => stats.isFile() && isSameFile(knownFile(known.path, stats), known),
    );
  } catch (error) {
    throw sourceFault(error);
  }
  if (!isRead) throw new FileFault('file-changed');
}

export function isSameFile(one: KnownFile, other: KnownFile): boolean {
  return one.size === other.size && one.mtimeMs === other.mtimeMs && one.inode === other.inode;
}

export class PathFile implements ByteSource {
  readonly size: number;
  readonly #files: OpenFiles;
  readonly #known: KnownFile;

  constructor(files: OpenFiles, known: KnownFile) {
    this.size = known.size;
    this.#files = files;
    this.#known = known;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    await readKnown(this.#files, this.#known, position, bytes);
    return bytes;
  }
}
