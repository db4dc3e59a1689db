import type { PeerKey } from '../../../../shared/ids.ts';
import type { CorrespondentRepository } from '../../server-store.ts';
import type { Database } from '../database.ts';
import { integerOf, peerKeyOf } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

/** Rows over the limit before the earliest are deleted: to find them costs as much as many additions. */
const excessMax = 64;

export class SqliteCorrespondents implements CorrespondentRepository {
  readonly #add: Write;
  readonly #prune: Write;
  readonly #of: Query;
  readonly #count: Query;
  /** At least as many rows as each user has, for users that were added to in this process. */
  readonly #counts = new Map<PeerKey, number>();

  constructor(database: Database) {
    // A known peer touches no page.
    this.#add = database.write('INSERT INTO correspondent (user, peer) VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#prune = database.write(`
      DELETE FROM correspondent WHERE user = ?1 AND number <= (
        SELECT number FROM correspondent WHERE user = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)`);
    this.#of = database.query('SELECT peer FROM correspondent WHERE user = ? ORDER BY number DESC LIMIT ?');
    this.#count = database.query('SELECT count(*) AS count FROM correspondent WHERE user = ?');
  }

  add(user: PeerKey, peer: PeerKey, limit: number): void {
    if (this.#add.run(user, peer) === 0) return;
    const before = this.#counts.get(user);
    let count = before === undefined ? this.#countOf(user) : before + 1;
    if (count > limit + excessMax) {
      this.#prune.run(user, limit);
      count = limit;
    }
    this.#counts.set(user, count);
  }

  of(user: PeerKey, limit: number): PeerKey[] {
    const newestFirst = this.#of.all(user, limit).map((row) => peerKeyOf(row, 'peer'));
    return newestFirst.toReversed();
  }

  #countOf(user: PeerKey): number {
    const row = this.#count.get(user);
    return row === undefined ? 0 : integerOf(row, 'count');
  }
}
