import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../errors.ts';
import { storeFailure } from './failure.ts';
import { readHeader } from './database-header.ts';
import { bytesOf, integerOf, rowFrom, textOf } from './rows.ts';
import { applicationId, checkShape, earlierShape, isEarlierShape, migrate, type Schema } from './schema.ts';

/** One file of a backup. Its path is relative to the data root, with slashes on every system. */
export interface BackupItem {
  readonly path: string;
  readonly bytes: number;
}

/**
 * A backup is one SQLite file with other files in it, in chunks, each file with its hash. A cell of SQLite holds at most
 * 10^9 bytes, and memory less.
 */
const schema: Schema = {
  applicationId: applicationId('ChBk'),
  migrations: [
    `
    CREATE TABLE item (
      number INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL
    ) STRICT;
    CREATE TABLE chunk (
      item INTEGER NOT NULL REFERENCES item (number), number INTEGER NOT NULL, content BLOB NOT NULL,
      PRIMARY KEY (item, number)
    ) STRICT, WITHOUT ROWID;
    `,
  ],
};
const chunkBytes = 1024 * 1024;

/**
 * Writes a backup to a new file that only its owner can read, whole or not at all. `fill` adds files to it. Replaces no
 * file, not even an older backup: that may be the only good one. Throws StoreError.
 */
export function writeBackup(file: string, fill: (add: AddToBackup) => void): void {
  try {
    checkIsNew(file);
    const draft = `${file}.new`;
    const copy = `${file}.copy`;
    for (const leftover of [draft, `${draft}-journal`, copy, `${copy}-journal`]) {
      fs.rmSync(leftover, { force: true });
    }
    makePrivate(draft);
    const connection = new DatabaseSync(draft);
    try {
      migrate(connection, schema, file);
      connection.exec('BEGIN');
      fill({
        file: (name, source) => addFile(connection, name, source),
        database: (name, source, leftOut) => {
          copyDatabase(source, copy);
          leaveOut(copy, leftOut);
          addFile(connection, name, copy);
          fs.rmSync(copy);
        },
      });
      connection.exec('COMMIT');
    } catch (error) {
      connection.close();
      for (const leftover of [draft, `${draft}-journal`, copy, `${copy}-journal`]) {
        fs.rmSync(leftover, { force: true });
      }
      throw error;
    }
    connection.close();
    checkIsNew(file);
    fs.renameSync(draft, file);
  } catch (error) {
    throw storeFailure(error, file);
  }
}

export interface AddToBackup {
  file(path: string, source: string): void;
  /**
   * A database as it is at one moment, also while a gateway writes to it. `leftOut` is a statement that removes rows from the
   * copy that do not belong in a backup.
   */
  database(path: string, source: string, leftOut: string): void;
}

/** Opens a backup, gives it to `use`, and closes it. Throws StoreError for another file. */
export function readBackup<Result>(file: string, use: (backup: Backup) => Result): Result {
  try {
    checkBackup(file);
    const connection = new DatabaseSync(file, { readOnly: true });
    try {
      return use(new Backup(connection, file));
    } finally {
      connection.close();
    }
  } catch (error) {
    throw storeFailure(error, file);
  }
}

export class Backup {
  readonly #connection: DatabaseSync;
  readonly #file: string;

  constructor(connection: DatabaseSync, file: string) {
    this.#connection = connection;
    this.#file = file;
  }

  items(): BackupItem[] {
    return this.#connection
      .prepare('SELECT path, bytes FROM item ORDER BY number')
      .all()
      .map(rowFrom)
      .map((row) => ({ path: textOf(row, 'path'), bytes: integerOf(row, 'bytes') }));
  }

  /** Writes an item to a new file that only its owner can read. Throws StoreError unless it is as it was added. */
  extract(item: BackupItem, target: string): void {
    const found = this.#connection.prepare('SELECT number, sha256 FROM item WHERE path = ?').get(item.path);
    if (found === undefined) throw noBackup(this.#file);
    const row = rowFrom(found);
    const chunks = this.#connection.prepare('SELECT content FROM chunk WHERE item = ? ORDER BY number');
    const hash = createHash('sha256');
    fs.rmSync(target, { force: true });
    const descriptor = fs.openSync(target, 'wx', 0o600);
    try {
      for (const chunk of chunks.iterate(integerOf(row, 'number'))) {
        const content = bytesOf(rowFrom(chunk), 'content');
        hash.update(content);
        fs.writeSync(descriptor, content);
      }
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    if (hash.digest('hex') !== textOf(row, 'sha256')) throw noBackup(this.#file);
  }
}

function checkIsNew(file: string): void {
  if (!fs.existsSync(file)) return;
  throw new StoreError('file-exists', `The file ${file} exists already. Give backup the name of a new file.`);
}

function addFile(connection: DatabaseSync, name: string, source: string): void {
  const insert = connection.prepare('INSERT INTO chunk (item, number, content) VALUES (?, ?, ?)');
  const number = Number(
    connection.prepare(`INSERT INTO item (path, bytes, sha256) VALUES (?, 0, '')`).run(name).lastInsertRowid,
  );
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(chunkBytes);
  let bytes = 0;
  const descriptor = fs.openSync(source, 'r');
  try {
    for (let chunk = 0; ; chunk++) {
      const content = buffer.subarray(0, fs.readSync(descriptor, buffer, 0, chunkBytes, bytes));
      if (content.length === 0) break;
      insert.run(number, chunk, content);
      hash.update(content);
      bytes += content.length;
    }
  } finally {
    fs.closeSync(descriptor);
  }
  connection
    .prepare('UPDATE item SET bytes = ?, sha256 = ? WHERE number = ?')
    .run(bytes, hash.digest('hex'), number);
}

/** https://sqlite.org/lang_vacuum.html section 2.1: one read transaction, which neither waits for writers nor stops them. */
function copyDatabase(source: string, target: string): void {
  makePrivate(target);
  try {
    // A read-only connection leaves no WAL behind, not even an empty one.
    const connection = new DatabaseSync(source, { readOnly: true, timeout: 5_000 });
    try {
      const applicationId = Number(connection.prepare('PRAGMA application_id').get()?.['application_id']);
      if (isEarlierShape({ applicationId })) throw earlierShape(source);
      connection.prepare('VACUUM INTO ?').run(target);
    } finally {
      connection.close();
    }
  } catch (error) {
    throw storeFailure(error, source);
  }
}

/** Removes rows from a copy so that nothing of them is left in the file. */
function leaveOut(copy: string, statement: string): void {
  const connection = new DatabaseSync(copy);
  try {
    // A journal in a file would hold what is removed.
    connection.exec('PRAGMA journal_mode = MEMORY; PRAGMA secure_delete = ON');
    connection.exec(statement);
  } catch (error) {
    throw storeFailure(error, copy);
  } finally {
    connection.close();
  }
}

/** Makes an empty file. SQLite fills it and keeps its permissions. */
function makePrivate(file: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.closeSync(fs.openSync(file, 'wx', 0o600));
}

/** Throws StoreError for a file that is not a backup, or a backup of another shape. */
function checkBackup(file: string): void {
  const header = readHeader(file);
  if (header === undefined) throw noBackup(file);
  if (header.applicationId !== schema.applicationId && !isEarlierShape(header)) throw noBackup(file);
  checkShape(header, schema, file);
}

function noBackup(file: string): StoreError {
  return new StoreError(
    'damaged',
    `${file} is not a backup of Chatagram, or it is damaged. Nothing was restored.`,
  );
}
