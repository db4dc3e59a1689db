import type { Pin, PinRepository } from '../client-store.ts';
import type { Database } from './database.ts';
import { booleanOf, optional, peerKeyOf, textOf } from './rows.ts';
import type { Query, Write } from './statements.ts';

export class SqlitePins implements PinRepository {
  readonly #put: Write;
  readonly #all: Query;
  readonly #remove: Write;

  constructor(database: Database) {
    this.#put = database.write(`
      INSERT INTO pin (name, key, rival, refused, kept) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET
        key = excluded.key, rival = excluded.rival, refused = excluded.refused, kept = excluded.kept`);
    this.#all = database.query('SELECT name, key, rival, refused, kept FROM pin');
    this.#remove = database.write('DELETE FROM pin WHERE name = ?');
  }

  put({ name, key, rival, refused, kept }: Pin): void {
    this.#put.run(name, key, rival, refused ? 1 : 0, kept ? 1 : 0);
  }

  remove(name: string): void {
    this.#remove.run(name);
  }

  all(): Pin[] {
    return this.#all.all().map((row) => ({
      name: textOf(row, 'name'),
      key: peerKeyOf(row, 'key'),
      rival: optional(row, 'rival', peerKeyOf) ?? null,
      refused: booleanOf(row, 'refused'),
      kept: booleanOf(row, 'kept'),
    }));
  }
}
