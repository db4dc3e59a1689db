import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import type { ClientStore } from '../../store/client-store.ts';
import { StoreError } from '../../store/errors.ts';
import type { ServerStore } from '../../store/server-store.ts';
import { clientSchema } from '../../store/sqlite/client/client-schema.ts';
import { clientStoreOn } from '../../store/sqlite/client/client-store.ts';
import { indexMessages } from '../../store/sqlite/client/message-search.ts';
import { Database } from '../../store/sqlite/database.ts';
import { connectInMemory, inMemory } from '../../store/sqlite/open-database.ts';
import { addFunctions, type Schema } from '../../store/sqlite/schema.ts';
import { serverSchema } from '../../store/sqlite/server/server-schema.ts';
import { makeRestoredClient, makeRestoredServer } from '../../store/restored.ts';
import { writeNow } from '../../turn/role.ts';
import { serverStoreOn } from '../../store/sqlite/server/server-store.ts';
import type { Connection, Statement } from '../../store/sqlite/statements.ts';

/**
 * How the disk refuses: only the statement, or the whole transaction, which SQLite then rolls back by itself
 * (https://sqlite.org/lang_transaction.html section 3).
 */
export type Refusal = 'statement' | 'transaction';

/** An operation that changes the disk: a statement that writes, or the commit of a turn. */
export interface DiskWrite {
  readonly sql: string;
  readonly isCommit: boolean;
}

/** When a process ends in the middle of a turn: at the n-th of its next writes, `before` it or just `after` it. */
export interface Death {
  readonly atWrite: number;
  readonly edge: 'before' | 'after';
}

/** The content of a disk, table by table. */
export type DiskCopy = ReadonlyMap<string, readonly Readonly<Record<string, SQLOutputValue>>[]>;

/**
 * A disk that refuses the writes that a test chooses. It lies below the stores and sees each write of each repository.
 * Its content can always be read.
 */
export class FaultyDisk {
  /** Decides about each write. Undefined lets it pass. */
  refuses: (write: DiskWrite) => Refusal | undefined = () => undefined;
  /** Sees each commit of a turn that wrote. */
  onCommit: () => void = () => undefined;
  /** Waits until what was committed is on the disk, or throws as node:fs does. */
  sync: () => void = () => undefined;
  #connection: DatabaseSync | undefined;
  #planDeath: { writesLeft: number; readonly edge: Death['edge']; readonly onDeath: () => void } | undefined;
  #isProcessDead = false;
  #writes = 0;

