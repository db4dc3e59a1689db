import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../errors.ts';
import { contentBytesMax, roomCheckpointBytesMax } from '../../../shared/limits.ts';
import { connectToRead } from './connect-to-read.ts';
import { isSystemError, primaryResultCode, storeFailure } from './failure.ts';
import { openUntrusted } from './untrusted-database.ts';
import { bytesOf, integerOf, rowFrom, textOf } from './rows.ts';
import { applicationId, earlierShape, isEarlierShape, migrate, type Schema } from './schema.ts';

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
 * file, not even an older backup: that may be the only good one. `drafts` is an empty folder on the same disk. The caller
 * removes it. Throws StoreError.
 */
export function writeBackup(file: string, drafts: string, fill: (add: AddToBackup) => void): void {
  try {
    checkIsNew(file);
    const draft = path.join(drafts, 'backup.sqlite');
    makePrivate(draft);
    const connection = new DatabaseSync(draft);
    try {
      migrate(connection, schema, file);
      connection.exec('BEGIN');
      fill({
        file: (name, source) => addFile(connection, name, source),
        fileIfThere: (name, source) => {
          const descriptor = openIfThere(source);
          if (descriptor === undefined) return false;
          addOpenFile(connection, name, descriptor);
          return true;
        },
        database: (name, source, leftOut) => {
          const copy = path.join(drafts, 'copy.sqlite');
          copyDatabase(source, copy);
          leaveOut(copy, leftOut);
          addFile(connection, name, copy);
          fs.rmSync(copy);
        },
      });
      connection.exec('COMMIT');
    } finally {
      connection.close();
    }
    checkIsNew(file);
    fs.renameSync(draft, file);
  } catch (error) {
    throw storeFailure(error, file);
  }
}

export interface AddToBackup {
  file(path: string, source: string): void;
  /** As `file`, for one that a gateway may remove. Returns false if it has. */
  fileIfThere(path: string, source: string): boolean;
  /**
   * A database as it is at one moment, also while a gateway writes to it. `leftOut` is a statement that removes rows from the
   * copy that do not belong in a backup.
   */
  database(path: string, source: string, leftOut: string): void;
}

/**
 * Opens a backup, gives it to `use`, and closes it. A backup is data from outside: it can only be read, and only if it is what
 * this program writes. Throws StoreError for any other file, also where `use` finds an item that is not.
 */
export function readBackup<Result>(file: string, use: (backup: Backup) => Result): Result {
  try {
    const connection = openUntrusted(file, { schema, valueBytesMax: chunkBytes });
    try {
      return use(new Backup(connection, file));
    } finally {
      connection.close();
    }
  } catch (error) {
    throw asNoBackup(error, file);
  }
}

/** Checks a database that came out of a backup, before anything opens it for writing. Throws StoreError. */
export function checkExtracted(file: string, extracted: Schema): void {
  openUntrusted(file, {
    schema: extracted,
    valueBytesMax: extractedValueBytesMax,
    columnBytesMax: extractedColumnBytesMax,
  }).close();
}

/** More than any value that the program stores: an envelope with a message of 16 KiB, or a list of 256 keys. */
const extractedValueBytesMax = 64 * 1024;

/** A character of a text takes up to 6 bytes in JSON. */
const jsonOfContentBytesMax = 6 * contentBytesMax;

/** Columns of clients and servers with another limit. */
const extractedColumnBytesMax = {
  'message.text': contentBytesMax,
  'message.details': jsonOfContentBytesMax,
  'waiting_change.content': jsonOfContentBytesMax,
  'room_entry.content': contentBytesMax,
  'room_lost.content': contentBytesMax,
  'room_waiting.content': contentBytesMax,
  'room_checkpoint.bytes': roomCheckpointBytesMax,
};

/** The sentence of a damaged database would advise to restore a backup. */
function asNoBackup(error: unknown, file: string): Error {
  const failure = storeFailure(error, file);
  if (!(failure instanceof StoreError)) return noBackup(file, failure);
  return failure.code === 'damaged' || failure.code === 'foreign-file' ? noBackup(file, failure) : failure;
}

export class Backup {
  readonly #connection: DatabaseSync;
  readonly #file: string;

  constructor(connection: DatabaseSync, file: string) {
    this.#connection = connection;
    this.#file = file;
  }

