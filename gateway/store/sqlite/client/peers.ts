import type { PeerKey } from '../../../../shared/ids.ts';
import type { Database } from '../database.ts';
import { RowCache } from '../row-cache.ts';
import { integerOf, peerKeyOf, unreadable } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

/** The numbers by which messages name keys. */
export class Peers {
  readonly #numbers: RowCache<PeerKey, number>;
  readonly #keys: RowCache<number, PeerKey>;
  readonly #find: Query;
  readonly #key: Query;
  readonly #add: Write;

  constructor(database: Database) {
    this.#numbers = new RowCache(database);
    this.#keys = new RowCache(database);
    this.#find = database.query('SELECT number FROM peer WHERE key = ?');
    this.#key = database.query('SELECT key FROM peer WHERE number = ?');
    this.#add = database.write('INSERT INTO peer (key) VALUES (?)');
  }

  find(key: PeerKey): number | undefined {
    return this.#numbers.get(key, () => {
      const row = this.#find.get(key);
      return row === undefined ? undefined : integerOf(row, 'number');
    });
  }

  /** Returns the key with this number, which a row names. */
  keyOf(number: number): PeerKey {
    const known = this.#keys.get(number, () => {
      const row = this.#key.get(number);
      return row === undefined ? undefined : peerKeyOf(row, 'key');
    });
    return known ?? unreadable('number', 'the number of a key');
  }

  /** Returns the number of this key, and gives it one if it has none. */
  numberOf(key: PeerKey): number {
    const known = this.find(key);
    if (known !== undefined) return known;
    this.#add.run(key);
    const added = this.find(key);
    if (added === undefined) throw new Error('a key is gone right after it was added');
    return added;
  }
}
