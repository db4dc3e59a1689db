import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { ClientStore } from '../../store/client-store.ts';
import { StoreError } from '../../store/errors.ts';
import type { ServerStore } from '../../store/server-store.ts';
import { clientSchema } from '../../store/sqlite/client-schema.ts';
import { clientStoreOn } from '../../store/sqlite/client-store.ts';
import { Database } from '../../store/sqlite/database.ts';
import { connectInMemory, inMemory } from '../../store/sqlite/open-database.ts';
import type { Schema } from '../../store/sqlite/schema.ts';
import { serverSchema } from '../../store/sqlite/server-schema.ts';
import { serverStoreOn } from '../../store/sqlite/server-store.ts';

/**
 * How the disk refuses: the statement alone; or the whole transaction with it, which SQLite rolls back by itself
 * (https://sqlite.org/lang_transaction.html section 3).
 */
export type Refusal = 'statement' | 'transaction';

/** Something that would change the disk: a statement that writes, or the commit of a turn. */
export interface DiskWrite {
  readonly sql: string;
  readonly isCommit: boolean;
}

/** When a process ends in the middle of a turn: at the n-th of its next writes, `before` it or just `after` it. */
export interface Death {
  readonly atWrite: number;
  readonly edge: 'before' | 'after';
}

/** Everything that lay on a disk, table by table. */
export type DiskCopy = ReadonlyMap<string, readonly Readonly<Record<string, SQLOutputValue>>[]>;

/**
 * A disk that refuses what a test wants refused, below everything that a store is made of: each write is asked for,
 * whichever repository it comes from. What is on it can still be read.
 */
export class FaultyDisk {
  /** Decides about each write; undefined lets it pass. */
  refuses: (write: DiskWrite) => Refusal | undefined = () => undefined;
  #connection: DatabaseSync | undefined;
  #doom: { writesLeft: number; readonly edge: Death['edge']; readonly onDeath: () => void } | undefined;
  #isProcessDead = false;

  clientStore(): ClientStore {
    return clientStoreOn(this.#database(clientSchema));
  }

  /** Empty, or with what `copy` found. */
  serverStore(copy: DiskCopy = new Map()): ServerStore {
    return serverStoreOn(this.#database(serverSchema, copy));
  }

  /** As a backup takes it, between two turns. */
  copy(): DiskCopy {
    const connection = this.#connection;
    if (connection === undefined) throw new Error('nothing is on this disk');
    return new Map(tablesOf(connection).map((table) => [table, rowsOf(connection, table)]));
  }

  /**
   * Ends the process that writes here in the middle of a turn: nothing that it does from then on reaches the disk, and
   * whoever owns the process sees to it that nothing reaches anybody else.
   */
  doom({ atWrite, edge }: Death, onDeath: () => void): void {
    this.#doom = { writesLeft: atWrite, edge, onDeath };
  }

  get isProcessDead(): boolean {
    return this.#isProcessDead;
  }

  /** Another process begins to write here. */
  revive(): void {
    this.#doom = undefined;
    this.#isProcessDead = false;
  }

  #meetDoom(edge: Death['edge']): void {
    const doom = this.#doom;
    if (doom === undefined) return;
    if (edge === 'before') doom.writesLeft--;
    if (doom.writesLeft > 0 || doom.edge !== edge) return;
    this.#doom = undefined;
    this.#isProcessDead = true;
    doom.onDeath();
  }

  #database(schema: Schema, copy: DiskCopy = new Map()): Database {
    const connection = connectInMemory(schema);
    fill(connection, copy);
    this.#connection = connection;
    const prepare = (sql: string): StatementSync => {
      const statement = connection.prepare(sql);
      const isCommit = sql === 'COMMIT';
      if (!isCommit && !writing.test(sql)) return statement;
      const run = (...parameters: unknown[]): unknown => {
        this.#meetDoom('before');
        const refusal = this.#isProcessDead ? 'transaction' : this.refuses({ sql, isCommit });
        if (refusal !== undefined) refuse(connection, refusal);
        const result: unknown = Reflect.apply(statement.run, statement, parameters);
        this.#meetDoom('after');
        return result;
      };
      return overlaid(statement, { run });
    };
    return new Database(overlaid(connection, { prepare }), inMemory);
  }
}

/** For whoever does something that this disk may refuse: then it was not done. */
export function unlessDiskFails(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

const writing = /^\s*(INSERT|UPDATE|DELETE|REPLACE)\b/u;

function refuse(connection: DatabaseSync, refusal: Refusal): never {
  if (refusal === 'transaction') connection.exec('ROLLBACK');
  // As node:sqlite throws it; SQLITE_FULL of https://sqlite.org/rescode.html.
  throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
}

function tablesOf(connection: DatabaseSync): string[] {
  const tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return tables.map(({ name }) => String(name)).filter((name) => !name.startsWith('sqlite_'));
}

/** In the order in which they were put, where the table has no order of its own. */
function rowsOf(connection: DatabaseSync, table: string): Record<string, SQLOutputValue>[] {
  return connection.prepare(`SELECT * FROM "${table}"`).all();
}

function fill(connection: DatabaseSync, copy: DiskCopy): void {
  if (copy.size === 0) return;
  // Tables come in any order.
  connection.exec('PRAGMA foreign_keys = OFF');
  for (const [table, rows] of copy) {
    connection.exec(`DELETE FROM "${table}"`);
    for (const row of rows) {
      const names = Object.keys(row).map((name) => `"${name}"`);
      const marks = names.map(() => '?');
      connection
        .prepare(`INSERT INTO "${table}" (${names.join()}) VALUES (${marks.join()})`)
        .run(...Object.values(row));
    }
  }
  connection.exec('PRAGMA foreign_keys = ON');
}

/** The same object with some methods of its own in front. */
function overlaid<Target extends object>(target: Target, methods: Readonly<Record<string, unknown>>): Target {
  return new Proxy(target, {
    get: (object, name) => {
      const value: unknown = Reflect.get(name in methods ? methods : object, name);
      return typeof value === 'function' ? (value.bind(object) as unknown) : value;
    },
  });
}
