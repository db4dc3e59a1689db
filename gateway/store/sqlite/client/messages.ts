import type { ConversationId } from '../../../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../../../shared/ids.ts';
import { contentText, type MessagePosition } from '../../../../shared/message.ts';
import type {
  MessageAmount,
  MessagePage,
  MessageRepository,
  NewMessage,
  SearchRange,
  StoredMessage,
} from '../../client-store.ts';
import type { Database } from '../database.ts';
import { MessageSearch } from './message-search.ts';
import {
  columnsWithConversation,
  messageColumns,
  MessageReader,
  sourceWithConversation,
} from './message-rows.ts';
import { Peers } from './peers.ts';
import { integerOf, messageIdOf, optional, type Row } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

export class SqliteMessages implements MessageRepository {
  readonly #peers: Peers;
  readonly #reader: MessageReader;
  readonly #known: Query;
  readonly #begin: Write;
  readonly #conversation: Query;
  readonly #notBefore: Query;
  readonly #insert: Write;
  readonly #dispatch: Write;
  readonly #extend: Write;
  readonly #find: Query;
  readonly #newest: Query;
  readonly #position: Query;
  readonly #above: Query;
  readonly #remember: Write;
  readonly #removeDispatches: Write;
  readonly #remove: Write;
  readonly #setClockOffset: Write;
  readonly #amountBy: Query;
  readonly #search: MessageSearch;

