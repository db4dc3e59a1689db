import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementResultingChanges } from 'node:sqlite';
import type { Row } from './rows.ts';

/** What a Database needs of a connection. Tests put a faulty disk there. */
export interface Connection extends Pick<DatabaseSync, 'isTransaction' | 'close'> {
  prepare(sql: string): Statement;
}

/** A prepared statement. */
export interface Statement {
  get(...parameters: SQLInputValue[]): unknown;
  all(...parameters: SQLInputValue[]): unknown[];
  run(...parameters: SQLInputValue[]): Pick<StatementResultingChanges, 'changes'>;
  columns(): readonly { readonly name: string }[];
  setReturnArrays(enabled: boolean): void;
}

/**
 * A statement that is prepared when it first runs. A store has some hundreds of them, each of which takes about 6 KiB of SQLite's memory, and
 * a role needs most of them seldom or never.
 */
export class LateStatement implements Statement {
  readonly #connection: Pick<Connection, 'prepare'>;
  readonly #sql: string;
  #statement: Statement | undefined;
  #returnsArrays = false;

  constructor(connection: Pick<Connection, 'prepare'>, sql: string) {
    this.#connection = connection;
    this.#sql = sql;
  }

  get(...parameters: SQLInputValue[]): unknown {
    return this.#prepared().get(...parameters);
  }

  all(...parameters: SQLInputValue[]): unknown[] {
    return this.#prepared().all(...parameters);
  }

  run(...parameters: SQLInputValue[]): Pick<StatementResultingChanges, 'changes'> {
    return this.#prepared().run(...parameters);
  }

  columns(): readonly { readonly name: string }[] {
    return this.#prepared().columns();
  }

  /** Before it first runs. */
  setReturnArrays(enabled: boolean): void {
    this.#returnsArrays = enabled;
  }

  #prepared(): Statement {
    if (this.#statement === undefined) {
      this.#statement = this.#connection.prepare(this.#sql);
      this.#statement.setReturnArrays(this.#returnsArrays);
    }
    return this.#statement;
  }
}

/**
 * A prepared statement that reads. Throws a StoreError if the disk or the file fails. It takes rows as arrays: an object
 * with a property for each column takes V8 longer to make and to read.
 */
export class Query {
  readonly #statement: Statement;
  readonly #failed: (error: unknown) => Error;
  #indexes: ReadonlyMap<string, number> | undefined;

  constructor(statement: Statement, failed: (error: unknown) => Error) {
    this.#statement = statement;
    this.#failed = failed;
    statement.setReturnArrays(true);
  }

  get(...parameters: SQLInputValue[]): Row | undefined {
    let values: unknown;
    try {
      values = this.#statement.get(...parameters);
    } catch (error) {
      throw this.#failed(error);
    }
    return values === undefined ? undefined : new ArrayRow(values as Values, this.#columnIndexes());
  }

  all(...parameters: SQLInputValue[]): Row[] {
    let rows: unknown[];
    try {
      rows = this.#statement.all(...parameters);
    } catch (error) {
      throw this.#failed(error);
    }
    const indexes = this.#columnIndexes();
    return rows.map((values) => new ArrayRow(values as Values, indexes));
  }

  /** They stay the same: no statement changes the schema of an open database. */
  #columnIndexes(): ReadonlyMap<string, number> {
    return (this.#indexes ??= new Map(this.#statement.columns().map(({ name }, index) => [name, index])));
  }
}

type Values = readonly SQLOutputValue[];

class ArrayRow implements Row {
  readonly #values: Values;
  readonly #indexes: ReadonlyMap<string, number>;

  constructor(values: Values, indexes: ReadonlyMap<string, number>) {
    this.#values = values;
    this.#indexes = indexes;
  }

  get(column: string): SQLOutputValue | undefined {
    const index = this.#indexes.get(column);
    return index === undefined ? undefined : this.#values[index];
  }
}

/** A prepared statement that writes. Throws a StoreError if the disk or the file fails. */
export class Write {
  readonly #statement: Statement;
  readonly #before: () => void;
  readonly #failed: (error: unknown) => Error;

  constructor(statement: Statement, before: () => void, failed: (error: unknown) => Error) {
    this.#statement = statement;
    this.#before = before;
    this.#failed = failed;
  }

  /** Returns the number of rows changed. */
  run(...parameters: SQLInputValue[]): number {
    this.#before();
    try {
      return Number(this.#statement.run(...parameters).changes);
    } catch (error) {
      throw this.#failed(error);
    }
  }
}
