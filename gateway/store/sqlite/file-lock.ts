import fs from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { primaryResultCode, storeFailure } from './failure.ts';

/** A lock that only one process holds. The operating system frees it when that process ends, however it ends. */
export interface HeldLock {
  release(): void;
}

/**
 * Takes the lock in this file, and creates the file if it is missing. Returns undefined if another process holds the lock.
 * Node has no file locks: an exclusive transaction of SQLite that writes nothing is a lock on every system. Nothing else
 * may open the file: closing any descriptor of it would drop the POSIX lock.
 */
export function holdLock(file: string): HeldLock | undefined {
  make(file);
  const connection = new DatabaseSync(file, { timeout: 0 });
  try {
    // Nothing is written, so no journal beside the file is needed.
    connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    connection.close();
    if (primaryResultCode(error) === sqliteBusy) return undefined;
    throw storeFailure(error, file);
  }
  return { release: () => connection.close() };
}

const sqliteBusy = 5;

/** With `wx`, an existing file is not opened, which would endanger its lock. */
function make(file: string): void {
  try {
    fs.closeSync(fs.openSync(file, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
      throw storeFailure(error, file);
  }
}
