import {
  changeMessage,
  type ChangeContent,
  type MessageChange,
  type MessageView,
} from '../../../../shared/chat/timeline.ts';
import type { MessageId, PeerKey } from '../../../../shared/ids.ts';
import { hasWords, type Content, type MessagePosition } from '../../../../shared/message.ts';
import type { Database } from '../database.ts';
import { columnsOfContent } from './message-content.ts';
import { changesColumn } from './message-marks.ts';
import { columnsWithConversation, MessageReader, sourceWithConversation } from './message-rows.ts';
import type { MessageSearch } from './message-search.ts';
import { Peers } from './peers.ts';
import { peerKeyOf, optional } from '../rows.ts';
import type { Query, Write } from '../statements.ts';
import { WaitingChanges } from './waiting-changes.ts';

/** Writes what later contents do to a message (shared/chat/timeline.ts): its words, its marks, and the search index. */
export class MessageChanges {
  readonly #reader: MessageReader;
  readonly #peers: Peers;
  readonly #search: MessageSearch;
  readonly #waiting: WaitingChanges;
  readonly #view: Query;
  readonly #isElsewhere: Query;
  readonly #me: Query;
  readonly #setContent: Write;
  readonly #setChanges: Write;
  readonly #putMark: Write;
  readonly #removeMarks: Write;
  readonly #removeVotes: Write;
  readonly #forgetEdits: Write;

  constructor(database: Database, search: MessageSearch) {
    this.#reader = new MessageReader(database);
    this.#peers = new Peers(database);
    this.#search = search;
    this.#waiting = new WaitingChanges(database);
    this.#view = database.query(`
      SELECT ${columnsWithConversation} FROM ${sourceWithConversation}
      WHERE message.id = ? AND message.conversation = ? AND message.shown = 1`);
    this.#isElsewhere = database.query(
      'SELECT 1 FROM message WHERE id = ?1 UNION ALL SELECT 1 FROM removed_message WHERE id = ?1',
    );
    this.#me = database.query('SELECT key FROM client');
    this.#setContent = database.write(
      'UPDATE message SET kind = ?, text = ?, details = ?, mentions_me = ? WHERE id = ?',
    );
    this.#setChanges = database.write('UPDATE message SET changes = ? WHERE id = ?');
    this.#putMark = database.write(`
      INSERT OR REPLACE INTO mark (message, kind, emoji, author, value, major, minor)
      SELECT number, ?, ?, ?, ?, ?, ? FROM message WHERE id = ?`);
    this.#removeMarks = database.write(
      'DELETE FROM mark WHERE message = (SELECT number FROM message WHERE id = ?)',
    );
    this.#removeVotes = database.write(
      `DELETE FROM mark WHERE message = (SELECT number FROM message WHERE id = ?) AND kind = 'vote'`,
    );
    this.#forgetEdits = database.write('UPDATE message SET details = NULL WHERE target = ? AND shown = 0');
  }

  /** Changes a message of the conversation with this number. Returns whether it is another one now. */
  apply(conversation: number, change: MessageChange): boolean {
    const { of: id } = change.content;
    const row = this.#view.get(id, conversation);
    if (row === undefined) {
      // A message that is removed, of another conversation, or itself a change, is never here.
      if (this.#isElsewhere.get(id) === undefined) this.#waiting.add(conversation, change);
      return false;
    }
    const before = this.#reader.readView(row);
    const after = changeMessage(before, change);
    if (after === before) return false;
    this.#write(before, after, change);
    return true;
  }

  /** The message is here now: makes the changes that came before it. Returns whether there were any. */
  applyWaiting(conversation: number, id: MessageId): boolean {
    const waiting = this.#waiting.take(conversation, id);
    return waiting.filter((change) => this.apply(conversation, change)).length > 0;
  }

  /** Whether these words mention the user, and are by another. */
  mentionsMe(content: Content, author: PeerKey): boolean {
    if (!hasWords(content)) return false;
    const { mentions, mentionsRoom } = content;
    if (mentions === undefined && mentionsRoom === undefined) return false;
    const row = this.#me.get();
    const me = row === undefined ? undefined : optional(row, 'key', peerKeyOf);
    if (me === undefined || author === me) return false;
    return mentionsRoom === true || mentions?.includes(me) === true;
  }

  /** The words of the message are others, or none, from now on. */
  setContent(id: MessageId, author: PeerKey, content: Content): void {
    const { kind, text, details } = columnsOfContent(content);
    this.#search.remove(id);
    this.#setContent.run(kind, text, details, Number(this.mentionsMe(content, author)), id);
    this.#search.put(id);
  }

  #write(before: MessageView, after: MessageView, { author, position, content }: MessageChange): void {
    const { id, body } = after;
    if (body !== before.body) {
      this.setContent(id, after.author, contentOfBody(body));
      if (body.kind === 'deleted') {
        this.#removeMarks.run(id);
        this.#forgetEdits.run(id);
      }
    }
    this.#setChanges.run(changesColumn(after), id);
    if (after.votes !== before.votes && content.kind === 'close-poll') this.#writeResult(after);
    this.#writeMark(id, author, position, content);
  }

  /** The end of a poll between two users says which votes there were. */
  #writeResult({ id, votes }: MessageView): void {
    this.#removeVotes.run(id);
    for (const [voter, { choice, at }] of votes)
      this.#putMark.run('vote', '', this.#peers.numberOf(voter), choice, at.major, at.minor, id);
  }

  /** Only the mark of this change is another one. */
  #writeMark(
    id: MessageId,
    author: PeerKey,
    { major, minor }: MessagePosition,
    content: ChangeContent,
  ): void {
    const put = (kind: string, emoji: string, value: number | null) =>
      this.#putMark.run(kind, emoji, this.#peers.numberOf(author), value, major, minor, id);
    if (content.kind === 'reaction') put(content.kind, content.emoji, Number(content.on));
    else if (content.kind === 'vote') put(content.kind, '', content.choice);
    else if (content.kind === 'acknowledge') put(content.kind, '', 1);
  }
}

function contentOfBody(body: MessageView['body']): Content {
  if (body.kind === 'post') return body.content;
  return body.kind === 'unknown' ? { kind: body.kind, fallback: body.fallback ?? '' } : { kind: body.kind };
}
