import fs from 'node:fs';
import path from 'node:path';
import { TreeHasher } from '../../shared/files/tree.ts';
import { sha256 } from '../crypto/sha256.ts';
import { blobOf, nameOf } from './blob-folder.ts';

/** The folder of blobs in the data folder of a client. */
export const blobsName = 'blobs';

/** A file of the folder of blobs that is whole. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
}

/** For commands that run beside a gateway or without one: returns the whole blobs in a folder of blobs. */
export function wholeBlobs(folder: string): StoredFile[] {
  if (fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return fs
    .readdirSync(folder)
    .filter(isNameOfWhole)
    .toSorted()
    .flatMap((name) => {
      const stats = fs.lstatSync(path.join(folder, name), { throwIfNoEntry: false });
      // A gateway that runs may have removed it, and what is no file is not of Chatagram.
      return stats?.isFile() === true ? [{ name, bytes: stats.size }] : [];
    });
}

/** Whether a whole blob has such a name. */
export function isNameOfWhole(name: string): boolean {
  const blob = blobOf(name);
  return blob !== undefined && nameOf(blob) === name;
}

/** Whether a file has the bytes that the name of a blob promises. */
export function hasBytesOf(file: string, name: string): boolean {
  const hasher = new TreeHasher(sha256);
  const buffer = new Uint8Array(1024 * 1024);
  const descriptor = fs.openSync(file, 'r');
  try {
    for (let read = -1; read !== 0;) {
      read = fs.readSync(descriptor, buffer);
      hasher.add(buffer.subarray(0, read));
    }
  } finally {
    fs.closeSync(descriptor);
  }
  return nameOf(hasher.finish()) === name;
}
