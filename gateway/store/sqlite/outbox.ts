import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { OutboxItem, OutboxRepository, UnreadProgress } from '../client-store.ts';
import type { Database } from './database.ts';
import { detailOf, progressOf } from './progress.ts';
import {
  installationOf,
  integerOf,
  messageIdOf,
  optional,
  peerKeyOf,
  textOf,
  unreadable,
  type Row,
} from './rows.ts';
import type { Query, Write } from './statements.ts';

export class SqliteOutbox implements OutboxRepository {
  readonly #count: Write;
  readonly #counted: Query;
  readonly #setProgress: Write;
  readonly #setClockOffset: Write;
  readonly #open: Query;
  readonly #unread: Query;
  readonly #setRead: Write;

  constructor(database: Database) {
    this.#count = database.write(`
      INSERT INTO contact (key, last_sequence) VALUES (?, 1)
      ON CONFLICT (key) DO UPDATE SET last_sequence = last_sequence + 1`);
    this.#counted = database.query('SELECT last_sequence FROM contact WHERE key = ?');
    // DESIGN section 5: states only move forward. Whatever comes late, `delivered` stays.
    this.#setProgress = database.write(
      `UPDATE message SET stage = ?, detail = ? WHERE id = ? AND direction = 'out' AND stage <> 'delivered'`,
    );
    this.#setClockOffset = database.write('UPDATE message SET clock_offset_ms = ? WHERE id = ?');
    // The same words as in the index message_open, so that it is used.
    this.#open = database.query(`
      SELECT message.id, contact.key, message.text, message.sent_at_ms, message.clock_offset_ms,
        message.installation, message.sequence, message.stage, message.detail
      FROM message JOIN contact ON contact.number = message.contact
      WHERE message.stage IN ('pending', 'stored') ORDER BY message.contact, message.sequence`);
    // The same words as in the index message_delivered.
    this.#unread = database.query(`
      SELECT id FROM message
      WHERE contact = (SELECT contact FROM message WHERE id = ?1)
        AND (place, sequence) <= (SELECT place, sequence FROM message WHERE id = ?1)
        AND stage = 'delivered' AND detail IN ('now', 'later')
      ORDER BY place DESC, sequence DESC LIMIT ?2`);
    this.#setRead = database.write(`UPDATE message SET detail = 'read' WHERE id = ? AND stage = 'delivered'`);
  }

  nextSequence(peer: PeerKey): number {
    this.#count.run(peer);
    const row = this.#counted.get(peer);
    if (row === undefined) throw new Error('a contact is gone right after it was counted');
    return integerOf(row, 'last_sequence');
  }

  setProgress(id: MessageId, progress: UnreadProgress): void {
    this.#setProgress.run(progress.stage, detailOf(progress), id);
  }

  setClockOffset(id: MessageId, clockOffsetMs: number): void {
    this.#setClockOffset.run(clockOffsetMs, id);
  }

  markRead(id: MessageId, limit: number): MessageId[] {
    const ids = this.#unread.all(id, limit).map((row) => messageIdOf(row, 'id'));
    for (const each of ids) this.#setRead.run(each);
    return ids;
  }

  open(): OutboxItem[] {
    return this.#open.all().map(itemFrom);
  }
}

function itemFrom(row: Row): OutboxItem {
  return {
    id: messageIdOf(row, 'id'),
    peer: peerKeyOf(row, 'key'),
    text: textOf(row, 'text'),
    sentAtMs: integerOf(row, 'sent_at_ms'),
    clockOffsetMs: optional(row, 'clock_offset_ms', integerOf) ?? null,
    installation: installationOf(row, 'installation'),
    sequence: integerOf(row, 'sequence'),
    progress: progressOf(row) ?? unreadable('stage', 'a stage'),
  };
}