  /** Throws StoreError unless the file can hold all the items. */
  items(): BackupItem[] {
    const rows = this.#connection
      .prepare('SELECT path, bytes FROM item ORDER BY number LIMIT ?')
      .all(itemsMax + 1);
    const items = rows
      .map(rowFrom)
      .map((row) => ({ path: textOf(row, 'path'), bytes: integerOf(row, 'bytes') }));
    const bytes = items.reduce((sum, item) => sum + Math.max(0, item.bytes), 0);
    const isPossible = items.length <= itemsMax && items.every((item) => item.bytes >= 0);
    if (!isPossible || bytes > fs.statSync(this.#file).size) throw noBackup(this.#file);
    return items;
  }

  /** Writes an item to a new file that only its owner can read. Throws StoreError unless it is as it was added. */
  extract(item: BackupItem, target: string): void {
    const found = this.#connection.prepare('SELECT number, sha256 FROM item WHERE path = ?').get(item.path);
    if (found === undefined) throw noBackup(this.#file);
    const row = rowFrom(found);
    const chunks = this.#connection.prepare('SELECT content FROM chunk WHERE item = ? ORDER BY number');
    const hash = createHash('sha256');
    let bytes = 0;
    const descriptor = fs.openSync(target, 'wx', 0o600);
    try {
      for (const chunk of chunks.iterate(integerOf(row, 'number'))) {
        const content = bytesOf(rowFrom(chunk), 'content');
        bytes += content.length;
        if (bytes > item.bytes) throw noBackup(this.#file);
        hash.update(content);
        fs.writeSync(descriptor, content);
      }
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    if (bytes !== item.bytes || hash.digest('hex') !== textOf(row, 'sha256')) throw noBackup(this.#file);
  }
}

/** A user with more chats and files than that can back up their folder as a whole. */
const itemsMax = 200_000;

function openIfThere(source: string): number | undefined {
  try {
    return fs.openSync(source, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function addFile(connection: DatabaseSync, name: string, source: string): void {
  addOpenFile(connection, name, fs.openSync(source, 'r'));
}

/** Closes the file. */
function addOpenFile(connection: DatabaseSync, name: string, descriptor: number): void {
  const insert = connection.prepare('INSERT INTO chunk (item, number, content) VALUES (?, ?, ?)');
  const number = Number(
    connection.prepare(`INSERT INTO item (path, bytes, sha256) VALUES (?, 0, '')`).run(name).lastInsertRowid,
  );
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(chunkBytes);
  let bytes = 0;
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
    const connection = connectToRead(isOnReadOnlyDisk(source) ? copyFiles(source, target) : source, 5_000);
    try {
      const applicationId = Number(connection.prepare('PRAGMA application_id').get()?.['application_id']);
      if (isEarlierShape({ applicationId })) throw earlierShape(source);
      connection.prepare('VACUUM INTO ?').run(target);
    } finally {
      connection.close();
    }
  } catch (error) {
    // Only the disk of the backup gets anything.
    if (primaryResultCode(error) === sqliteFull || isSystemError(error)) throw error;
    throw storeFailure(error, source);
  }
}

const sqliteFull = 13;

/** Only on a writable disk can SQLite read a database in WAL mode. On this one, no gateway changes the files. */
function copyFiles(source: string, beside: string): string {
  const copy = `${beside}.files`;
  for (const end of ['', '-wal']) {
    fs.rmSync(copy + end, { force: true });
    if (fs.existsSync(source + end)) fs.copyFileSync(source + end, copy + end);
  }
  return copy;
}

function isOnReadOnlyDisk(file: string): boolean {
  try {
    fs.accessSync(path.dirname(file), fs.constants.W_OK);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS';
  }
}

/** Removes rows from a copy so that nothing of them is left in the file. */
function leaveOut(copy: string, statement: string): void {
  const connection = new DatabaseSync(copy);
  try {
    // A journal in a file would hold what is removed.
    connection.exec('PRAGMA journal_mode = MEMORY; PRAGMA secure_delete = ON');
    connection.exec(statement);
  } finally {
    connection.close();
  }
}

/** Makes an empty file. SQLite fills it and keeps its permissions. */
function makePrivate(file: string): void {
  fs.closeSync(fs.openSync(file, 'wx', 0o600));
}

function checkIsNew(file: string): void {
  if (!fs.existsSync(file)) return;
  throw new StoreError('file-exists', `The file ${file} exists already. Give backup the name of a new file.`);
}

function noBackup(file: string, cause?: unknown): StoreError {
  return new StoreError(
    'damaged',
    `${file} is not a backup of Chatagram, or it is damaged. Nothing was restored.`,
    { cause },
  );
}
