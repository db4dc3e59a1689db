import type { PeerKey } from '../../../shared/ids.ts';
import type { Database } from './database.ts';
import { integerOf, optional, textOf } from './rows.ts';
import { elsewhere } from './progress.ts';
import type { Query, Write } from './statements.ts';

/**
 * Gives a contact another key (docs/decisions/0010-keys.md). The row stays, so everything that counts on it does. What
 * was said under the new key before is put below it, in its own order: places are never given twice, so adding the
 * last one keeps them apart.
 */
export class Rekeying {
  readonly #contact: Query;
  readonly #hasUnread: Query;
  readonly #offerAgain: Write;
  readonly #leaveUnread: Write;
  readonly #unindex: Write;
  readonly #append: Write;
  readonly #index: Write;
  readonly #forget: Write;
  readonly #rename: Write;
  readonly #take: Write;

  constructor(database: Database) {
    this.#contact = database.query(
      'SELECT number, last_place, last_sequence, read_place, read_sequence, candidates, verified, signing_key FROM contact WHERE key = ?',
    );
    this.#hasUnread = database.query(`
      SELECT 1 FROM message WHERE contact = ? AND (place, sequence) > (?, ?) AND direction = 'in' LIMIT 1`);
    this.#offerAgain = database.write(
      `UPDATE message SET stage = 'pending', detail = NULL WHERE contact = ? AND stage = 'stored'`,
    );
    // Who has the new key does not have these, and reads none of them.
    this.#leaveUnread = database.write(`
      UPDATE message SET detail = detail || '${elsewhere}'
      WHERE contact = ? AND stage = 'delivered' AND detail IN ('now', 'later')`);
    // The index knows of each message whose it is (message-search.ts).
    this.#unindex = database.write(`
      INSERT INTO message_search (message_search, rowid, contact, text)
      SELECT 'delete', number, 'c' || contact, indexed_words(text) FROM message WHERE contact = ?`);
    this.#index = database.write(`
      INSERT INTO message_search (rowid, contact, text)
      SELECT number, 'c' || contact, indexed_words(text) FROM message WHERE contact = ? AND place > ?`);
    this.#append = database.write('UPDATE message SET contact = ?, place = place + ? WHERE contact = ?');
    this.#forget = database.write('DELETE FROM contact WHERE number = ?');
    this.#rename = database.write(
      'UPDATE contact SET key = ?, signing_key = ?, verified = ? WHERE number = ?',
    );
    this.#take = database.write(`
      UPDATE contact SET last_place = ?, last_sequence = ?, read_place = ?, read_sequence = ?, candidates = ?
      WHERE number = ?`);
  }

  run(from: PeerKey, to: PeerKey): void {
    const old = this.#contact.get(from);
    if (old === undefined) throw new Error('a contact that is not there has no key to change');
    const number = integerOf(old, 'number');
    this.#offerAgain.run(number);
    this.#leaveUnread.run(number);
    const recent = this.#contact.get(to);
    if (recent !== undefined) {
      const shift = integerOf(old, 'last_place');
      const readMark = { place: integerOf(old, 'read_place'), sequence: integerOf(old, 'read_sequence') };
      const wasAllRead = this.#hasUnread.get(number, readMark.place, readMark.sequence) === undefined;
      const readSince = integerOf(recent, 'read_place');
      const mark =
        wasAllRead && readSince > 0
          ? { place: shift + readSince, sequence: integerOf(recent, 'read_sequence') }
          : readMark;
      this.#unindex.run(integerOf(recent, 'number'));
      this.#append.run(number, shift, integerOf(recent, 'number'));
      this.#index.run(number, shift);
      this.#forget.run(integerOf(recent, 'number'));
      this.#take.run(
        shift + integerOf(recent, 'last_place'),
        Math.max(integerOf(old, 'last_sequence'), integerOf(recent, 'last_sequence')),
        mark.place,
        mark.sequence,
        String(recent['candidates']),
        number,
      );
    }
    // The numbers that were compared were of the key of before.
    this.#rename.run(
      to,
      recent === undefined ? null : (optional(recent, 'signing_key', textOf) ?? null),
      recent === undefined ? 0 : integerOf(recent, 'verified'),
      number,
    );
  }
}
