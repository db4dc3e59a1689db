import fs from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StoreError } from '../errors.ts';
import { addFunctions, checkShape, migrate, type Schema } from './schema.ts';

/**
 * Opens a database from outside, such as a backup, as data: to be read, and never to run anything. Its schema must be exactly
 * that of this program, so that no view, trigger or generated column computes what the file does not hold.
 * https://sqlite.org/security.html#untrusted_sqlite_database_files
 */

export interface UntrustedOptions {
  readonly schema: Schema;
  /** A value in a column has at most so many bytes. */
  readonly valueBytesMax: number;
  /** Columns with another limit, as `message.text`. */
  readonly columnBytesMax?: Readonly<Record<string, number>>;
}

/** Throws StoreError for a file that is not such a database, and leaves nothing open then. The caller closes the connection. */
export function openUntrusted(file: string, options: UntrustedOptions): DatabaseSync {
  const { schema, valueBytesMax, columnBytesMax = {} } = options;
  const header = checkFile(file);
  checkShape(header, schema, file);
  const url = pathToFileURL(file);
  // Reads neither a WAL nor a journal beside the file, and takes no lock.
  url.search = '?immutable=1';
  const connection = new DatabaseSync(url, {
    readOnly: true,
    defensive: true,
    enableDoubleQuotedStringLiterals: false,
    limits: { length: Math.max(valueBytesMax, ...Object.values(columnBytesMax)) + rowBytesMax, attach: 0 },
  });
  try {
    connection.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0');
    addFunctions(connection, schema);
    const expected = expectedSchema(schema, header.version);
    if (schemaOf(connection) !== schemaOf(expected))
      throw unusable(file, 'its tables are not those of Chatagram');
    checkRows(connection, expected, file, options);
    expected.close();
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** What a row holds beside its greatest value. */
const rowBytesMax = 64 * 1024;
/** Databases and backups of Chatagram have SQLite's default. */
const pageBytes = 4_096;
/** The schema of a client takes 4 pages. */
const schemaPagesMax = 64;

const pageTypes = { interior: 5, leaf: 13 } as const;

/** https://sqlite.org/fileformat2.html sections 1.3 and 1.6. Reads the file without SQLite, which trusts more of it. */
function checkFile(file: string): { readonly applicationId: number; readonly version: number } {
  // A device or a FIFO never ends, or never begins.
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  // Windows has neither such files nor the flag.
  const flags = process.platform === 'win32' ? O_RDONLY : O_RDONLY | O_NONBLOCK;
  const descriptor = fs.openSync(file, flags);
  try {
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile()) throw unusable(file, 'it is not a file');
    const first = pageOf(descriptor, 1);
    if (first?.toString('latin1', 0, 16) !== 'SQLite format 3\0')
      throw unusable(file, 'it is not a database');
    if (first.readUInt16BE(16) !== pageBytes) throw unusable(file, 'its pages have another size');
    // The file of a database in WAL mode would be only a part of it.
    if (first[18] !== 1 || first[19] !== 1) throw unusable(file, 'it is a part of a database');
    const pages = first.readUInt32BE(28);
    if (pages * pageBytes !== stat.size) throw unusable(file, 'its end is missing, or more follows');
    checkSchemaPages(file, descriptor, first, pages);
    return { applicationId: first.readUInt32BE(68), version: first.readUInt32BE(60) };
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * SQLite reads the table of the schema before any check of the file. A page in it that leads to the same page many times, on
 * several levels, would keep it busy for ever. So the table must be small, and have each page once.
 */
function checkSchemaPages(file: string, descriptor: number, first: Buffer, pages: number): void {
  const headerAt = 100;
  if (first[headerAt] === pageTypes.leaf) return;
  if (first[headerAt] !== pageTypes.interior) throw unusable(file, 'its schema cannot be read');
  const cells = first.readUInt16BE(headerAt + 3);
  if (cells >= schemaPagesMax) throw unusable(file, 'its schema is too large');
  const children = new Set([first.readUInt32BE(headerAt + 8)]);
  for (let cell = 0; cell < cells; cell++) {
    const at = first.readUInt16BE(headerAt + 12 + 2 * cell);
    if (at > pageBytes - 4) throw unusable(file, 'its schema cannot be read');
    children.add(first.readUInt32BE(at));
  }
  const areLeaves = [...children].every(
    (number) => number > 1 && number <= pages && pageOf(descriptor, number)?.[0] === pageTypes.leaf,
  );
  if (children.size !== cells + 1 || !areLeaves) throw unusable(file, 'its schema cannot be read');
}

/** Undefined past the end of the file. Pages count from 1. */
function pageOf(descriptor: number, number: number): Buffer | undefined {
  const page = Buffer.alloc(pageBytes);
  const read = fs.readSync(descriptor, page, 0, pageBytes, (number - 1) * pageBytes);
  return read === pageBytes ? page : undefined;
}

/** The schema that this program gives to a database of this version. */
function expectedSchema(schema: Schema, version: number): DatabaseSync {
  const connection = new DatabaseSync(':memory:');
  migrate(connection, { ...schema, migrations: schema.migrations.slice(0, version) }, ':memory:');
  return connection;
}

function schemaOf(connection: DatabaseSync): string {
  const rows = connection
    .prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name')
    .all();
  return JSON.stringify(rows);
}

function checkRows(
  connection: DatabaseSync,
  expected: DatabaseSync,
  file: string,
  { valueBytesMax, columnBytesMax = {} }: UntrustedOptions,
): void {
  // Of the structure, the indexes, the full-text index, and the constraints of each row.
  const found = connection.prepare('PRAGMA integrity_check(1)').all()[0]?.['integrity_check'];
  if (found !== 'ok') throw unusable(file, String(found));
  if (connection.prepare('PRAGMA foreign_key_check').get() !== undefined)
    throw unusable(file, 'a row refers to one that is missing');
  const columns = expected
    .prepare(
      `SELECT t.name AS "table", c.name AS "column" FROM pragma_table_list t JOIN pragma_table_info(t.name) c
       WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`,
    )
    .all();
  for (const row of columns) {
    const [table, column] = [String(row['table']), String(row['column'])];
    const bytesMax = columnBytesMax[`${table}.${column}`] ?? valueBytesMax;
    const tooLong = connection
      .prepare(`SELECT 1 FROM "${table}" WHERE octet_length("${column}") > ? LIMIT 1`)
      .get(bytesMax);
    if (tooLong !== undefined) throw unusable(file, `a value of ${table} is too long`);
  }
}

function unusable(file: string, reason: string): StoreError {
  return new StoreError('damaged', `${file} cannot be read: ${reason}.`);
}
