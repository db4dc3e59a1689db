import type { ChangeContent, MessageChange } from '../../../../shared/chat/timeline.ts';
import type { MessageId } from '../../../../shared/ids.ts';
import { waitingChangesMax, waitingChangesOfAuthorMax } from '../../../../shared/limits.ts';
import type { Database } from '../database.ts';
import { Peers } from './peers.ts';
import { integerOf, jsonOf, type Row } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

/** Changes that came before their messages, bounded as PROTOCOL 10.33 says. */
export class WaitingChanges {
  readonly #peers: Peers;
  readonly #add: Write;
  readonly #ofTarget: Query;
  readonly #isDeleted: Query;
  readonly #removeEdits: Write;
  readonly #remove: Write;
  readonly #ofAuthor: Query;
  readonly #ofAll: Query;
  readonly #greatest: Query;
  readonly #oldest: Query;

  constructor(database: Database) {
    this.#peers = new Peers(database);
    this.#add = database.write(`
      INSERT INTO waiting_change (conversation, author, target, major, minor, content) VALUES (?, ?, ?, ?, ?, ?)`);
    this.#ofTarget = database.query(`
      SELECT number, author, major, minor, content FROM waiting_change
      WHERE target = ? AND conversation = ? ORDER BY number`);
    this.#isDeleted = database.query(`
      SELECT 1 FROM waiting_change
      WHERE target = ? AND conversation = ? AND author = ? AND content ->> '$.kind' = 'delete'`);
    this.#removeEdits = database.write(`
      DELETE FROM waiting_change
      WHERE target = ? AND conversation = ? AND author = ? AND content ->> '$.kind' = 'edit'`);
    this.#remove = database.write('DELETE FROM waiting_change WHERE number = ?');
    this.#ofAuthor = database.query(
      'SELECT count(*) AS count FROM waiting_change WHERE conversation = ? AND author = ?',
    );
    this.#ofAll = database.query('SELECT count(*) AS count FROM waiting_change WHERE conversation = ?');
    this.#greatest = database.query(`
      SELECT author FROM waiting_change WHERE conversation = ? GROUP BY author ORDER BY count(*) DESC, author LIMIT 1`);
    this.#oldest = database.query(
      'SELECT min(number) AS number FROM waiting_change WHERE conversation = ? AND author = ?',
    );
  }

  /** A message that its author has deleted leaves no words here, whether its edits came before the deletion or after it. */
  add(conversation: number, { author: key, position, content }: MessageChange): void {
    const author = this.#peers.numberOf(key);
    const { of: target } = content;
    if (content.kind === 'edit' && this.#isDeleted.get(target, conversation, author) !== undefined) return;
    if (content.kind === 'delete') this.#removeEdits.run(target, conversation, author);
    if (countIn(this.#ofAuthor.get(conversation, author)) >= waitingChangesOfAuthorMax)
      this.#forgetOldest(conversation, author);
    else if (countIn(this.#ofAll.get(conversation)) >= waitingChangesMax) {
      const greatest = this.#greatest.get(conversation);
      if (greatest !== undefined) this.#forgetOldest(conversation, integerOf(greatest, 'author'));
    }
    this.#add.run(conversation, author, target, position.major, position.minor, JSON.stringify(content));
  }

  /** Returns the changes of a message, the first first, and forgets them. */
  take(conversation: number, target: MessageId): MessageChange[] {
    return this.#ofTarget.all(target, conversation).map((row) => {
      this.#remove.run(integerOf(row, 'number'));
      return {
        author: this.#peers.keyOf(integerOf(row, 'author')),
        position: { major: integerOf(row, 'major'), minor: integerOf(row, 'minor') },
        // This program wrote it.
        content: jsonOf(row, 'content') as ChangeContent,
      };
    });
  }

  #forgetOldest(conversation: number, author: number): void {
    const row = this.#oldest.get(conversation, author);
    if (row !== undefined) this.#remove.run(integerOf(row, 'number'));
  }
}

function countIn(row: Row | undefined): number {
  return row === undefined ? 0 : integerOf(row, 'count');
}
