import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { DueReceiptRepository } from '../client-store.ts';
import type { Database } from './database.ts';
import { messageIdOf, peerKeyOf } from './rows.ts';
import type { Query, Write } from './statements.ts';

export class SqliteDueReceipts implements DueReceiptRepository {
  readonly #put: Write;
  readonly #waiting: Query;
  readonly #remove: Write;
  readonly #senders: Query;

  constructor(database: Database) {
    this.#put = database.write(
      'INSERT INTO due_receipt (sender, id) VALUES (?, ?) ON CONFLICT (sender, id) DO NOTHING',
    );
    this.#waiting = database.query(`
      SELECT id FROM due_receipt
      WHERE sender = ? AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY number LIMIT ?`);
    this.#remove = database.write('DELETE FROM due_receipt WHERE sender = ? AND id = ?');
    this.#senders = database.query('SELECT DISTINCT sender FROM due_receipt');
  }

  put(sender: PeerKey, id: MessageId): void {
    this.#put.run(sender, id);
  }

  waiting(sender: PeerKey, except: ReadonlySet<MessageId>, limit: number): MessageId[] {
    const rows = this.#waiting.all(sender, JSON.stringify([...except]), limit);
    return rows.map((row) => messageIdOf(row, 'id'));
  }

  remove(sender: PeerKey, id: MessageId): void {
    this.#remove.run(sender, id);
  }

  senders(): PeerKey[] {
    return this.#senders.all().map((row) => peerKeyOf(row, 'sender'));
  }
}
