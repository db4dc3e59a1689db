import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ClientStore } from '../store/client-store.ts';
import type { ServerStore } from '../store/server-store.ts';
import { clientSchema } from '../store/sqlite/client-schema.ts';
import { clientStoreOn } from '../store/sqlite/client-store.ts';
import { Database } from '../store/sqlite/database.ts';
import { connectInMemory, inMemory } from '../store/sqlite/open-database.ts';
import type { Schema } from '../store/sqlite/schema.ts';
import { serverSchema } from '../store/sqlite/server-schema.ts';
import { serverStoreOn } from '../store/sqlite/server-store.ts';

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

/**
 * A disk that refuses what a test wants refused, below everything that a store is made of: each write is asked for,
 * whichever repository it comes from. What is on it can still be read.
 */
export class FaultyDisk {
  /** Decides about each write; undefined lets it pass. */
  refuses: (write: DiskWrite) => Refusal | undefined = () => undefined;

  clientStore(): ClientStore {
    return clientStoreOn(this.#database(clientSchema));
  }

  serverStore(): ServerStore {
    return serverStoreOn(this.#database(serverSchema));
  }

  #database(schema: Schema): Database {
    const connection = connectInMemory(schema);
    const prepare = (sql: string): StatementSync => {
      const statement = connection.prepare(sql);
      const isCommit = sql === 'COMMIT';
      if (!isCommit && !writing.test(sql)) return statement;
      const run = (...parameters: unknown[]): unknown => {
        const refusal = this.refuses({ sql, isCommit });
        if (refusal !== undefined) refuse(connection, refusal);
        return Reflect.apply(statement.run, statement, parameters);
      };
      return overlaid(statement, { run });
    };
    return new Database(overlaid(connection, { prepare }), inMemory);
  }
}

const writing = /^\s*(INSERT|UPDATE|DELETE|REPLACE)\b/u;

function refuse(connection: DatabaseSync, refusal: Refusal): never {
  if (refusal === 'transaction') connection.exec('ROLLBACK');
  // As node:sqlite throws it; SQLITE_FULL of https://sqlite.org/rescode.html.
  throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
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
