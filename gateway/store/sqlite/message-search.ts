import type { MessageId } from '../../../shared/ids.ts';
import type { Database } from './database.ts';
import { indexedWords, searchQuery } from './search-words.ts';
import type { Row } from './rows.ts';
import type { Query, Write } from './statements.ts';

/**
 * The full-text index over messages (docs/decisions/0014-stores.md). It keeps no text, only which words are in which
 * row of `message`; whoever writes or removes a row there does it here too. What is taken out has to be named as it was
 * put in: another `indexedWords` needs a migration that makes the index anew.
 */
export class MessageSearch {
  readonly #put: Write;
  readonly #remove: Write;
  readonly #find: Query;

  /** `columns` and `source`: what a found message is read from; the source has the table `message`. */
  constructor(database: Database, columns: string, source: string) {
    this.#put = database.write(`
      INSERT INTO message_search (rowid, contact, text) SELECT number, 'c' || contact, ?2 FROM message WHERE id = ?1`);
    this.#remove = database.write(`
      INSERT INTO message_search (message_search, rowid, contact, text)
      SELECT 'delete', number, 'c' || contact, indexed_words(text) FROM message WHERE id = ?`);
    // The index is walked from its newest row on, and left when there are enough.
    this.#find = database.query(`
      SELECT ${columns} FROM (
        SELECT rowid AS number FROM message_search WHERE message_search MATCH ?1
          AND rowid < coalesce((SELECT number FROM message WHERE id = ?2), 9223372036854775807)
        ORDER BY rowid DESC LIMIT ?3
      ) AS found JOIN ${source} ON message.number = found.number ORDER BY found.number DESC`);
  }

  put(id: MessageId, text: string): void {
    this.#put.run(id, indexedWords(text));
  }

  /** Before the row of the message goes. */
  remove(id: MessageId): void {
    this.#remove.run(id);
  }

  /** Rows from the newest on; `contact` is the number of one conversation, undefined for all. */
  find(words: string, contact: number | undefined, before: MessageId | null, limit: number): Row[] {
    const query = searchQuery(words);
    if (query === undefined) return [];
    const inConversation = contact === undefined ? '' : `contact : "c${contact}" AND `;
    return this.#find.all(`${inConversation}text : (${query})`, before, limit);
  }
}
