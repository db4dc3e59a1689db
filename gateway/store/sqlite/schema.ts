import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../errors.ts';

/** What a database file is, and how it came to be so. */
export interface Schema {
  /** Four letters at offset 68 of the file: two roles never open each other's database. */
  readonly applicationId: number;
  /** What migrations may call, beside what SQLite has. Nothing that stays in the file calls them. */
  readonly functions?: Readonly<Record<string, (text: string) => string>>;
  /** Whether what is removed is overwritten: for words of people, which are not sealed. */
  readonly forgets?: boolean;
  /** SQL that leads from version n to n + 1, for n from 0. Those released never change; new ones are appended. */
  readonly migrations: readonly string[];
}

/** The number of an application id that is written as four letters. */
export function applicationId(letters: string): number {
  return [...letters].reduce((id, letter) => id * 256 + letter.charCodeAt(0), 0);
}

/** Carries a database forward to the newest version, each step in a transaction of its own. */
export function migrate(connection: DatabaseSync, schema: Schema, file: string): void {
  const from = versionOf(connection);
  // The caller has looked already; this is for what changed in between.
  if (from > schema.migrations.length) throw newerSchema(file, from, schema);
  for (const [name, call] of Object.entries(schema.functions ?? {})) {
    connection.function(name, { deterministic: true }, (text) => call(String(text)));
  }
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

function versionOf(connection: DatabaseSync): number {
  return Number(connection.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** Refuses a database that is not of this schema, or of a later version of it. */
export function checkIdentity(
  found: { applicationId: number; version: number },
  schema: Schema,
  file: string,
): void {
  if (found.applicationId !== schema.applicationId) {
    throw new StoreError(
      'foreign-file',
      `${file} is the database of another program or of another role. Move it away, or choose another folder.`,
    );
  }
  if (found.version > schema.migrations.length) throw newerSchema(file, found.version, schema);
}

function newerSchema(file: string, version: number, schema: Schema): StoreError {
  return new StoreError(
    'newer-schema',
    `${file} was written by a newer Chatagram (schema ${version}, this program knows up to ` +
      `${schema.migrations.length}). Update Chatagram; the file was left as it is.`,
  );
}
