import type { Database } from './database.ts';

/** Far above what a chat has at work at a time. */
const rowsMax = 4_096;

/**
 * Keeps what small rows say, so that each message does not read them again. A cache is empty after writes were undone: it may have
 * read them. Code that gives such rows other names calls `Database.dropCaches`.
 */
export class RowCache<Key, Value> {
  readonly #database: Pick<Database, 'caches'>;
  readonly #known = new Map<Key, Value>();
  #caches: number;

  constructor(database: Pick<Database, 'caches'>) {
    this.#database = database;
    this.#caches = database.caches;
  }

  /** Returns the value of this key, and reads it if it is not known. What is not there is read each time. */
  get(key: Key, read: () => Value | undefined): Value | undefined {
    if (this.#caches !== this.#database.caches) {
      this.#known.clear();
      this.#caches = this.#database.caches;
    }
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const value = read();
    if (value === undefined) return undefined;
    if (this.#known.size >= rowsMax) this.#known.clear();
    this.#known.set(key, value);
    return value;
  }
}
