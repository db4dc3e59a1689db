import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { Row } from './rows.ts';

/** A prepared statement that reads. Throws a StoreError if the disk or the file fails. */
export class Query {
  readonly #statement: StatementSync;
  readonly #failed: (error: unknown) => Error;

  constructor(statement: StatementSync, failed: (error: unknown) => Error) {
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
  readonly #statement: StatementSync;
  readonly #before: () => void;
  readonly #failed: (error: unknown) => Error;

  constructor(statement: StatementSync, before: () => void, failed: (error: unknown) => Error) {
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
