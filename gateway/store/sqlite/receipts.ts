import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { ReceiptItem, ReceiptRepository } from '../server-store.ts';
import type { Database } from './database.ts';
import { messageIdOf, peerKeyOf, type Row } from './rows.ts';
import type { Query, Write } from './statements.ts';

export class SqliteReceipts implements ReceiptRepository {
  readonly #put: Write;
  readonly #waiting: Query;
  readonly #remove: Write;

  constructor(database: Database) {
    this.#put = database.write(
      'INSERT INTO receipt (sender, id, recipient) VALUES (?, ?, ?) ON CONFLICT (sender, id, recipient) DO NOTHING',
    );
    this.#waiting = database.query(`
      SELECT id, sender, recipient FROM receipt
      WHERE sender = ? AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY number LIMIT ?`);
    this.#remove = database.write('DELETE FROM receipt WHERE sender = ? AND id = ?');
  }

  put(receipt: ReceiptItem): void {
    this.#put.run(receipt.sender, receipt.id, receipt.recipient);
  }

  waiting(sender: PeerKey, except: ReadonlySet<MessageId>, limit: number): ReceiptItem[] {
    return this.#waiting.all(sender, JSON.stringify([...except]), limit).map(itemFrom);
  }

  remove(sender: PeerKey, id: MessageId): void {
    this.#remove.run(sender, id);
  }
}

function itemFrom(row: Row): ReceiptItem {
  return {
    id: messageIdOf(row, 'id'),
    sender: peerKeyOf(row, 'sender'),
    recipient: peerKeyOf(row, 'recipient'),
  };
}
