import type { PeerKey } from '../../../shared/ids.ts';
import type { Database } from './database.ts';
import { integerOf } from './rows.ts';
import type { Query, Write } from './statements.ts';

/** The numbers by which messages name keys. */
export class Peers {
  readonly #find: Query;
  readonly #add: Write;

  constructor(database: Database) {
    this.#find = database.query('SELECT number FROM peer WHERE key = ?');
    this.#add = database.write('INSERT INTO peer (key) VALUES (?)');
  }

  find(key: PeerKey): number | undefined {
    const row = this.#find.get(key);
    return row === undefined ? undefined : integerOf(row, 'number');
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
