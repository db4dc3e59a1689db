import type { MessageId, PeerKey } from '../../../../shared/ids.ts';
import type { Bounce, BounceRepository } from '../../server-store.ts';
import type { Database } from '../database.ts';
import { integerOf, messageIdOf, optional, peerKeyOf, textOf, type Row } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

export class SqliteBounces implements BounceRepository {
  readonly #put: Write;
  readonly #waiting: Query;
  readonly #count: Query;
  readonly #remove: Write;

  constructor(database: Database) {
    this.#put = database.write(`
      INSERT INTO bounce (sender, id, recipient, code, retry_after_ms) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (sender, id, recipient)
      DO UPDATE SET code = excluded.code, retry_after_ms = excluded.retry_after_ms`);
    this.#waiting = database.query(
      'SELECT id, sender, recipient, code, retry_after_ms FROM bounce WHERE sender = ? ORDER BY number LIMIT ?',
    );
    this.#count = database.query('SELECT count(*) AS count FROM bounce WHERE sender = ?');
    this.#remove = database.write('DELETE FROM bounce WHERE sender = ? AND id = ?');
  }

  put({ sender, id, recipient, code, retryAfterMs }: Bounce): void {
    this.#put.run(sender, id, recipient, code, retryAfterMs);
  }

  waiting(sender: PeerKey, limit: number): Bounce[] {
    return this.#waiting.all(sender, limit).map(bounceFrom);
  }

  count(sender: PeerKey): number {
    const row = this.#count.get(sender);
    return row === undefined ? 0 : integerOf(row, 'count');
  }

  remove(sender: PeerKey, id: MessageId): boolean {
    return this.#remove.run(sender, id) > 0;
  }
}

function bounceFrom(row: Row): Bounce {
  return {
    id: messageIdOf(row, 'id'),
    sender: peerKeyOf(row, 'sender'),
    recipient: peerKeyOf(row, 'recipient'),
    code: textOf(row, 'code'),
    retryAfterMs: optional(row, 'retry_after_ms', integerOf) ?? null,
  };
}
