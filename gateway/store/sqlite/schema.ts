import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../errors.ts';

/** The shape of a database file, and the steps that lead to it. */
export interface Schema {
  /** Four letters at offset 68 of the file. No role opens the database of another role. */
  readonly applicationId: number;
  /** Functions that migrations may call, beside those of SQLite. Nothing that stays in the file calls them. */
  readonly functions?: Readonly<Record<string, (text: string) => string>>;
  /** Whether removed rows are overwritten: for texts of users, which are not sealed. */
  readonly forgets?: boolean;
  /** How much of the file SQLite keeps in memory. Default: 2 MiB, as SQLite's own. */
  readonly pageCacheKiB?: number;
  /** SQL that leads from version n to n + 1, for n from 0. A released step never changes; new steps are appended. */
  readonly migrations: readonly string[];
}

/**
 * Databases and backups of programs before 0.1. Their identities were X25519 secrets. They had other application ids, so
 * that they are never taken for a version of today's schemas.
 */
const earlierApplicationIds: ReadonlySet<number> = new Set(['CgCl', 'CgSv', 'CgBk'].map(applicationId));

/** Returns the number of an application id that is written as four letters. */
export function applicationId(letters: string): number {
  return [...letters].reduce((id, letter) => id * 256 + letter.charCodeAt(0), 0);
}

/** Carries a database forward to the newest version, each step in a transaction of its own. */
export function migrate(connection: DatabaseSync, schema: Schema, file: string): void {
  const from = versionOf(connection);
  // The caller has checked the version already. The file may have changed since.
  if (from > schema.migrations.length) throw newerSchema(file, from, schema);
  addFunctions(connection, schema);
  for (const [index, step] of schema.migrations.slice(from).entries()) {
    connection.exec('BEGIN IMMEDIATE');
    try {
      connection.exec(step);
      connection.exec(`PRAGMA application_id = ${schema.applicationId}`);
      connection.exec(`PRAGMA user_version = ${from + index + 1}`);
      connection.exec('COMMIT');
    } catch (error) {
      if (connection.isTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  }
}

/** Makes the functions of a schema known to a connection. */
export function addFunctions(connection: DatabaseSync, schema: Schema): void {
  for (const [name, call] of Object.entries(schema.functions ?? {})) {
    connection.function(name, { deterministic: true }, (text) => call(String(text)));
  }
}

function versionOf(connection: DatabaseSync): number {
  return Number(connection.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** Throws StoreError for a database that has not this schema, or a later version of it. */
export function checkShape(
  found: { applicationId: number; version: number },
  schema: Schema,
  file: string,
): void {
  if (isEarlierShape(found)) throw earlierShape(file);
  if (found.applicationId !== schema.applicationId) {
    throw new StoreError(
      'foreign-file',
      `${file} is the database of another program or of another role. Move it away, or choose another folder.`,
    );
  }
  if (found.version > schema.migrations.length) throw newerSchema(file, found.version, schema);
}

export function isEarlierShape({ applicationId: found }: { readonly applicationId: number }): boolean {
  return earlierApplicationIds.has(found);
}

export function earlierShape(file: string): StoreError {
  return new StoreError(
    'earlier-shape',
    `${file} was written by an earlier Chatagram, which this one cannot read. Move it away to start fresh, or ` +
      'open it with the Chatagram that wrote it; the file was left as it is.',
  );
}

function newerSchema(file: string, version: number, schema: Schema): StoreError {
  return new StoreError(
    'newer-schema',
    `${file} was written by a newer Chatagram (schema ${version}, this program knows up to ` +
      `${schema.migrations.length}). Update Chatagram; the file was left as it is.`,
  );
}
