import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/**
 * Opens an existing database for reading, also while a gateway writes to it. In WAL mode a reader too makes the -wal and
 * -shm files. The last connection removes them when it closes, but only if it may write
 * (https://sqlite.org/wal.html#avoiding_excessively_large_wal_files). So this one may, and the caller runs no statement that writes.
 */
export function connectToRead(file: string, timeout: number): DatabaseSync {
  const url = pathToFileURL(path.resolve(file));
  // A missing file is not made.
  url.search = '?mode=rw';
  return new DatabaseSync(url, { timeout });
}
