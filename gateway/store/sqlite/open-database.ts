import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Database } from './database.ts';
import { damaged, storeFailure } from './failure.ts';
import { DatabaseFile } from './database-file.ts';
import { readHeader } from './database-header.ts';
import { checkShape, migrate, type Schema } from './schema.ts';

/** In place of a file name: a database in memory that ends with its store, for simulations and tests. */
export const inMemory = ':memory:';

/**
 * How long a statement waits for a lock of another process. There should be none, because this process has locked the
 * folder. A backup program that reads briefly is done by then, and a stuck one does not stop the gateway.
 */
const lockWaitMs = 250;

/**
 * Opens the database, makes it if it does not exist, and migrates it to the newest schema. Throws StoreError for a file
 * of another shape, of a newer program, or a damaged one, and leaves that file as it is.
 */
export function openDatabase(file: string, schema: Schema): Database {
  try {
    return file === inMemory ? openInMemory(schema) : openFile(path.resolve(file), schema);
  } catch (error) {
    throw storeFailure(error, file);
  }
}

/** Makes a store of a database that was opened for it. Closes the database when that fails. */
export function storeOn<Store>(database: Database, make: (database: Database) => Store): Store {
  try {
    return make(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function openInMemory(schema: Schema): Database {
  return new Database(connectInMemory(schema), inMemory);
}

/** Opens a new database in memory. */
export function connectInMemory(schema: Schema): DatabaseSync {
  const connection = new DatabaseSync(inMemory);
  migrate(connection, schema, inMemory);
  return connection;
}

function openFile(file: string, schema: Schema): Database {
  if (!fs.existsSync(file)) create(file, schema);
  const hadWal = hasContent(`${file}-wal`);
  examine(file, schema);
  fs.chmodSync(file, 0o600);
  const connection = new DatabaseSync(file, { timeout: lockWaitMs });
  try {
    connection.exec('PRAGMA journal_mode = WAL');
    // A commit survives the end of the process, and DatabaseFile.sync puts it on the disk. A checkpoint does it by itself, and macOS
    // guarantees that only with F_FULLFSYNC.
    connection.exec('PRAGMA synchronous = NORMAL; PRAGMA fullfsync = ON; PRAGMA foreign_keys = ON');
    // Removed rows are zeros after the next checkpoint, on free pages too.
    if (schema.forgets) connection.exec('PRAGMA secure_delete = ON');
    // The schema of a file is data from outside: it may not call functions with side effects.
    connection.exec('PRAGMA trusted_schema = OFF');
    // A negative number counts KiB.
    connection.exec(`PRAGMA cache_size = -${schema.pageCacheKiB ?? 2 * 1024}`);
    migrate(connection, schema, file);
    // A process that crashed may have left removed rows in the WAL.
    if (schema.forgets && hadWal) connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    reserveWal(connection);
    return new Database(connection, file, new DatabaseFile(file));
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Makes a database under another name and renames it when it is complete. So an empty or half-made file under the real
 * name always means damage, and never a new database.
 */
function create(file: string, schema: Schema): void {
  // SQLite would delete a WAL without its database, together with the messages in it.
  if (hasContent(`${file}-wal`)) throw damaged(file, 'the file is missing, but its -wal file is there');
  const draft = `${file}.new`;
  for (const leftover of [draft, `${draft}-journal`]) fs.rmSync(leftover, { force: true });
  // SQLite gives its -wal and -shm the permissions of the database.
  fs.closeSync(fs.openSync(draft, 'wx', 0o600));
  const connection = new DatabaseSync(draft);
  try {
    migrate(connection, schema, file);
  } finally {
    connection.close();
  }
  fs.renameSync(draft, file);
  syncFolder(path.dirname(file));
}

/** Checks without writing: the header in the file, then, after a crash, the later one that the WAL may hold. */
function examine(file: string, schema: Schema): void {
  const wal = hasContent(`${file}-wal`);
  const header = readHeader(file);
  if (header === undefined) throw damaged(file, 'it does not begin like a database');
  if (!wal && header.bytesExpected > fs.statSync(file).size) throw damaged(file, 'its end is missing');
  checkShape(header, schema, file);
  if (!wal) return;
  const connection = new DatabaseSync(file, { readOnly: true, timeout: lockWaitMs });
  try {
    const value = (name: string) => Number(connection.prepare(`PRAGMA ${name}`).get()?.[name]);
    checkShape({ applicationId: value('application_id'), version: value('user_version') }, schema, file);
  } finally {
    connection.close();
  }
}

/** SQLite begins the WAL again after about so many pages (https://sqlite.org/wal.html section 2.1), which the reserved bytes hold. */
const walPages = 200;
const walReservedBytes = 1024 * 1024;

/**
 * Makes the WAL as long as it will be. A commit that makes a file longer waits for the journal of the file system, and so for each other
 * program that writes: that took up to ten times as long. A transaction writes zeros, more than its cache holds, and is undone. The
 * bytes stay in the file, and the next commits overwrite them. Where the disk is full, commits work as long as they can.
 */
function reserveWal(connection: DatabaseSync): void {
  const { cache_size: cacheSize } = connection.prepare('PRAGMA cache_size').get() ?? {};
  connection.exec(`PRAGMA wal_autocheckpoint = ${walPages}; PRAGMA cache_size = 10`);
  try {
    connection.exec(
      `BEGIN IMMEDIATE; CREATE TABLE reserved (zeros); INSERT INTO reserved VALUES (zeroblob(${walReservedBytes}))`,
    );
  } catch {
    // Nothing depends on it.
  }
  if (connection.isTransaction) connection.exec('ROLLBACK');
  connection.exec(`PRAGMA cache_size = ${Number(cacheSize)}`);
}

function hasContent(file: string): boolean {
  return (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Puts a rename on the disk by syncing its folder. Windows cannot sync folders, and needs not. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
