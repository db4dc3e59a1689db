import type { DatabaseSync, SQLInputValue, StatementResultingChanges } from 'node:sqlite';
import type { Row } from './rows.ts';

/** What a Database needs of a connection. Tests put a faulty disk there. */
export interface Connection extends Pick<DatabaseSync, 'isTransaction' | 'close'> {
  prepare(sql: string): Statement;
}

/** A prepared statement. */
export interface Statement {
  get(...parameters: SQLInputValue[]): Row | undefined;
  all(...parameters: SQLInputValue[]): Row[];
  run(...parameters: SQLInputValue[]): Pick<StatementResultingChanges, 'changes'>;
}

/** A prepared statement that reads. Throws a StoreError if the disk or the file fails. */
export class Query {
  readonly #statement: Statement;
  readonly #failed: (error: unknown) => Error;

  constructor(statement: Statement, failed: (error: unknown) => Error) {
    this.#statement = statement;
    this.#failed = failed;
  }

  get(...parameters: SQLInputValue[]): Row | undefined {
    try {
      return this.#statement.get(...parameters);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  all(...parameters: SQLInputValue[]): Row[] {
    try {
      return this.#statement.all(...parameters);
    } catch (error) {
      throw this.#failed(error);
    }
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
