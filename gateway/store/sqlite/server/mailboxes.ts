import { mailKeyPrefixOf } from '../../../../shared/chat/mail-key.ts';
import type { InstallationId, MailKeyId, MessageId, PeerKey } from '../../../../shared/ids.ts';
import type { Mail, MailboxItem, MailboxRepository, MailQuota, MailUsage } from '../../server-store.ts';
import type { Database } from '../database.ts';
import {
  booleanOf,
  bytesOf,
  integerOf,
  mailKeyIdOf,
  messageIdOf,
  peerKeyOf,
  textOf,
  type Row,
} from '../rows.ts';
import type { Query, Write } from '../statements.ts';

const columns = 'recipient, sender, id, format, type, key_id, sealed, kept_at_ms';
/** The expression of the index mail_waiting. */
const installation = 'substr(key_id, 1, 8)';
// SQLite stores the length of a BLOB before it, so the sealed bytes are not read.
const usage = 'count(*) AS messages, coalesce(sum(length(sealed)), 0) AS bytes FROM mail';

export class SqliteMailboxes implements MailboxRepository {
  readonly #put: Write;
  readonly #find: Query;
  readonly #waiting: Query;
  readonly #count: Query;
  readonly #countFor: Query;
  readonly #countReceipts: Query;
  readonly #usageFor: Query;
  readonly #usageByRecipient: Query;
  readonly #usageFrom: Query;
  readonly #receiptsFrom: Query;
  readonly #newest: Record<'all' | 'receipts', Query>;
  readonly #longest: Record<'all' | 'receipts', Query>;
  readonly #keptBefore: Query;
  readonly #remove: Write;

