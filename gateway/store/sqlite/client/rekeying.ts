import { directConversation } from '../../../../shared/conversation.ts';
import type { PeerKey } from '../../../../shared/ids.ts';
import type { Database } from '../database.ts';
import { indexMessages, indexNewest, unindexMessages } from './message-search.ts';
import { Peers } from './peers.ts';
import { elsewhere } from './progress.ts';
import { booleanOf, integerOf, optional, textOf } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

/** Gives a person another key (docs/decisions/0010-keys.md): the contact, the direct conversation and the messages. */
export class Rekeying {
  readonly #database: Database;
  readonly #peers: Peers;
  readonly #contact: Query;
  readonly #removeContact: Write;
  readonly #renameContact: Write;
  readonly #offerAgain: Write;
  readonly #leaveUnread: Write;
  readonly #setAuthor: Write;
  readonly #setRecipient: Write;
  readonly #setMarkAuthor: Write;
  readonly #setWaitingAuthor: Write;
  readonly #removePeer: Write;
  readonly #renamePeer: Write;
  readonly #conversation: Query;
  readonly #hasUnread: Query;
  readonly #indexNewest: Write;
  readonly #unindex: Write;
  readonly #messagesBy: Query;
  readonly #unindexOne: Write;
  readonly #indexOne: Write;
  readonly #shiftMarks: Write;
  readonly #shiftChanges: Write;
  readonly #moveWaiting: Write;
  readonly #renameMentions: Write;
  readonly #append: Write;
  readonly #index: Write;
  readonly #removeConversation: Write;
  readonly #renameConversation: Write;
  readonly #take: Write;
  readonly #followMove: Write;
  readonly #forgetMove: Write;
  readonly #rememberMove: Write;

