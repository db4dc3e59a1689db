import type { Pin, PinRepository } from '../../client-store.ts';
import type { Database } from '../database.ts';
import { booleanOf, optional, peerKeyOf, textOf } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

export class SqlitePins implements PinRepository {
  readonly #put: Write;
  readonly #all: Query;
  readonly #remove: Write;

  constructor(database: Database) {
    this.#put = database.write(`
      INSERT INTO pin (name, key, conflicting_key, refused, permanent) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET
        key = excluded.key, conflicting_key = excluded.conflicting_key, refused = excluded.refused, permanent = excluded.permanent`);
    this.#all = database.query('SELECT name, key, conflicting_key, refused, permanent FROM pin');
    this.#remove = database.write('DELETE FROM pin WHERE name = ?');
  }

  put({ name, key, conflictingKey, refused, permanent }: Pin): void {
    this.#put.run(name, key, conflictingKey, refused ? 1 : 0, permanent ? 1 : 0);
  }

  remove(name: string): void {
    this.#remove.run(name);
  }

  all(): Pin[] {
    return this.#all.all().map((row) => ({
      name: textOf(row, 'name'),
      key: peerKeyOf(row, 'key'),
      conflictingKey: optional(row, 'conflicting_key', peerKeyOf) ?? null,
      refused: booleanOf(row, 'refused'),
      permanent: booleanOf(row, 'permanent'),
    }));
  }
}
