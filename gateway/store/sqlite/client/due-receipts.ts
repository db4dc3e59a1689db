import type { MessageId, PeerKey } from '../../../../shared/ids.ts';
import type { DueReceiptRepository, StoredReceipt } from '../../client-store.ts';
import type { Database } from '../database.ts';
import { jsonOf, messageIdFrom, messageIdOf, peerKeyOf, unreadable, type Row } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

export class SqliteDueReceipts implements DueReceiptRepository {
  readonly #put: Write;
  readonly #waiting: Query;
  readonly #remove: Write;
  readonly #senders: Query;
  readonly #putRead: Write;
  readonly #read: Query;
  readonly #removeRead: Write;
  readonly #putStored: Write;
  readonly #pruneStored: Write;
  readonly #stored: Query;
  readonly #removeStored: Write;

  constructor(database: Database) {
    this.#put = database.write(
      'INSERT INTO due_receipt (sender, id) VALUES (?, ?) ON CONFLICT (sender, id) DO NOTHING',
    );
    this.#waiting = database.query(`
      SELECT id FROM due_receipt
      WHERE sender = ? AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY number LIMIT ?`);
    this.#remove = database.write('DELETE FROM due_receipt WHERE sender = ? AND id = ?');
    this.#senders = database.query('SELECT sender FROM due_receipt UNION SELECT sender FROM due_read');
    this.#putRead = database.write(
      'INSERT INTO due_read (sender, id) VALUES (?, ?) ON CONFLICT (sender) DO UPDATE SET id = excluded.id',
    );
    this.#read = database.query('SELECT id FROM due_read WHERE sender = ?');
    this.#removeRead = database.write('DELETE FROM due_read WHERE sender = ? AND id = ?');
    this.#putStored = database.write(
      'INSERT INTO stored_receipt (sender, id, content) VALUES (?, ?, ?) ON CONFLICT (sender, id) DO NOTHING',
    );
    this.#pruneStored = database.write(`
      DELETE FROM stored_receipt WHERE sender = ?1 AND number NOT IN (
        SELECT number FROM stored_receipt WHERE sender = ?1 ORDER BY number DESC LIMIT ?2)`);
    this.#stored = database.query('SELECT content FROM stored_receipt WHERE sender = ? AND id = ?');
    this.#removeStored = database.write('DELETE FROM stored_receipt WHERE sender = ? AND id = ?');
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

  putRead(sender: PeerKey, id: MessageId): void {
    this.#putRead.run(sender, id);
  }

  read(sender: PeerKey): MessageId | undefined {
    const row = this.#read.get(sender);
    return row === undefined ? undefined : messageIdOf(row, 'id');
  }

  removeRead(sender: PeerKey, id: MessageId): void {
    this.#removeRead.run(sender, id);
  }

  putStored(sender: PeerKey, { id, ids, read }: StoredReceipt, limit: number): void {
    this.#putStored.run(sender, id, JSON.stringify({ ids, read }));
    this.#pruneStored.run(sender, limit);
  }

  takeStored(sender: PeerKey, envelope: MessageId): StoredReceipt | undefined {
    const row = this.#stored.get(sender, envelope);
    if (row === undefined) return undefined;
    this.#removeStored.run(sender, envelope);
    return storedReceiptFrom(envelope, row);
  }

  senders(): PeerKey[] {
    return this.#senders.all().map((row) => peerKeyOf(row, 'sender'));
  }
}

function storedReceiptFrom(id: MessageId, row: Row): StoredReceipt {
  const content = jsonOf(row, 'content');
  const { ids, read } = (typeof content === 'object' ? (content ?? {}) : {}) as Partial<
    Record<string, unknown>
  >;
  if (!Array.isArray(ids)) return unreadable('content', 'a receipt');
  return {
    id,
    ids: ids.map((each: unknown) => messageIdFrom(each) ?? unreadable('content', 'a receipt')),
    read: messageIdFrom(read),
  };
}
