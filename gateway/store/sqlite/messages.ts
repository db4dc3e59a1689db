import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { DirectMessage } from '../../../shared/message.ts';
import type { MessageRepository, NewMessage, SearchRange, StoredMessage } from '../client-store.ts';
import type { Database } from './database.ts';
import { MessageSearch } from './message-search.ts';
import { progressOf } from './progress.ts';
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

const columns =
  'message.id, contact.key, message.direction, message.text, message.sent_at_ms, message.place, ' +
  'message.installation, message.sequence, message.clock_offset_ms, message.stage, message.detail';
const source = 'message JOIN contact ON contact.number = message.contact';

export class SqliteMessages implements MessageRepository {
  readonly #known: Query;
  readonly #meet: Write;
  readonly #contact: Query;
  readonly #notBefore: Query;
  readonly #insert: Write;
  readonly #extend: Write;
  readonly #find: Query;
  readonly #newest: Query;
  readonly #position: Query;
  readonly #above: Query;
  readonly #unread: Query;
  readonly #remember: Write;
  readonly #remove: Write;
  readonly #search: MessageSearch;

  constructor(database: Database) {
    this.#known = database.query(
      'SELECT 1 FROM message WHERE id = ?1 UNION ALL SELECT 1 FROM removed_message WHERE id = ?1',
    );
    this.#meet = database.write('INSERT INTO contact (key) VALUES (?) ON CONFLICT (key) DO NOTHING');
    this.#contact = database.query(
      'SELECT number, last_place, read_place, read_sequence FROM contact WHERE key = ?',
    );
    this.#notBefore = database.query(`
      SELECT place, sequence FROM message
      WHERE contact = ? AND direction = ? AND installation = ? AND sequence >= ?
      ORDER BY sequence, place LIMIT 1`);
    this.#insert = database.write(`
      INSERT INTO message
        (id, contact, place, sequence, direction, installation, sent_at_ms, clock_offset_ms, stage, text)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#extend = database.write('UPDATE contact SET last_place = ? WHERE number = ?');
    this.#find = database.query(`SELECT ${columns} FROM ${source} WHERE message.id = ?`);
    this.#newest = database.query(
      `SELECT ${columns} FROM ${source} WHERE message.contact = ? ORDER BY place DESC, sequence DESC LIMIT ?`,
    );
    this.#position = database.query('SELECT place, sequence FROM message WHERE id = ? AND contact = ?');
    this.#above = database.query(`
      SELECT ${columns} FROM ${source} WHERE message.contact = ? AND (place, sequence) < (?, ?)
      ORDER BY place DESC, sequence DESC LIMIT ?`);
    this.#unread = database.query(`
      SELECT count(*) AS unread FROM message
      WHERE contact = ? AND (place, sequence) > (?, ?) AND direction = 'in'`);
    this.#remember = database.write('INSERT INTO removed_message SELECT id FROM message WHERE id = ?');
    this.#remove = database.write('DELETE FROM message WHERE id = ?');
    this.#search = new MessageSearch(database, columns, `(${source})`);
  }

  insert(message: NewMessage): DirectMessage | undefined {
    if (this.#known.get(message.id) !== undefined) return undefined;
    this.#meet.run(message.peer);
    const contact = this.#contactOf(message.peer);
    if (contact === undefined) throw new Error('a contact is gone right after it was met');
    const place = this.#placeOf(message, contact);
    const { id, peer, direction, text, sentAtMs, installation, sequence } = message;
    const stage = direction === 'out' ? 'pending' : null;
    this.#insert.run(
      ...[id, contact.number, place, sequence, direction, installation],
      ...[sentAtMs, message.clockOffsetMs ?? null, stage, text],
    );
    this.#search.put(id, text);
    if (place > contact.lastPlace) this.#extend.run(place, contact.number);
    return { id, peer, direction, text, sentAtMs, place, sequence };
  }

  find(id: MessageId): StoredMessage | undefined {
    const row = this.#find.get(id);
    return row === undefined ? undefined : messageFrom(row);
  }

  page(
    peer: PeerKey,
    before: MessageId | null,
    limit: number,
  ): { messages: StoredMessage[]; older: boolean } {
    const rows = this.#rowsAbove(peer, before, limit + 1);
    return { messages: rows.slice(0, limit).reverse().map(messageFrom), older: rows.length > limit };
  }

  search(words: string, { peer, before, limit }: SearchRange): { messages: StoredMessage[]; older: boolean } {
    const contact = peer === null ? undefined : this.#contactOf(peer);
    if (peer !== null && contact === undefined) return { messages: [], older: false };
    const rows = this.#search.find(words, contact?.number, before, limit + 1);
    return { messages: rows.slice(0, limit).map(messageFrom), older: rows.length > limit };
  }

  unreadCount(peer: PeerKey): number {
    const contact = this.#contactOf(peer);
    if (contact === undefined) return 0;
    const row = this.#unread.get(contact.number, contact.readPlace, contact.readSequence);
    return row === undefined ? 0 : integerOf(row, 'unread');
  }

  remove(id: MessageId): void {
    if (this.#remember.run(id) === 0) return;
    this.#search.remove(id);
    this.#remove.run(id);
  }

  /** docs/decisions/0004-order.md tells why, and why nothing ever moves. */
  #placeOf(message: NewMessage, contact: ContactRow): number {
    const next = this.#notBefore.get(
      contact.number,
      message.direction,
      message.installation,
      message.sequence,
    );
    const end = contact.lastPlace + 1;
    if (next === undefined) return end;
    // An installation that counts a number twice was restored from a backup: what it says now is new.
    return integerOf(next, 'sequence') === message.sequence ? end : integerOf(next, 'place');
  }

  #rowsAbove(peer: PeerKey, before: MessageId | null, limit: number): Row[] {
    const contact = this.#contactOf(peer);
    if (contact === undefined) return [];
    if (before === null) return this.#newest.all(contact.number, limit);
    const position = this.#position.get(before, contact.number);
    if (position === undefined) return [];
    const { place, sequence } = {
      place: integerOf(position, 'place'),
      sequence: integerOf(position, 'sequence'),
    };
    return this.#above.all(contact.number, place, sequence, limit);
  }

  #contactOf(peer: PeerKey): ContactRow | undefined {
    const row = this.#contact.get(peer);
    if (row === undefined) return undefined;
    return {
      number: integerOf(row, 'number'),
      lastPlace: integerOf(row, 'last_place'),
      readPlace: integerOf(row, 'read_place'),
      readSequence: integerOf(row, 'read_sequence'),
    };
  }
}

interface ContactRow {
  readonly number: number;
  readonly lastPlace: number;
  readonly readPlace: number;
  readonly readSequence: number;
}

function messageFrom(row: Row): StoredMessage {
  return {
    id: messageIdOf(row, 'id'),
    peer: peerKeyOf(row, 'key'),
    direction: directionOf(row),
    text: textOf(row, 'text'),
    sentAtMs: integerOf(row, 'sent_at_ms'),
    place: integerOf(row, 'place'),
    installation: installationOf(row, 'installation'),
    sequence: integerOf(row, 'sequence'),
    clockOffsetMs: optional(row, 'clock_offset_ms', integerOf) ?? null,
    progress: progressOf(row),
  };
}

function directionOf(row: Row): 'in' | 'out' {
  const direction = textOf(row, 'direction');
  return direction === 'in' || direction === 'out' ? direction : unreadable('direction', 'in or out');
}
