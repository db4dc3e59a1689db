import type { Pin, PinRepository } from '../client-store.ts';
import type { Database } from './database.ts';
import { booleanOf, optional, peerKeyOf, textOf } from './rows.ts';
import type { Query, Write } from './statements.ts';

export class SqlitePins implements PinRepository {
  readonly #put: Write;
  readonly #all: Query;

  constructor(database: Database) {
    this.#put = database.write(`
      INSERT INTO pin (name, key, rival, refused) VALUES (?, ?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET key = excluded.key, rival = excluded.rival, refused = excluded.refused`);
    this.#all = database.query('SELECT name, key, rival, refused FROM pin');
  }

  put({ name, key, rival, refused }: Pin): void {
    this.#put.run(name, key, rival, refused ? 1 : 0);
  }

  all(): Pin[] {
    return this.#all.all().map((row) => ({
      name: textOf(row, 'name'),
      key: peerKeyOf(row, 'key'),
      rival: optional(row, 'rival', peerKeyOf) ?? null,
      refused: booleanOf(row, 'refused'),
    }));
  }
}
