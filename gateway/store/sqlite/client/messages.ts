import type { ConversationId } from '../../../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../../../shared/ids.ts';
import { effectsOf, summaryOf, type MessageChange } from '../../../../shared/chat/timeline.ts';
import type { ChatMessage, Content, MessagePosition } from '../../../../shared/message.ts';
import type {
  BatchContent,
  ChangedMessage,
  ChangeMessageContent,
  FoundMessages,
  InsertedChange,
  MessageAmount,
  MessagePage,
  MessageQuery,
  MessageRepository,
  NewChange,
  NewMessage,
  OutgoingMessage,
  SearchRange,
  StoredMessage,
} from '../../client-store.ts';
import type { Database } from '../database.ts';
import { MessageChanges } from './message-changes.ts';
import { columnsOfContent, type ContentColumns } from './message-content.ts';
import { MessageSearch } from './message-search.ts';
import {
  columnsWithConversation,
  messageColumns,
  MessageReader,
  sourceWithConversation,
} from './message-rows.ts';
import { Peers } from './peers.ts';
import { RowCache } from '../row-cache.ts';
import { conversationIdOf, integerOf, messageIdOf, optional, peerKeyOf, type Row } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

export class SqliteMessages implements MessageRepository {
  /** The numbers of conversations. */
  readonly #conversations: RowCache<ConversationId, number>;
  readonly #peers: Peers;
  readonly #reader: MessageReader;
  readonly #known: Query;
  readonly #knownOrAwaited: Query;
  readonly #begin: Write;
  readonly #conversation: Query;
  readonly #lastMajor: Query;
  readonly #notBefore: Query;
  readonly #insert: Write;
  readonly #dispatch: Write;
  readonly #extend: Write;
  readonly #find: Query;
  readonly #newest: Query;
  readonly #position: Query;
  readonly #above: Query;
  readonly #below: Query;
  readonly #remember: Write;
  readonly #removeDispatches: Write;
  readonly #remove: Write;
  readonly #upTo: Query;
  readonly #changedBehind: Query;
  readonly #forgetChanges: Write;
  readonly #setClockOffset: Write;
  readonly #amountBy: Query;
  readonly #newestBy: Query;
  readonly #origin: Query;
  readonly #findOutgoing: Query;
  readonly #undeliveredEdits: Query;
  readonly #setDetails: Write;
  readonly #place: Write;
  readonly #removeMarks: Write;
  readonly #search: MessageSearch;
  readonly #changes: MessageChanges;