  constructor(database: Database) {
    this.#database = database;
    this.#peers = new Peers(database);
    this.#contact = database.query(
      'SELECT candidates, signing_key, verified, acceptance FROM contact WHERE key = ?',
    );
    this.#removeContact = database.write('DELETE FROM contact WHERE key = ?');
    this.#renameContact = database.write(
      `UPDATE contact SET key = ?2, signing_key = ?3, verified = ?4, candidates = coalesce(?5, candidates),
        acceptance = iif('allowed' IN (acceptance, ?6), 'allowed', coalesce(?6, acceptance))
      WHERE key = ?1`,
    );
    this.#offerAgain = database.write(
      `UPDATE dispatch SET stage = 'pending', detail = NULL WHERE recipient = ? AND stage IN ('pending', 'stored')`,
    );
    // The owner of the new key does not have these, and reads none of them.
    this.#leaveUnread = database.write(`
      UPDATE dispatch SET detail = detail || '${elsewhere}'
      WHERE recipient = ? AND stage = 'delivered' AND detail IN ('now', 'later')`);
    // The condition on the conversation is always true: it lets SQLite use the index message_origin.
    this.#setAuthor = database.write(
      'UPDATE message SET author = ? WHERE author = ? AND conversation IN (SELECT number FROM conversation)',
    );
    this.#setRecipient = database.write('UPDATE OR REPLACE dispatch SET recipient = ? WHERE recipient = ?');
    this.#setMarkAuthor = database.write('UPDATE OR REPLACE mark SET author = ? WHERE author = ?');
    this.#setWaitingAuthor = database.write('UPDATE waiting_change SET author = ? WHERE author = ?');
    this.#removePeer = database.write('DELETE FROM peer WHERE number = ?');
    this.#renamePeer = database.write('UPDATE peer SET key = ? WHERE number = ?');
    this.#conversation = database.query('SELECT * FROM conversation WHERE id = ?');
    this.#hasUnread = database.query(`
      SELECT 1 FROM message WHERE conversation = ? AND (major, minor) > (?, ?)
        AND author = (SELECT number FROM peer WHERE key = ?) AND shown = 1 LIMIT 1`);
    // The index knows the conversation and the author of each message (message-search.ts).
    this.#indexNewest = database.write(indexNewest);
    this.#unindex = database.write(`${unindexMessages} conversation = ?`);
    this.#index = database.write(`${indexMessages} conversation = ? AND major > ?`);
    this.#messagesBy = database.query(
      'SELECT number FROM message WHERE author = ? AND conversation IN (SELECT number FROM conversation)',
    );
    this.#unindexOne = database.write(`${unindexMessages} number = ?`);
    this.#indexOne = database.write(`${indexMessages} number = ?`);
    // A later change of such a message compares its position with these.
    this.#shiftMarks = database.write(
      'UPDATE mark SET major = major + ? WHERE message IN (SELECT number FROM message WHERE conversation = ?)',
    );
    this.#shiftChanges = database.write(`
      UPDATE message SET changes = json_replace(changes, '$.edited[0]', changes ->> '$.edited[0]' + ?1,
        '$.closed[0]', changes ->> '$.closed[0]' + ?1, '$.hidden[1]', changes ->> '$.hidden[1]' + ?1)
      WHERE conversation = ?2 AND changes IS NOT NULL`);
    this.#moveWaiting = database.write(
      'UPDATE waiting_change SET conversation = ?, major = major + ? WHERE conversation = ?',
    );
    // In the details of these kinds, a key is nothing but a mention: their text is in a column of its own.
    this.#renameMentions = database.write(`
      UPDATE message SET details = replace(details, ?1, ?2)
      WHERE conversation = (SELECT number FROM conversation WHERE id = ?3) AND details IS NOT NULL
        AND kind IN ('text', 'reply', 'announcement') AND instr(details, ?1) > 0`);
    this.#append = database.write(
      'UPDATE message SET conversation = ?, major = major + ? WHERE conversation = ?',
    );
    this.#removeConversation = database.write('DELETE FROM conversation WHERE number = ?');
    this.#renameConversation = database.write('UPDATE conversation SET id = ? WHERE id = ?');
    this.#take = database.write(`
      UPDATE conversation SET last_major = ?, last_sequence = ?, read_major = ?, read_minor = ? WHERE number = ?`);
    this.#followMove = database.write('UPDATE moved_conversation SET new = ? WHERE new = ?');
    this.#forgetMove = database.write('DELETE FROM moved_conversation WHERE old = ?');
    this.#rememberMove = database.write(
      'INSERT INTO moved_conversation (old, new) VALUES (?, ?) ON CONFLICT (old) DO UPDATE SET new = excluded.new',
    );
  }

  run(from: PeerKey, to: PeerKey): void {
    this.#indexNewest.run();
    this.#moveContact(from, to);
    this.#movePeer(from, to);
    this.#moveConversation(from, to);
    this.#database.dropCaches();
  }

  #moveContact(from: PeerKey, to: PeerKey): void {
    const recent = this.#contact.get(to);
    this.#removeContact.run(to);
    // The safety number that was compared belonged to the previous key.
    const isVerified = recent !== undefined && booleanOf(recent, 'verified');
    const candidates = recent === undefined ? null : textOf(recent, 'candidates');
    const signingKey = recent === undefined ? undefined : optional(recent, 'signing_key', textOf);
    // The user wrote to the person under one of the keys.
    const acceptance = recent === undefined ? null : textOf(recent, 'acceptance');
    const isRenamed =
      this.#renameContact.run(from, to, signingKey ?? null, Number(isVerified), candidates, acceptance) > 0;
    if (!isRenamed) throw new Error('an unknown contact has no key to change');
  }

  /** Authors and recipients. */
  #movePeer(from: PeerKey, to: PeerKey): void {
    const number = this.#peers.find(from);
    if (number === undefined) return;
    this.#offerAgain.run(number);
    this.#leaveUnread.run(number);
    const recent = this.#peers.find(to);
    if (recent !== undefined) {
      const messages = this.#messagesBy.all(recent).map((row) => integerOf(row, 'number'));
      for (const message of messages) this.#unindexOne.run(message);
      this.#setAuthor.run(number, recent);
      for (const message of messages) this.#indexOne.run(message);
      this.#setRecipient.run(number, recent);
      this.#setMarkAuthor.run(number, recent);
      this.#setWaitingAuthor.run(number, recent);
      this.#removePeer.run(recent);
    }
    this.#renamePeer.run(to, number);
  }

  /**
   * The row of the old conversation stays, with its messages. Messages under the new key are put below them in their own
   * order: a major position is never given twice, so adding the last one keeps them apart.
   */
  #moveConversation(oldKey: PeerKey, peer: PeerKey): void {
    const [from, to] = [directConversation(oldKey), directConversation(peer)];
    const [old, recent] = [this.#conversation.get(from), this.#conversation.get(to)];
    if (old !== undefined && recent !== undefined) {
      const [number, recentNumber] = [integerOf(old, 'number'), integerOf(recent, 'number')];
      const shift = integerOf(old, 'last_major');
      let [readMajor, readMinor] = [integerOf(old, 'read_major'), integerOf(old, 'read_minor')];
      const wasAllRead = this.#hasUnread.get(number, readMajor, readMinor, peer) === undefined;
      const recentReadMajor = integerOf(recent, 'read_major');
      if (wasAllRead && recentReadMajor > 0)
        [readMajor, readMinor] = [shift + recentReadMajor, integerOf(recent, 'read_minor')];
      this.#unindex.run(recentNumber);
      this.#shiftMarks.run(shift, recentNumber);
      this.#shiftChanges.run(shift, recentNumber);
      this.#moveWaiting.run(number, shift, recentNumber);
      this.#append.run(number, shift, recentNumber);
      this.#index.run(number, shift);
      this.#removeConversation.run(recentNumber);
      this.#take.run(
        shift + integerOf(recent, 'last_major'),
        Math.max(integerOf(old, 'last_sequence'), integerOf(recent, 'last_sequence')),
        readMajor,
        readMinor,
        number,
      );
    }
    if (old !== undefined) this.#renameConversation.run(to, from);
    this.#renameMentions.run(oldKey, peer, to);
    this.#followMove.run(to, from);
    this.#forgetMove.run(to);
    this.#rememberMove.run(from, to);
  }
}
