import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { MailboxItem, MailboxRepository } from '../server-store.ts';
import type { Database } from './database.ts';
import { bytesOf, integerOf, messageIdOf, peerKeyOf, type Row } from './rows.ts';
import type { Query, Write } from './statements.ts';

const columns = 'id, sender, recipient, body';

export class SqliteMailboxes implements MailboxRepository {
  readonly #put: Write;
  readonly #find: Query;
  readonly #waiting: Query;
  readonly #count: Query;
  readonly #remove: Write;

  constructor(database: Database) {
    this.#put = database.write(`
      INSERT INTO mail (${columns}) VALUES (?, ?, ?, ?) ON CONFLICT (recipient, id) DO NOTHING`);
    this.#find = database.query(`SELECT ${columns} FROM mail WHERE recipient = ? AND id = ?`);
    this.#waiting = database.query(`
      SELECT ${columns} FROM mail WHERE recipient = ? AND id NOT IN (SELECT value FROM json_each(?))
      ORDER BY number LIMIT ?`);
    this.#count = database.query('SELECT count(*) AS count FROM mail WHERE recipient = ?');
    this.#remove = database.write('DELETE FROM mail WHERE recipient = ? AND id = ?');
  }

  put(item: MailboxItem): boolean {
    return this.#put.run(item.id, item.sender, item.recipient, item.body) > 0;
  }

  has(recipient: PeerKey, id: MessageId): boolean {
    return this.#find.get(recipient, id) !== undefined;
  }

  waiting(recipient: PeerKey, except: ReadonlySet<MessageId>, limit: number): MailboxItem[] {
    return this.#waiting.all(recipient, JSON.stringify([...except]), limit).map(itemFrom);
  }

  count(recipient: PeerKey): number {
    const row = this.#count.get(recipient);
    return row === undefined ? 0 : integerOf(row, 'count');
  }

  remove(recipient: PeerKey, id: MessageId): MailboxItem | undefined {
    const row = this.#find.get(recipient, id);
    if (row === undefined) return undefined;
    this.#remove.run(recipient, id);
    return itemFrom(row);
  }
}

function itemFrom(row: Row): MailboxItem {
  return {
    id: messageIdOf(row, 'id'),
    sender: peerKeyOf(row, 'sender'),
    recipient: peerKeyOf(row, 'recipient'),
    body: bytesOf(row, 'body'),
  };
}