  constructor(database: Database) {
    this.#put = database.write(`
      INSERT INTO mail (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (recipient, sender, id) DO NOTHING`);
    this.#find = database.query(
      `SELECT number, ${columns} FROM mail WHERE recipient = ? AND sender = ? AND id = ?`,
    );
    this.#waiting = database.query(`
      SELECT number, ${columns} FROM mail
      WHERE recipient = ? AND ${installation} = ? AND number NOT IN (SELECT value FROM json_each(?))
      ORDER BY number LIMIT ?`);
    this.#count = database.query(
      `SELECT count(*) AS count FROM mail WHERE recipient = ? AND type <> 'receipt'`,
    );
    this.#countFor = database.query(`
      SELECT count(*) AS count FROM mail
      WHERE recipient = ? AND ${installation} IN (SELECT value FROM json_each(?)) AND type <> 'receipt'`);
    this.#countReceipts = database.query(
      `SELECT count(*) AS count FROM mail WHERE recipient = ? AND sender = ? AND type = 'receipt'`,
    );
    this.#usageFor = database.query(`SELECT sender, ${usage} WHERE recipient = ? GROUP BY sender`);
    this.#usageByRecipient = database.query(`
      SELECT recipient, sum(type <> 'receipt') AS messages, sum(length(sealed)) AS bytes FROM mail GROUP BY recipient`);
    this.#usageFrom = database.query(
      `SELECT type = 'receipt' AS is_receipt, ${usage} WHERE sender = ? GROUP BY 1`,
    );
    this.#receiptsFrom = database.query(
      `SELECT recipient, ${usage} WHERE sender = ? AND type = 'receipt' GROUP BY recipient`,
    );
    const ofSender = `SELECT number, ${columns} FROM mail WHERE recipient = ? AND sender = ?`;
    const receiptsOfSender = `${ofSender} AND type = 'receipt'`;
    const isNewest = 'ORDER BY number DESC LIMIT 1';
    const isLongest = 'ORDER BY length(sealed) DESC, number DESC LIMIT 1';
    this.#newest = {
      all: database.query(`${ofSender} ${isNewest}`),
      receipts: database.query(`${receiptsOfSender} ${isNewest}`),
    };
    this.#longest = {
      all: database.query(`${ofSender} ${isLongest}`),
      receipts: database.query(`${receiptsOfSender} ${isLongest}`),
    };
    this.#keptBefore = database.query(
      `SELECT number, ${columns} FROM mail WHERE kept_at_ms < ? ORDER BY kept_at_ms, number LIMIT ?`,
    );
    this.#remove = database.write('DELETE FROM mail WHERE number = ?');
  }

  put({ head, sealed, keptAtMs }: Mail): boolean {
    const { to, from, id, format, type, keyId } = head;
    return this.#put.run(to, from, id, format, type, keyId, sealed, keptAtMs) > 0;
  }

  has(recipient: PeerKey, sender: PeerKey, id: MessageId): boolean {
    return this.#find.get(recipient, sender, id) !== undefined;
  }

  keyIdOf(recipient: PeerKey, sender: PeerKey, id: MessageId): MailKeyId | undefined {
    const row = this.#find.get(recipient, sender, id);
    return row === undefined ? undefined : mailKeyIdOf(row, 'key_id');
  }

  waiting(
    recipient: PeerKey,
    installations: readonly InstallationId[],
    except: ReadonlySet<number>,
    limit: number,
  ): MailboxItem[] {
    // One query for each installation, which reads no more than it returns. Most users have one.
    const items = installations.flatMap((each) =>
      this.#waiting.all(recipient, mailKeyPrefixOf(each), JSON.stringify([...except]), limit).map(itemFrom),
    );
    if (installations.length < 2) return items;
    return items.toSorted((one, other) => one.number - other.number).slice(0, limit);
  }

  countFor(recipient: PeerKey, installations: readonly InstallationId[]): number {
    return countOf(this.#countFor.get(recipient, prefixesOf(installations)));
  }

  count(recipient: PeerKey): number {
    return countOf(this.#count.get(recipient));
  }

  countReceipts(recipient: PeerKey, sender: PeerKey): number {
    return countOf(this.#countReceipts.get(recipient, sender));
  }

  usageFor(recipient: PeerKey): Map<PeerKey, MailUsage> {
    return new Map(this.#usageFor.all(recipient).map((row) => [peerKeyOf(row, 'sender'), usageFrom(row)]));
  }

  usageByRecipient(): Map<PeerKey, MailUsage> {
    return new Map(this.#usageByRecipient.all().map((row) => [peerKeyOf(row, 'recipient'), usageFrom(row)]));
  }

  receiptsFrom(sender: PeerKey): Map<PeerKey, MailUsage> {
    const rows = this.#receiptsFrom.all(sender);
    return new Map(rows.map((row) => [peerKeyOf(row, 'recipient'), usageFrom(row)]));
  }

  newest(recipient: PeerKey, sender: PeerKey, of: 'all' | 'receipts' = 'all'): MailboxItem | undefined {
    const row = this.#newest[of].get(recipient, sender);
    return row === undefined ? undefined : itemFrom(row);
  }

  longest(recipient: PeerKey, sender: PeerKey, of: 'all' | 'receipts' = 'all'): MailboxItem | undefined {
    const row = this.#longest[of].get(recipient, sender);
    return row === undefined ? undefined : itemFrom(row);
  }

  usageFrom(sender: PeerKey): Record<MailQuota, MailUsage> {
    const rows = this.#usageFrom.all(sender);
    return {
      receipts: usageFrom(rows.find((row) => booleanOf(row, 'is_receipt'))),
      others: usageFrom(rows.find((row) => !booleanOf(row, 'is_receipt'))),
    };
  }

  keptBefore(keptAtMs: number, limit: number): MailboxItem[] {
    return this.#keptBefore.all(keptAtMs, limit).map(itemFrom);
  }

  remove(recipient: PeerKey, sender: PeerKey, id: MessageId): MailboxItem | undefined {
    const row = this.#find.get(recipient, sender, id);
    if (row === undefined) return undefined;
    const item = itemFrom(row);
    this.#remove.run(item.number);
    return item;
  }
}

function prefixesOf(installations: readonly InstallationId[]): string {
  return JSON.stringify(installations.map(mailKeyPrefixOf));
}

function countOf(row: Row | undefined): number {
  return row === undefined ? 0 : integerOf(row, 'count');
}

function usageFrom(row: Row | undefined): MailUsage {
  if (row === undefined) return { messages: 0, bytes: 0 };
  return { messages: integerOf(row, 'messages'), bytes: integerOf(row, 'bytes') };
}

function itemFrom(row: Row): MailboxItem {
  return {
    number: integerOf(row, 'number'),
    head: {
      format: integerOf(row, 'format'),
      from: peerKeyOf(row, 'sender'),
      to: peerKeyOf(row, 'recipient'),
      type: textOf(row, 'type'),
      id: messageIdOf(row, 'id'),
      keyId: mailKeyIdOf(row, 'key_id'),
    },
    sealed: bytesOf(row, 'sealed'),
    keptAtMs: integerOf(row, 'kept_at_ms'),
  };
}