  constructor(database: Database) {
    this.#peers = new Peers(database);
    this.#reader = new MessageReader(database);
    this.#known = database.query(
      'SELECT 1 FROM message WHERE id = ?1 UNION ALL SELECT 1 FROM removed_message WHERE id = ?1',
    );
    this.#begin = database.write('INSERT INTO conversation (id) VALUES (?) ON CONFLICT (id) DO NOTHING');
    this.#conversation = database.query('SELECT number, last_major FROM conversation WHERE id = ?');
    this.#notBefore = database.query(`
      SELECT major, minor FROM message
      WHERE conversation = ? AND author = ? AND installation = ? AND minor >= ?
      ORDER BY minor, major LIMIT 1`);
    this.#insert = database.write(`
      INSERT INTO message
        (id, conversation, author, major, minor, installation, sent_at_ms, has_dispatches, clock_offset_ms, kind, text)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#dispatch = database.write(
      'INSERT INTO dispatch (message, recipient) SELECT number, ? FROM message WHERE id = ?',
    );
    this.#extend = database.write('UPDATE conversation SET last_major = ? WHERE number = ?');
    this.#find = database.query(
      `SELECT ${columnsWithConversation} FROM ${sourceWithConversation} WHERE message.id = ?`,
    );
    this.#newest = database.query(`
      SELECT ${messageColumns} FROM message WHERE message.conversation = ?
      ORDER BY major DESC, minor DESC LIMIT ?`);
    this.#position = database.query('SELECT major, minor FROM message WHERE id = ? AND conversation = ?');
    this.#above = database.query(`
      SELECT ${messageColumns} FROM message
      WHERE message.conversation = ? AND (major, minor) < (?, ?)
      ORDER BY major DESC, minor DESC LIMIT ?`);
    this.#remember = database.write('INSERT INTO removed_message (id) SELECT id FROM message WHERE id = ?');
    this.#removeDispatches = database.write(
      'DELETE FROM dispatch WHERE message = (SELECT number FROM message WHERE id = ?)',
    );
    this.#remove = database.write('DELETE FROM message WHERE id = ?');
    this.#setClockOffset = database.write('UPDATE message SET clock_offset_ms = ? WHERE id = ?');
    // One row is the one with the largest number: SQLite takes the other columns from it.
    this.#amountBy = database.query(`
      SELECT count(*) AS count, coalesce(sum(octet_length(text)), 0) AS text_bytes, max(number) AS last, id FROM message
      WHERE conversation = ? AND author = ?`);
    this.#search = new MessageSearch(database);
  }

  insert(message: NewMessage): StoredMessage | undefined {
    if (this.#known.get(message.id) !== undefined) return undefined;
    const { id, conversation, author, content, sentAtMs, clockOffsetMs, installation, sequence, recipients } =
      message;
    this.#begin.run(conversation);
    const place = this.#conversationOf(conversation);
    if (place === undefined) throw new Error('a conversation is gone right after it was made');
    const authorNumber = this.#peers.numberOf(author);
    const major = this.#majorOf(message, place, authorNumber);
    this.#insert.run(
      id,
      place.number,
      authorNumber,
      major,
      sequence,
      installation,
      sentAtMs,
      Number(recipients.length > 0),
      clockOffsetMs,
      content.kind,
      contentText(content),
    );
    for (const recipient of recipients) this.#dispatch.run(this.#peers.numberOf(recipient), id);
    this.#search.put(id, contentText(content));
    if (major > place.lastMajor) this.#extend.run(major, place.number);
    return {
      id,
      conversation,
      author,
      content,
      sentAtMs,
      position: { major, minor: sequence },
      installation,
      clockOffsetMs,
      dispatches: recipients.map((recipient) => ({ recipient, progress: { stage: 'pending' } })),
    };
  }

  find(id: MessageId): StoredMessage | undefined {
    return this.#reader.read(this.#find.all(id))[0];
  }

  page(conversation: ConversationId, before: MessageId | null, limit: number): MessagePage {
    const rows = this.#rowsAbove(conversation, before, limit + 1);
    const messages = this.#reader.readIn(conversation, rows.slice(0, limit));
    return { messages: messages.reverse(), hasMore: rows.length > limit };
  }

  search(words: string, { conversation, before, limit }: SearchRange): MessagePage {
    if (conversation === null) {
      const rows = this.#search.find(words, before, limit + 1);
      return { messages: this.#reader.read(rows.slice(0, limit)), hasMore: rows.length > limit };
    }
    const place = this.#conversationOf(conversation);
    if (place === undefined) return { messages: [], hasMore: false };
    const rows = this.#search.findIn(place.number, words, before, limit + 1);
    return {
      messages: this.#reader.readIn(conversation, rows.slice(0, limit)),
      hasMore: rows.length > limit,
    };
  }

  remove(id: MessageId): void {
    if (this.#remember.run(id) === 0) return;
    this.#search.remove(id);
    this.#removeDispatches.run(id);
    this.#remove.run(id);
  }

  setClockOffset(id: MessageId, clockOffsetMs: number): void {
    this.#setClockOffset.run(clockOffsetMs, id);
  }

  amountBy(conversation: ConversationId, author: PeerKey): MessageAmount {
    const place = this.#conversationOf(conversation);
    const authorNumber = this.#peers.find(author);
    if (place === undefined || authorNumber === undefined)
      return { count: 0, textBytes: 0, lastId: undefined };
    const row = this.#amountBy.get(place.number, authorNumber);
    if (row === undefined) throw new Error('a count has no row');
    return {
      count: integerOf(row, 'count'),
      textBytes: integerOf(row, 'text_bytes'),
      lastId: optional(row, 'id', messageIdOf),
    };
  }

  /** docs/decisions/0004-order.md has the reasons, also why no message ever moves. */
  #majorOf(message: NewMessage, conversation: ConversationRow, author: number): number {
    const next = this.#notBefore.get(conversation.number, author, message.installation, message.sequence);
    const end = conversation.lastMajor + 1;
    if (next === undefined) return end;
    // An installation that counts a number twice was restored from a backup: its message is new.
    return integerOf(next, 'minor') === message.sequence ? end : integerOf(next, 'major');
  }

  #rowsAbove(id: ConversationId, before: MessageId | null, limit: number): Row[] {
    const conversation = this.#conversationOf(id);
    if (conversation === undefined) return [];
    if (before === null) return this.#newest.all(conversation.number, limit);
    const row = this.#position.get(before, conversation.number);
    if (row === undefined) return [];
    const { major, minor }: MessagePosition = {
      major: integerOf(row, 'major'),
      minor: integerOf(row, 'minor'),
    };
    return this.#above.all(conversation.number, major, minor, limit);
  }

  #conversationOf(id: ConversationId): ConversationRow | undefined {
    const row = this.#conversation.get(id);
    if (row === undefined) return undefined;
    return { number: integerOf(row, 'number'), lastMajor: integerOf(row, 'last_major') };
  }
}

interface ConversationRow {
  readonly number: number;
  readonly lastMajor: number;
}
