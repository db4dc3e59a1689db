import type { PeerKey } from '../../../../shared/ids.ts';
import type { CorrespondentRepository } from '../../server-store.ts';
import type { Database } from '../database.ts';
import { peerKeyOf } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

export class SqliteCorrespondents implements CorrespondentRepository {
  readonly #add: Write;
  readonly #prune: Write;
  readonly #of: Query;

  constructor(database: Database) {
    // A known peer touches no page.
    this.#add = database.write('INSERT INTO correspondent (user, peer) VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#prune = database.write(`
      DELETE FROM correspondent WHERE user = ?1 AND number <= (
        SELECT number FROM correspondent WHERE user = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)`);
    this.#of = database.query('SELECT peer FROM correspondent WHERE user = ? ORDER BY number');
  }

  add(user: PeerKey, peer: PeerKey, limit: number): void {
    if (this.#add.run(user, peer) > 0) this.#prune.run(user, limit);
  }

  of(user: PeerKey): PeerKey[] {
    return this.#of.all(user).map((row) => peerKeyOf(row, 'peer'));
  }
}
