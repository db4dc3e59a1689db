import type { MessageId } from '../../../../shared/ids.ts';
import type { Database } from '../database.ts';
import { columnsWithConversation, messageColumns, sourceWithConversation } from './message-rows.ts';
import { indexedWords, searchQuery } from './search-words.ts';
import type { Row } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

/**
 * The full-text index over messages (docs/decisions/0014-stores.md). It keeps no text, only which words are in which row
 * of `message`. Code that writes or removes a row there does it here too. A removal has to name the words as they were
 * put in: a change of `indexedWords` needs a migration that builds the index again.
 */
export class MessageSearch {
  readonly #put: Write;
  readonly #remove: Write;
  readonly #find: Query;
  readonly #findIn: Query;

  constructor(database: Database) {
    this.#put = database.write(`
      INSERT INTO message_search (rowid, conversation, text) SELECT number, 'c' || conversation, ?2 FROM message WHERE id = ?1`);
    this.#remove = database.write(`
      INSERT INTO message_search (message_search, rowid, conversation, text)
      SELECT 'delete', number, 'c' || conversation, indexed_words(text) FROM message WHERE id = ? AND shown = 1`);
    // The index is read from its newest row on, until there are enough.
    const found = `
        SELECT rowid AS number FROM message_search WHERE message_search MATCH ?1
          AND rowid < coalesce((SELECT number FROM message WHERE id = ?2), 9223372036854775807)
        ORDER BY rowid DESC LIMIT ?3`;
    this.#find = database.query(`
      SELECT ${columnsWithConversation} FROM (${found}) AS found
      JOIN (${sourceWithConversation}) ON message.number = found.number ORDER BY found.number DESC`);
    this.#findIn = database.query(`
      SELECT ${messageColumns} FROM (${found}) AS found
      JOIN message ON message.number = found.number ORDER BY found.number DESC`);
  }

  put(id: MessageId, text: string): void {
    this.#put.run(id, indexedWords(text));
  }

  /** Call this before the row of the message is removed. */
  remove(id: MessageId): void {
    this.#remove.run(id);
  }

  /** Returns rows of all conversations, the newest first, with the conversation of each. */
  find(words: string, before: MessageId | null, limit: number): Row[] {
    const query = searchQuery(words);
    return query === undefined ? [] : this.#find.all(`text : (${query})`, before, limit);
  }

  /** Returns rows of the conversation with this number, the newest first. */
  findIn(conversation: number, words: string, before: MessageId | null, limit: number): Row[] {
    const query = searchQuery(words);
    if (query === undefined) return [];
    return this.#findIn.all(`conversation : "c${conversation}" AND text : (${query})`, before, limit);
  }
}
