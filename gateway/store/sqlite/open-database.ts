import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Database } from './database.ts';
import { damaged, storeFailure } from './failure.ts';
import { readHeader } from './header.ts';
import { checkIdentity, migrate, type Schema } from './schema.ts';

/** In place of a file: a database that lives and dies with its store, for simulations and tests. */
export const inMemory = ':memory:';

/**
 * How long a statement waits for a lock that somebody else holds. Nobody should: the folder is locked by this
 * process. A backup program that looks in passing is gone by then, and a stuck one does not stop the gateway.
 */
const lockWaitMs = 250;

/**
 * Opens the database, made if there is none, and carries it forward to the newest schema. What is not of this
 * schema, newer than this program, or damaged, is refused by a StoreError and left as it is.
 */
export function openDatabase(file: string, schema: Schema): Database {
  try {
    return file === inMemory ? openInMemory(schema) : openFile(path.resolve(file), schema);
  } catch (error) {
    throw storeFailure(error, file);
  }
}

/** Makes a store of a database that was opened for it; nothing stays open when that fails. */
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

/** A connection to a new database in memory; tests stand between it and its store, as a disk that refuses. */
export function connectInMemory(schema: Schema): DatabaseSync {
  const connection = new DatabaseSync(inMemory);
  migrate(connection, schema, inMemory);
  return connection;
}

function openFile(file: string, schema: Schema): Database {
  if (!fs.existsSync(file)) create(file, schema);
  examine(file, schema);
  fs.chmodSync(file, 0o600);
  const connection = new DatabaseSync(file, { timeout: lockWaitMs });
  try {
    connection.exec('PRAGMA journal_mode = WAL');
    // A commit returns when the words are on the disk (DESIGN section 7); macOS needs F_FULLFSYNC to mean it.
    connection.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA foreign_keys = ON');
    // What is removed is zeros when the next checkpoint is over, on pages that are free for something else, too.
    if (schema.forgets) connection.exec('PRAGMA secure_delete = ON');
    // The schema of a file is data: it may not call functions with side effects.
    connection.exec('PRAGMA trusted_schema = OFF');
    migrate(connection, schema, file);
    return new Database(connection, file);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Makes a database beside its place and moves it there when it is whole: an empty or half-made file under the real
 * name then always means damage, and is never taken for a new one.
 */
function create(file: string, schema: Schema): void {
  // SQLite would delete a WAL that has lost its database, and what was said in it.
  if (hasWords(`${file}-wal`)) throw damaged(file, 'the file is gone, its -wal is there');
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

/** Looks without writing: the header by itself, then, after a crash, through the WAL that may hold a later one. */
function examine(file: string, schema: Schema): void {
  const wal = hasWords(`${file}-wal`);
  const header = readHeader(file);
  if (header === undefined) throw damaged(file, 'it does not begin like a database');
  if (!wal && header.bytesExpected > fs.statSync(file).size) throw damaged(file, 'its end is missing');
  checkIdentity(header, schema, file);
  if (!wal) return;
  const connection = new DatabaseSync(file, { readOnly: true, timeout: lockWaitMs });
  try {
    const value = (name: string) => Number(connection.prepare(`PRAGMA ${name}`).get()?.[name]);
    checkIdentity({ applicationId: value('application_id'), version: value('user_version') }, schema, file);
  } finally {
    connection.close();
  }
}

function hasWords(file: string): boolean {
  return (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** A rename is on the disk when its folder is (not on Windows, which syncs no folders and needs none). */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
