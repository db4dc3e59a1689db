import fs from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { primaryResultCode, storeFailure } from './failure.ts';

/** A lock that one process in the world holds; the operating system frees it when that process ends, however it ends. */
export interface HeldLock {
  release(): void;
}

/**
 * Takes the lock that lives in this file, made if there is none; undefined when somebody holds it. Node has no file
 * locks of its own: an exclusive transaction of SQLite, in which nothing is ever written, is one on every system.
 * Nothing else may open the file: closing any descriptor of it would drop the POSIX lock.
 */
export function holdLock(file: string): HeldLock | undefined {
  make(file);
  const connection = new DatabaseSync(file, { timeout: 0 });
  try {
    // Nothing will be written, so nothing needs a journal beside the file.
    connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    connection.close();
    if (primaryResultCode(error) === sqliteBusy) return undefined;
    throw storeFailure(error, file);
  }
  return { release: () => connection.close() };
}

const sqliteBusy = 5;

/** With `wx` an existing file is not even opened (see above). */
function make(file: string): void {
  try {
    fs.closeSync(fs.openSync(file, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
      throw storeFailure(error, file);
  }
}