  constructor(database: Database, { waitingRowsMax }: { readonly waitingRowsMax?: number } = {}) {
    this.#conversations = new RowCache(database);
    this.#peers = new Peers(database);
    this.#reader = new MessageReader(database);
    const known = `
      SELECT 1 AS known FROM message WHERE id = ?1 UNION ALL SELECT 1 FROM removed_message WHERE id = ?1`;
    this.#known = database.query(known);
    this.#knownOrAwaited = database.query(
      `${known} UNION ALL SELECT 0 FROM waiting_change WHERE target = ?1 LIMIT 1`,
    );
    this.#begin = database.write('INSERT INTO conversation (id) VALUES (?) ON CONFLICT (id) DO NOTHING');
    this.#conversation = database.query('SELECT number FROM conversation WHERE id = ?');
    this.#lastMajor = database.query('SELECT last_major FROM conversation WHERE number = ?');
    this.#notBefore = database.query(`
      SELECT major, minor FROM message
      WHERE conversation = ? AND author = ? AND installation = ? AND minor >= ?
      ORDER BY minor, major LIMIT 1`);
    this.#insert = database.write(`
      INSERT INTO message
        (id, conversation, author, major, minor, installation, sent_at_ms, has_dispatches, clock_offset_ms,
         shown, kind, text, details, target, mentions_me)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#dispatch = database.write(
      'INSERT INTO dispatch (message, recipient) SELECT number, ? FROM message WHERE id = ?',
    );
    this.#extend = database.write('UPDATE conversation SET last_major = ? WHERE number = ?');
    this.#find = database.query(
      `SELECT ${columnsWithConversation} FROM ${sourceWithConversation} WHERE message.id = ? AND message.shown = 1`,
    );
    this.#findOutgoing = database.query(
      `SELECT ${columnsWithConversation} FROM ${sourceWithConversation} WHERE message.id = ?`,
    );
    this.#origin = database.query(`
      SELECT conversation.id AS conversation_id, peer.key AS author FROM ${sourceWithConversation}
      JOIN peer ON peer.number = message.author WHERE message.id = ?`);
    this.#undeliveredEdits = database.query(`
      SELECT message.id FROM message JOIN dispatch ON dispatch.message = message.number
      WHERE message.target = ? AND message.kind = 'edit' AND stage <> 'delivered'`);
    this.#setDetails = database.write('UPDATE message SET details = ? WHERE id = ? AND shown = 0');
    this.#place = database.write('UPDATE message SET major = ?, minor = ? WHERE id = ?');
    this.#removeMarks = database.write(
      'DELETE FROM mark WHERE message = (SELECT number FROM message WHERE id = ?)',
    );
    this.#newest = database.query(`
      SELECT ${messageColumns} FROM message WHERE message.conversation = ? AND shown = 1
      ORDER BY major DESC, minor DESC LIMIT ?`);
    this.#position = database.query(
      'SELECT major, minor FROM message WHERE id = ? AND conversation = ? AND shown = 1',
    );
    this.#above = database.query(`
      SELECT ${messageColumns} FROM message
      WHERE message.conversation = ? AND shown = 1 AND (major, minor) < (?, ?)
      ORDER BY major DESC, minor DESC LIMIT ?`);
    this.#below = database.query(`
      SELECT ${messageColumns} FROM message
      WHERE message.conversation = ? AND shown = 1 AND (major, minor) > (?, ?)
      ORDER BY major, minor LIMIT ?`);
    this.#remember = database.write('INSERT INTO removed_message (id) SELECT id FROM message WHERE id = ?');
    this.#removeDispatches = database.write(
      'DELETE FROM dispatch WHERE message = (SELECT number FROM message WHERE id = ?)',
    );
    this.#remove = database.write('DELETE FROM message WHERE id = ?');
    this.#upTo = database.query(`
      SELECT message.id FROM message WHERE conversation = ? AND shown = 1 AND major <= ? ORDER BY major, minor LIMIT ?`);
    this.#changedBehind = database.query(`
      SELECT message.id FROM message WHERE conversation = ?1 AND shown = 1 AND major >= ?3 AND (
        changes ->> '$.edited[0]' > ?2 OR changes ->> '$.closed[0]' > ?2 OR changes ->> '$.hidden[1]' > ?2
        OR EXISTS (SELECT 1 FROM mark WHERE mark.message = message.number AND mark.major > ?2))`);
    this.#forgetChanges = database.write('UPDATE message SET changes = NULL WHERE id = ?');
    this.#setClockOffset = database.write('UPDATE message SET clock_offset_ms = ? WHERE id = ?');
    // One row is the one with the largest number: SQLite takes the other columns from it.
    this.#amountBy = database.query(`
      SELECT count(*) AS count, coalesce(sum(octet_length(text)), 0) AS text_bytes, max(number) AS last, id FROM message
      WHERE conversation = ? AND author = ?`);
    this.#newestBy = database.query(`
      SELECT message.id FROM message
      WHERE conversation = ? AND author = ? AND shown = 1 AND (major, minor) <= (?, ?)
      ORDER BY major DESC, minor DESC LIMIT 1`);
    this.#search = new MessageSearch(database, waitingRowsMax);
    this.#changes = new MessageChanges(database, this.#search);
  }

  insert(message: NewMessage): StoredMessage | undefined {
    const found = this.#knownOrAwaited.get(message.id);
    if (found !== undefined && integerOf(found, 'known') === 1) return undefined;
    const isAwaited = found !== undefined;
    const { id, conversation, author, content } = message;
    const place = this.#begun(conversation);
    const columns = columnsOfContent(content);
    const isMention = this.#changes.mentionsMe(content, author);
    const position = this.#write(message, place, columns, { shown: true, target: null, isMention });
    this.#search.put(id);
    if (isAwaited && this.#changes.applyWaiting(place, id)) return this.find(id);
    const { sentAtMs, installation, clockOffsetMs } = message;
    const dispatches = pendingDispatches(message);
    return { id, conversation, author, content, sentAtMs, position, installation, clockOffsetMs, dispatches };
  }

  insertChange(message: NewChange): InsertedChange | undefined {
    if (this.#known.get(message.id) !== undefined) return undefined;
    const { id, conversation, author, content, sentAtMs, installation, clockOffsetMs } = message;
    const place = this.#begun(conversation);
    const target = content.kind === 'edit' ? content.of : null;
    const isSent = message.recipients.length > 0;
    const columns = { kind: content.kind, text: '', details: isSent ? JSON.stringify(content) : null };
    const position = this.#write(message, place, columns, { shown: false, target, isMention: false });
    const changed = this.#makeChanges({ conversation, author, position }, content);
    const dispatches = pendingDispatches(message);
    return {
      message: {
        id,
        conversation,
        author,
        content,
        sentAtMs,
        position,
        installation,
        clockOffsetMs,
        dispatches,
      },
      changed,
    };
  }

  extendChange(id: MessageId, added: BatchContent): InsertedChange | undefined {
    const message = this.findOutgoing(id);
    const content = message === undefined ? undefined : joined(message.content, added);
    if (message === undefined || content === undefined) return undefined;
    this.#setDetails.run(JSON.stringify(content), id);
    return { message: { ...message, content }, changed: this.#makeChanges(message, added) };
  }

  #makeChanges(
    { conversation, author, position }: Pick<ChatMessage, 'conversation' | 'author' | 'position'>,
    content: ChangeMessageContent,
  ): ChangedMessage[] {
    const effects = effectsOf(content);
    const changed: ChangedMessage[] = [];
    for (const each of 'changes' in effects ? effects.changes : []) {
      const message = this.change(conversation, { author, position, content: each });
      if (message !== undefined) changed.push({ message, change: summaryOf({ author, content: each }) });
    }
    return changed;
  }

  change(conversation: ConversationId, change: MessageChange): StoredMessage | undefined {
    const isChanged = this.#changes.apply(this.#begun(conversation), change);
    return isChanged ? this.find(change.content.of) : undefined;
  }

  place(id: MessageId, { major, minor }: MessagePosition): void {
    this.#place.run(major, minor, id);
  }

  erase(id: MessageId): void {
    const message = this.find(id);
    if (message !== undefined) this.#changes.setContent(id, message.author, { kind: 'erased' });
  }

  newestBy(
    conversation: ConversationId,
    author: PeerKey,
    { major, minor }: MessagePosition,
  ): MessageId | undefined {
    const place = this.#conversationOf(conversation);
    const authorNumber = this.#peers.find(author);
    if (place === undefined || authorNumber === undefined) return undefined;
    const row = this.#newestBy.get(place, authorNumber, major, minor);
    return row === undefined ? undefined : messageIdOf(row, 'id');
  }

  origin(id: MessageId): Pick<ChatMessage, 'author' | 'conversation'> | undefined {
    const row = this.#origin.get(id);
    if (row === undefined) return undefined;
    return { author: peerKeyOf(row, 'author'), conversation: conversationIdOf(row, 'conversation_id') };
  }

  findOutgoing(id: MessageId): OutgoingMessage | undefined {
    return this.#reader.readOutgoing(this.#findOutgoing.all(id))[0];
  }

  undeliveredEdits(id: MessageId): MessageId[] {
    return this.#undeliveredEdits.all(id).map((row) => messageIdOf(row, 'id'));
  }

  find(id: MessageId): StoredMessage | undefined {
    return this.#reader.read(this.#find.all(id))[0];
  }

  page(conversation: ConversationId, before: MessageId | null, limit: number): MessagePage {
    const rows = this.#rowsAbove(conversation, before, limit + 1);
    const messages = this.#reader.readIn(conversation, rows.slice(0, limit));
    return { messages: messages.reverse(), hasMore: rows.length > limit };
  }

  pageAfter(conversation: ConversationId, after: MessagePosition | null, limit: number): MessagePage {
    const place = this.#conversationOf(conversation);
    if (place === undefined) return { messages: [], hasMore: false };
    const { major, minor } = after ?? { major: -1, minor: -1 };
    const rows = this.#below.all(place, major, minor, limit + 1);
    return {
      messages: this.#reader.readIn(conversation, rows.slice(0, limit)),
      hasMore: rows.length > limit,
    };
  }

  search(query: MessageQuery, range: SearchRange): FoundMessages {
    return this.#search.find(query, range);
  }

  remove(id: MessageId): void {
    if (this.#remember.run(id) > 0) this.#erase(id);
  }

  #erase(id: MessageId): void {
    this.#search.remove(id);
    this.#removeMarks.run(id);
    this.#removeDispatches.run(id);
    this.#remove.run(id);
  }

  removeUpTo(conversation: ConversationId, major: number, limit: number): MessageId[] {
    const place = this.#conversationOf(conversation);
    if (place === undefined) return [];
    const ids = this.#upTo.all(place, major, limit).map((row) => messageIdOf(row, 'id'));
    for (const id of ids) this.#erase(id);
    return ids;
  }

  changedBehind(conversation: ConversationId, major: number, from: number): MessageId[] {
    const place = this.#conversationOf(conversation);
    if (place === undefined) return [];
    return this.#changedBehind.all(place, major, from).map((row) => messageIdOf(row, 'id'));
  }

  undoChanges(id: MessageId, content: Content | undefined): void {
    const author = this.origin(id)?.author;
    if (author === undefined) return;
    this.#removeMarks.run(id);
    this.#forgetChanges.run(id);
    if (content !== undefined) this.#changes.setContent(id, author, content);
  }

  setClockOffset(id: MessageId, clockOffsetMs: number): void {
    this.#setClockOffset.run(clockOffsetMs, id);
  }

  amountBy(conversation: ConversationId, author: PeerKey): MessageAmount {
    const place = this.#conversationOf(conversation);
    const authorNumber = this.#peers.find(author);
    if (place === undefined || authorNumber === undefined)
      return { count: 0, textBytes: 0, lastId: undefined };
    const row = this.#amountBy.get(place, authorNumber);
    if (row === undefined) throw new Error('a count has no row');
    return {
      count: integerOf(row, 'count'),
      textBytes: integerOf(row, 'text_bytes'),
      lastId: optional(row, 'id', messageIdOf),
    };
  }

  /** The number of the conversation, which exists from now on. */
  #begun(conversation: ConversationId): number {
    const known = this.#conversationOf(conversation);
    if (known !== undefined) return known;
    this.#begin.run(conversation);
    const place = this.#conversationOf(conversation);
    if (place === undefined) throw new Error('a conversation is gone right after it was made');
    return place;
  }

  /** Writes the row and its dispatches, and returns its position. */
  #write(
    message: NewMessage | NewChange,
    place: number,
    { kind, text, details }: ContentColumns,
    { shown, target, isMention }: { shown: boolean; target: MessageId | null; isMention: boolean },
  ): MessagePosition {
    const { id, installation, sentAtMs, clockOffsetMs, recipients, sequence } = message;
    const author = this.#peers.numberOf(message.author);
    const given = 'position' in message ? message.position : undefined;
    const lastMajor = given === undefined ? this.#lastMajorOf(place) : given.major;
    const position = given ?? { major: this.#majorOf(message, place, author, lastMajor), minor: sequence };
    this.#insert.run(
      id,
      place,
      author,
      position.major,
      position.minor,
      installation,
      sentAtMs,
      Number(recipients.length > 0),
      clockOffsetMs,
      Number(shown),
      kind,
      text,
      details,
      target,
      Number(isMention),
    );
    for (const recipient of recipients) this.#dispatch.run(this.#peers.numberOf(recipient), id);
    if (position.major > lastMajor) this.#extend.run(position.major, place);
    return position;
  }

  /** docs/decisions/0004-order.md has the reasons, also why no message ever moves. */
  #majorOf(message: NewMessage | NewChange, conversation: number, author: number, lastMajor: number): number {
    const next = this.#notBefore.get(conversation, author, message.installation, message.sequence);
    const end = lastMajor + 1;
    if (next === undefined) return end;
    // An installation that counts a number twice was restored from a backup: its message is new.
    return integerOf(next, 'minor') === message.sequence ? end : integerOf(next, 'major');
  }

  #rowsAbove(id: ConversationId, before: MessageId | null, limit: number): Row[] {
    const conversation = this.#conversationOf(id);
    if (conversation === undefined) return [];
    if (before === null) return this.#newest.all(conversation, limit);
    const row = this.#position.get(before, conversation);
    if (row === undefined) return [];
    const { major, minor }: MessagePosition = {
      major: integerOf(row, 'major'),
      minor: integerOf(row, 'minor'),
    };
    return this.#above.all(conversation, major, minor, limit);
  }

  #conversationOf(id: ConversationId): number | undefined {
    return this.#conversations.get(id, () => {
      const row = this.#conversation.get(id);
      return row === undefined ? undefined : integerOf(row, 'number');
    });
  }

  #lastMajorOf(conversation: number): number {
    const row = this.#lastMajor.get(conversation);
    if (row === undefined) throw new Error('a conversation has a row');
    return integerOf(row, 'last_major');
  }
}

function pendingDispatches({ recipients }: Pick<NewMessage, 'recipients'>): StoredMessage['dispatches'] {
  return recipients.map((recipient) => ({ recipient, progress: { stage: 'pending' } }));
}

/** Undefined where the two are not batches of one kind. */
function joined(batch: OutgoingMessage['content'], added: BatchContent): BatchContent | undefined {
  if (batch.kind === 'reaction' && added.kind === 'reaction')
    return { kind: batch.kind, items: [...batch.items, ...added.items] };
  if (batch.kind === 'vote' && added.kind === 'vote')
    return { kind: batch.kind, items: [...batch.items, ...added.items] };
  if (batch.kind === 'acknowledge' && added.kind === 'acknowledge')
    return { kind: batch.kind, items: [...batch.items, ...added.items] };
  return undefined;
}
