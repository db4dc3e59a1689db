import type { MessageId, PeerKey } from '../../../../shared/ids.ts';
import type { BlockRepository } from '../../client-store.ts';
import type { Database } from '../database.ts';
import { peerKeyOf } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

export class SqliteBlocks implements BlockRepository {
  readonly #put: Write;
  readonly #remove: Write;
  readonly #all: Query;
  readonly #putUnopened: Write;
  readonly #pruneUnopened: Write;
  readonly #unopened: Query;

  constructor(database: Database) {
    this.#put = database.write('INSERT INTO blocked_key (key) VALUES (?) ON CONFLICT (key) DO NOTHING');
    this.#remove = database.write('DELETE FROM blocked_key WHERE key = ?');
    this.#all = database.query('SELECT key FROM blocked_key ORDER BY number');
    this.#putUnopened = database.write(
      'INSERT INTO unopened_message (sender, id) VALUES (?, ?) ON CONFLICT (sender, id) DO NOTHING',
    );
    this.#pruneUnopened = database.write(`
      DELETE FROM unopened_message WHERE sender = ?1 AND number <= (
        SELECT number FROM unopened_message WHERE sender = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)`);
    this.#unopened = database.query('SELECT 1 FROM unopened_message WHERE sender = ? AND id = ?');
  }

  put(key: PeerKey): void {
    this.#put.run(key);
  }

  remove(key: PeerKey): void {
    this.#remove.run(key);
  }

  all(): PeerKey[] {
    return this.#all.all().map((row) => peerKeyOf(row, 'key'));
  }

  putUnopened(sender: PeerKey, id: MessageId, limit: number): void {
    if (this.#putUnopened.run(sender, id) > 0) this.#pruneUnopened.run(sender, limit);
  }

  hasUnopened(sender: PeerKey, id: MessageId): boolean {
    return this.#unopened.get(sender, id) !== undefined;
  }
}
