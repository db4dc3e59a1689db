import type { MessageId, PeerKey } from '../../../../shared/ids.ts';
import type { DispatchRepository, OutgoingMessage, UnreadProgress } from '../../client-store.ts';
import type { Database } from '../database.ts';
import { columnsWithConversation, MessageReader, sourceWithConversation } from './message-rows.ts';
import { detailOf } from './progress.ts';
import { messageIdOf } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

const thisDispatch = `message = (SELECT number FROM message WHERE id = ?) AND
  recipient = (SELECT number FROM peer WHERE key = ?)`;

export class SqliteDispatches implements DispatchRepository {
  readonly #reader: MessageReader;
  readonly #setProgress: Write;
  readonly #open: Query;
  readonly #unread: Query;
  readonly #setRead: Write;
  readonly #forgetChange: Write;
  readonly #removeAll: Write;
  readonly #offerStoredAgain: Write;

  constructor(database: Database) {
    this.#reader = new MessageReader(database);
    // States only move forward: `delivered` stays, however late another answer comes.
    this.#setProgress = database.write(
      `UPDATE dispatch SET stage = ?, detail = ? WHERE ${thisDispatch} AND stage <> 'delivered'`,
    );
    // A change is offered to one recipient, who has it now. Its words are in the message that it changed.
    this.#forgetChange = database.write('UPDATE message SET details = NULL WHERE id = ? AND shown = 0');
    this.#removeAll = database.write(
      'DELETE FROM dispatch WHERE message = (SELECT number FROM message WHERE id = ?)',
    );
    this.#offerStoredAgain = database.write(
      "UPDATE dispatch SET stage = 'pending', detail = NULL WHERE stage = 'stored'",
    );
    // The condition on the stage has the words of the index dispatch_open, so that it is used.
    this.#open = database.query(`
      SELECT ${columnsWithConversation} FROM ${sourceWithConversation}
      WHERE message.number IN (SELECT message FROM dispatch WHERE stage IN ('pending', 'stored'))
      ORDER BY message.conversation, message.minor`);
    // Read from the newest dispatch on, not from the whole conversation: hence the index and the order of the joins.
    this.#unread = database.query(`
      SELECT message.id FROM message AS read CROSS JOIN dispatch INDEXED BY dispatch_delivered
        CROSS JOIN message ON message.number = dispatch.message AND message.conversation = read.conversation
      WHERE read.id = ?1 AND dispatch.recipient = (SELECT number FROM peer WHERE key = ?2)
        AND dispatch.stage = 'delivered' AND dispatch.detail IN ('now', 'later')
        AND (message.major, message.minor) <= (read.major, read.minor)
      ORDER BY dispatch.message DESC LIMIT ?3`);
    this.#setRead = database.write(
      `UPDATE dispatch SET detail = 'read' WHERE ${thisDispatch} AND stage = 'delivered'`,
    );
  }

  setProgress(id: MessageId, recipient: PeerKey, progress: UnreadProgress): void {
    this.#setProgress.run(progress.stage, detailOf(progress), id, recipient);
    if (progress.stage === 'delivered') this.#forgetChange.run(id);
  }

  markRead(id: MessageId, recipient: PeerKey, limit: number): MessageId[] {
    const ids = this.#unread.all(id, recipient, limit).map((row) => messageIdOf(row, 'id'));
    for (const each of ids) this.#setRead.run(each, recipient);
    return ids;
  }

  offerStoredAgain(): void {
    this.#offerStoredAgain.run();
  }

  open(): OutgoingMessage[] {
    return this.#reader.readOutgoing(this.#open.all());
  }

  removeAll(id: MessageId): void {
    this.#removeAll.run(id);
  }
}
