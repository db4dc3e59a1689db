import type { ConversationId } from '../../../../shared/conversation.ts';
import { notifyLevels, type MessagePosition, type NotifyLevel } from '../../../../shared/message.ts';
import type { ConversationRepository, MovedConversation, StoredConversation } from '../../client-store.ts';
import type { Database } from '../database.ts';
import { conversationIdOf, integerOf, textOf, unreadable, type Row } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

export class SqliteConversations implements ConversationRepository {
  readonly #all: Query;
  readonly #setReadPosition: Write;
  readonly #count: Write;
  readonly #counted: Query;
  readonly #unread: Query;
  readonly #mentions: Query;
  readonly #setNotify: Write;
  readonly #moved: Query;

  constructor(database: Database) {
    this.#all = database.query('SELECT id, read_major, read_minor, notify FROM conversation ORDER BY number');
    this.#setReadPosition = database.write(
      'UPDATE conversation SET read_major = ?, read_minor = ? WHERE id = ?',
    );
    this.#count = database.write(`
      INSERT INTO conversation (id, last_sequence) VALUES (?, 1)
      ON CONFLICT (id) DO UPDATE SET last_sequence = last_sequence + 1`);
    this.#counted = database.query('SELECT last_sequence FROM conversation WHERE id = ?');
    this.#unread = database.query('SELECT unread FROM conversation WHERE id = ?');
    this.#mentions = database.query(`
      SELECT count(*) AS mentions FROM message JOIN conversation ON conversation.number = message.conversation
      WHERE conversation.id = ? AND message.mentions_me = 1
        AND (message.major, message.minor) > (conversation.read_major, conversation.read_minor)`);
    this.#setNotify = database.write(`
      INSERT INTO conversation (id, notify) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET notify = excluded.notify`);
    this.#moved = database.query('SELECT old, new FROM moved_conversation');
  }

  all(): StoredConversation[] {
    return this.#all.all().map((row) => ({
      id: conversationIdOf(row, 'id'),
      readPosition: { major: integerOf(row, 'read_major'), minor: integerOf(row, 'read_minor') },
      notify: notifyOf(row),
    }));
  }

  setReadPosition(id: ConversationId, { major, minor }: MessagePosition): void {
    this.#setReadPosition.run(major, minor, id);
  }

  nextSequence(id: ConversationId): number {
    this.#count.run(id);
    const row = this.#counted.get(id);
    if (row === undefined) throw new Error('a conversation is gone right after it was counted');
    return integerOf(row, 'last_sequence');
  }

  unreadCount(id: ConversationId): number {
    const row = this.#unread.get(id);
    return row === undefined ? 0 : integerOf(row, 'unread');
  }

  mentionCount(id: ConversationId): number {
    const row = this.#mentions.get(id);
    return row === undefined ? 0 : integerOf(row, 'mentions');
  }

  setNotify(id: ConversationId, notify: NotifyLevel): void {
    this.#setNotify.run(id, notify);
  }

  moved(): MovedConversation[] {
    return this.#moved
      .all()
      .map((row) => ({ from: conversationIdOf(row, 'old'), to: conversationIdOf(row, 'new') }));
  }
}

function notifyOf(row: Row): NotifyLevel {
  const text = textOf(row, 'notify');
  return notifyLevels.find((level) => level === text) ?? unreadable('notify', 'a level of notifications');
}