  clientStore(): ClientStore {
    return clientStoreOn(this.#database(clientSchema));
  }

  serverStore(): ServerStore {
    return serverStoreOn(this.#database(serverSchema));
  }

  /** Opens a store that is restored from `copy`, which no fault disturbs. */
  restoredClientStore(copy: DiskCopy): ClientStore {
    const restore = (database: Database): void => {
      const store = clientStoreOn(database);
      writeNow(store, () => makeRestoredClient(store));
    };
    return clientStoreOn(this.#database(clientSchema, copy, restore));
  }

  restoredServerStore(copy: DiskCopy): ServerStore {
    const restore = (database: Database): void => {
      const store = serverStoreOn(database);
      writeNow(store, () => makeRestoredServer(store));
    };
    return serverStoreOn(this.#database(serverSchema, copy, restore));
  }

  /** Copies the content between two turns, as a backup does. */
  copy(): DiskCopy {
    const connection = this.#connection;
    if (connection === undefined) throw new Error('nothing is on this disk');
    return new Map(tablesOf(connection).map((table) => [table, rowsOf(connection, table)]));
  }

  /**
   * Ends the process that writes here within a turn: none of its later writes reaches the disk. The owner of the process
   * makes sure that none of its datagrams leaves.
   */
  doom({ atWrite, edge }: Death, onDeath: () => void): void {
    this.#planDeath = { writesLeft: atWrite, edge, onDeath };
  }

  /** How many writes it was asked for so far. Only a write changes its content. */
  get writes(): number {
    return this.#writes;
  }

  /** The bytes of all pages that hold something. */
  get bytes(): number {
    const figure = (name: string): number => Number(Object.values(this.#pragma(name))[0]);
    return (figure('page_count') - figure('freelist_count')) * figure('page_size');
  }

  #pragma(name: string): Readonly<Record<string, SQLOutputValue>> {
    return this.#connection?.prepare(`PRAGMA ${name}`).get() ?? {};
  }

  get isProcessDead(): boolean {
    return this.#isProcessDead;
  }

  /** Lets a new process write here. */
  revive(): void {
    this.#planDeath = undefined;
    this.#isProcessDead = false;
  }

  #meetDoom(edge: Death['edge']): void {
    const doom = this.#planDeath;
    if (doom === undefined) return;
    if (edge === 'before') doom.writesLeft--;
    if (doom.writesLeft > 0 || doom.edge !== edge) return;
    this.#planDeath = undefined;
    this.#isProcessDead = true;
    doom.onDeath();
  }

  #database(
    schema: Schema,
    copy: DiskCopy = new Map(),
    restore: (database: Database) => void = () => undefined,
  ): Database {
    const connection = connect(schema);
    fill(connection, copy, schema);
    restore(new Database(connection, inMemory));
    this.#connection = connection;
    const prepare = (sql: string): Statement => {
      const statement = connection.prepare(sql);
      const isCommit = sql === 'COMMIT';
      if (!isCommit && !writing.test(sql)) return statement;
      const run: Statement['run'] = (...parameters) => {
        this.#writes++;
        if (isCommit) this.onCommit();
        this.#meetDoom('before');
        const refusal = this.#isProcessDead ? 'transaction' : this.refuses({ sql, isCommit });
        if (refusal !== undefined) refuse(connection, refusal);
        const result = statement.run(...parameters);
        this.#meetDoom('after');
        return result;
      };
      return {
        run,
        get: (...parameters) => statement.get(...parameters),
        all: (...parameters) => statement.all(...parameters),
        columns: () => statement.columns(),
        setReturnArrays: (enabled) => statement.setReturnArrays(enabled),
      };
    };
    const disk: Connection = {
      prepare,
      get isTransaction() {
        return connection.isTransaction;
      },
      close: () => connection.close(),
    };
    return new Database(disk, inMemory, {
      check: () => undefined,
      sync: () => this.sync(),
      syncLater: () =>
        new Promise((resolve) => {
          this.sync();
          resolve();
        }),
      close: () => undefined,
    });
  }
}

/** Runs an action that the disk may refuse, and ignores the refusal. */
export function unlessDiskFails(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

/** The bytes of an empty database of each schema. To read them takes a fraction of the time of a migration. */
const emptyDatabases = new WeakMap<Schema, Uint8Array>();

function connect(schema: Schema): DatabaseSync {
  let empty = emptyDatabases.get(schema);
  if (empty === undefined) {
    empty = connectInMemory(schema).serialize();
    emptyDatabases.set(schema, empty);
  }
  const connection = new DatabaseSync(inMemory);
  addFunctions(connection, schema);
  connection.deserialize(empty);
  return connection;
}

const writing = /^\s*(INSERT|UPDATE|DELETE|REPLACE)\b/u;

function refuse(connection: DatabaseSync, refusal: Refusal): never {
  if (refusal === 'transaction') connection.exec('ROLLBACK');
  // As node:sqlite throws it; SQLITE_FULL of https://sqlite.org/rescode.html.
  throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
}

function tablesOf(connection: DatabaseSync): string[] {
  const tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return tables.map(({ name }) => String(name)).filter((name) => !/^(sqlite_|message_search)/u.test(name));
}

/** Returns rows in the order of insertion if the table has no order of its own. */
function rowsOf(connection: DatabaseSync, table: string): Record<string, SQLOutputValue>[] {
  return connection.prepare(`SELECT * FROM "${table}"`).all();
}

function fill(connection: DatabaseSync, copy: DiskCopy, schema: Schema): void {
  if (copy.size === 0) return;
  // Tables come in any order, except that the triggers of messages must find no conversation: its row has the count already.
  connection.exec('PRAGMA foreign_keys = OFF');
  const last = 'conversation';
  const tables = [...copy].toSorted(([one], [other]) => Number(one === last) - Number(other === last));
  for (const [table, rows] of tables) {
    connection.exec(`DELETE FROM "${table}"`);
    for (const row of rows) {
      const names = Object.keys(row).map((name) => `"${name}"`);
      const marks = names.map(() => '?');
      connection
        .prepare(`INSERT INTO "${table}" (${names.join()}) VALUES (${marks.join()})`)
        .run(...Object.values(row));
    }
  }
  // The copy has only the tables under the search index (message-search.ts).
  if (schema === clientSchema) connection.exec(`${indexMessages} true`);
  connection.exec('PRAGMA foreign_keys = ON');
}
