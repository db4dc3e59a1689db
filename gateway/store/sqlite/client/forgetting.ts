import { directConversation } from '../../../../shared/conversation.ts';
import type { PeerKey } from '../../../../shared/ids.ts';
import type { Database } from '../database.ts';
import { indexNewest, unindexMessages } from './message-search.ts';
import { Peers } from './peers.ts';
import { integerOf } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

/** Removes a key to which the user never wrote, with its messages (PROTOCOL 6.94). */
export class Forgetting {
  readonly #database: Database;
  readonly #peers: Peers;
  readonly #conversation: Query;
  readonly #indexNewest: Write;
  readonly #unindex: Write;
  readonly #removeMarks: Write;
  readonly #removeWaiting: Write;
  readonly #removeMessages: Write;
  readonly #removeConversation: Write;
  readonly #namedInRoom: Query;
  readonly #renamePeer: Write;
  readonly #removeContact: Write;
  readonly #removeReceipts: readonly Write[];

  constructor(database: Database) {
    this.#database = database;
    this.#peers = new Peers(database);
    this.#conversation = database.query('SELECT number FROM conversation WHERE id = ?');
    this.#indexNewest = database.write(indexNewest);
    this.#unindex = database.write(`${unindexMessages} conversation = ?`);
    this.#removeMarks = database.write(
      'DELETE FROM mark WHERE message IN (SELECT number FROM message WHERE conversation = ?)',
    );
    this.#removeWaiting = database.write('DELETE FROM waiting_change WHERE conversation = ?');
    this.#removeMessages = database.write('DELETE FROM message WHERE conversation = ?');
    this.#removeConversation = database.write('DELETE FROM conversation WHERE number = ?');
    // The messages of the key in rooms stay, and must never seem to be by the next key.
    const rooms = "(SELECT number FROM conversation WHERE id >= 'room:' AND id < 'room;')";
    this.#namedInRoom = database.query(`
      SELECT 1 WHERE EXISTS (SELECT 1 FROM message WHERE conversation IN ${rooms} AND author = ?1)
        OR EXISTS (SELECT 1 FROM waiting_change WHERE conversation IN ${rooms} AND author = ?1)
        OR EXISTS (SELECT 1 FROM mark WHERE author = ?1)`);
    // The row stays: its removal would search all messages for one that names it.
    this.#renamePeer = database.write('UPDATE peer SET key = ? WHERE number = ?');
    this.#removeContact = database.write('DELETE FROM contact WHERE key = ?');
    this.#removeReceipts = ['due_receipt', 'due_read', 'stored_receipt'].map((table) =>
      database.write(`DELETE FROM ${table} WHERE sender = ?`),
    );
  }

  run(key: PeerKey, next: PeerKey): void {
    const conversation = this.#conversation.get(directConversation(key));
    if (conversation !== undefined) {
      const number = integerOf(conversation, 'number');
      this.#indexNewest.run();
      this.#unindex.run(number);
      this.#removeMarks.run(number);
      this.#removeWaiting.run(number);
      this.#removeMessages.run(number);
      this.#removeConversation.run(number);
    }
    const peer = this.#peers.find(key);
    const isFree = peer !== undefined && this.#namedInRoom.get(peer) === undefined;
    if (isFree && this.#peers.find(next) === undefined) this.#renamePeer.run(next, peer);
    this.#removeContact.run(key);
    for (const remove of this.#removeReceipts) remove.run(key);
    this.#database.dropCaches();
  }
}
