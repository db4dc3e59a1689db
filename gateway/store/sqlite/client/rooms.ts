import Type from 'typebox';
import { Value } from 'typebox/value';
import {
  digestFromBytes,
  fromHex,
  parseRoomId,
  peerKeyPattern,
  type MessageId,
  type RoomId,
} from '../../../../shared/ids.ts';
import { roomConversation } from '../../../../shared/conversation.ts';
import { roomEntryRowBytes } from '../../../../shared/limits.ts';
import type { LogPoint } from '../../../../shared/rooms/entry.ts';
import { decodeRoomContent, RoleField } from '../../../../shared/rooms/content.ts';
import { findings } from '../../../../shared/rooms/verify-log.ts';
import type {
  ListedRoom,
  RoomFigures,
  RoomRepository,
  StoredCheckpoint,
  LostEntry,
  StoredEntry,
  StoredFinding,
  StoredRoom,
  WaitingEntry,
} from '../../room-repository.ts';
import type { Database } from '../database.ts';
import {
  booleanOf,
  bytesOf,
  epochOf,
  integerOf,
  jsonOf,
  messageIdOf,
  optional,
  peerKeyOf,
  textOf,
  unreadable,
  type Row,
} from '../rows.ts';
import type { Query, Write } from '../statements.ts';
import { entryFromBytes, entryToBytes } from './entry-bytes.ts';

/** From here on are the positions of own messages that no log has yet (client-store.ts). */
const waitingMajorMin = 2 ** 52;

/** The number of the room that is shown under the first parameter. */
const numbered = '(SELECT number FROM room WHERE id = ?1)';

export class SqliteRooms implements RoomRepository {
  readonly #database: Database;
  readonly #log: RoomLogTable;
  readonly #outbox: RoomOutboxTable;
  readonly #all: Query;
  readonly #put: Write;
  readonly #rename: Write;
  readonly #renameConversation: Write;
  readonly #putCheckpoint: Write;
  readonly #checkpoint: Query;
  readonly #removeCheckpoints: Write;
  readonly #moveMessages: Write;
  readonly #forgetWaiting: Write;

  constructor(database: Database) {
    this.#database = database;
    this.#log = new RoomLogTable(database);
    this.#outbox = new RoomOutboxTable(database);
    this.#all = database.query(
      'SELECT id, server, room, cut_at, departure, listed, findings FROM room ORDER BY number',
    );
    this.#put = database.write(`
      INSERT INTO room (id, server, room, cut_at, departure, listed, findings) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET
        cut_at = excluded.cut_at, departure = excluded.departure, listed = excluded.listed, findings = excluded.findings
      WHERE (cut_at, departure, listed, findings) IS NOT
        (excluded.cut_at, excluded.departure, excluded.listed, excluded.findings)`);
    this.#rename = database.write('UPDATE room SET id = ?2 WHERE id = ?1');
    this.#renameConversation = database.write('UPDATE conversation SET id = ?2 WHERE id = ?1');
    this.#putCheckpoint = database.write(`
      INSERT INTO room_checkpoint (room, seq, bytes, has_later_kinds) VALUES (${numbered}, ?2, ?3, ?4)
      ON CONFLICT (room, seq) DO UPDATE SET bytes = excluded.bytes, has_later_kinds = excluded.has_later_kinds`);
    this.#checkpoint = database.query(`
      SELECT seq, bytes, has_later_kinds FROM room_checkpoint WHERE room = ${numbered} AND seq <= ?2
      ORDER BY seq DESC LIMIT 1`);
    this.#removeCheckpoints = database.write(
      `DELETE FROM room_checkpoint WHERE room = ${numbered} AND seq > ?2`,
    );
    // A place may be taken by messages that were lost before.
    this.#moveMessages = database.write(`
      WITH place AS (SELECT number FROM conversation WHERE id = ?1),
        moved AS (
          SELECT number, row_number() OVER (ORDER BY major, minor, author) AS rank FROM message
          WHERE conversation = (SELECT number FROM place) AND major > ?2 AND major < ?3
        ),
        last AS (
          SELECT coalesce(max(minor), 0) AS minor FROM message
          WHERE conversation = (SELECT number FROM place) AND major = ?2
        )
      UPDATE message SET major = ?2, minor = (SELECT minor FROM last) + moved.rank
      FROM moved WHERE message.number = moved.number`);
    this.#forgetWaiting = database.write(`
      DELETE FROM waiting_change WHERE conversation = (SELECT number FROM conversation WHERE id = ?1) AND major > ?2`);
  }

  all(): StoredRoom[] {
    return this.#all.all().map((row) => ({
      id: roomIdOf(row, 'id'),
      server: peerKeyOf(row, 'server'),
      room: roomIdOf(row, 'room'),
      cutAt: integerOf(row, 'cut_at'),
      departure: departureOf(row),
      listed: optional(row, 'listed', listedOf) ?? null,
      findings: findingsOf(row),
    }));
  }

  put({ id, server, room, cutAt, departure, listed, findings }: StoredRoom): void {
    const listedText = listed === null ? null : JSON.stringify(listed);
    this.#put.run(id, server, room, cutAt, departure, listedText, JSON.stringify(findings));
  }

  rename(from: RoomId, to: RoomId): void {
    this.#rename.run(from, to);
    this.#database.dropCaches();
    this.#renameConversation.run(roomConversation(from), roomConversation(to));
  }

  putEntry(room: RoomId, entry: StoredEntry): void {
    this.#log.put(room, entry);
  }

  head(room: RoomId): LogPoint | undefined {
    return this.#log.head(room);
  }

  pointAt(room: RoomId, seq: number): LogPoint | undefined {
    return this.#log.pointAt(room, seq);
  }

  hasId(room: RoomId, id: MessageId): boolean {
    return this.#log.hasId(room, id);
  }

  entriesFrom(room: RoomId, seq: number, limit: number): StoredEntry[] {
    return this.#log.from(room, seq, limit);
  }

  loseAfter(room: RoomId, seq: number): void {
    this.#log.loseAfter(room, seq);
    this.#removeCheckpoints.run(room, seq);
    this.#moveMessages.run(roomConversation(room), seq, waitingMajorMin);
    this.#forgetWaiting.run(roomConversation(room), seq);
  }

  find(room: RoomId, id: MessageId): StoredEntry | undefined {
    return this.#log.find(room, id);
  }

  eraseAt(room: RoomId, seqs: readonly number[]): void {
    this.#log.eraseAt(room, seqs);
  }

  bytesBehind(room: RoomId, seq: number): number {
    return this.#log.bytesBehind(room, seq);
  }

  lost(room: RoomId, limit: number, after: number): LostEntry[] {
    return this.#log.lost(room, limit, after);
  }

  isLost(room: RoomId, id: MessageId): boolean {
    return this.#log.isLost(room, id);
  }

  lacksContents(room: RoomId, seq: number | null): boolean {
    return this.#log.lacksContents(room, seq);
  }

  removeLost(entries: readonly LostEntry[]): void {
    this.#log.removeLost(entries);
  }

  removeAllLost(room: RoomId): void {
    this.#log.removeAllLost(room);
  }

  eraseContent(room: RoomId, message: MessageId): void {
    this.#log.erase(room, message);
    this.#outbox.erase(room, message);
  }

  putFigures(room: RoomId, id: MessageId, figures: RoomFigures): void {
    this.#log.putFigures(room, id, figures);
  }

  figuresOf(room: RoomId, id: MessageId): RoomFigures | null | undefined {
    return this.#log.figuresOf(room, id);
  }

  putCheckpoint(room: RoomId, { seq, bytes, hasLaterKinds }: StoredCheckpoint): void {
    this.#putCheckpoint.run(room, seq, bytes, Number(hasLaterKinds));
  }

  checkpointAt(room: RoomId, seq: number): StoredCheckpoint | undefined {
    const row = this.#checkpoint.get(room, seq);
    if (row === undefined) return undefined;
    return {
      seq: integerOf(row, 'seq'),
      bytes: bytesOf(row, 'bytes'),
      hasLaterKinds: booleanOf(row, 'has_later_kinds'),
    };
  }

  putWaiting(room: RoomId, entry: WaitingEntry): void {
    this.#outbox.put(room, entry);
  }

  waiting(room: RoomId): WaitingEntry[] {
    return this.#outbox.all(room);
  }

  removeWaiting(room: RoomId, id: MessageId): void {
    this.#outbox.remove(room, id);
  }
}

class RoomLogTable {
  readonly #put: Write;
  readonly #head: Query;
  readonly #point: Query;
  readonly #hasId: Query;
  readonly #from: Query;
  readonly #find: Query;
  readonly #findLost: Query;
  readonly #eraseAt: Write;
  readonly #bytesBehind: Query;
  readonly #removeAfter: Write;
  readonly #lose: Write;
  readonly #lost: Query;
  readonly #isLost: Query;
  readonly #lacksContents: Query;
  readonly #lacksLostContents: Query;
  readonly #removeLost: Write;
  readonly #removeAllLost: Write;
  readonly #erasures: readonly Write[];
  readonly #putFigures: Write;
  readonly #figures: Query;

  constructor(database: Database) {
    this.#put = database.write(`
      INSERT INTO room_entry (room, seq, id, epoch, hash, entry, content, edit_of, effect, head_signature)
      SELECT room.number, ?2, iif(EXISTS (SELECT 1 FROM room_entry WHERE room_entry.room = room.number AND room_entry.id = ?3), NULL, ?3),
        ?4, ?5, ?6, ?7, ?8, ?9, ?10
      FROM room WHERE id = ?1`);
    this.#head = database.query(`
      SELECT seq, epoch, hash FROM room_entry WHERE room = ${numbered} ORDER BY seq DESC LIMIT 1`);
    this.#point = database.query(
      `SELECT seq, epoch, hash FROM room_entry WHERE room = ${numbered} AND seq = ?2`,
    );
    this.#hasId = database.query(`SELECT 1 FROM room_entry WHERE room = ${numbered} AND id = ?2`);
    this.#from = database.query(`
      SELECT hash, entry, content, effect, head_signature FROM room_entry
      WHERE room = ${numbered} AND seq >= ?2 ORDER BY seq LIMIT ?3`);
    const columns = 'hash, entry, content, effect, head_signature';
    this.#find = database.query(`SELECT ${columns} FROM room_entry WHERE room = ${numbered} AND id = ?2`);
    this.#findLost = database.query(
      `SELECT ${columns} FROM room_lost WHERE room = ${numbered} AND id = ?2 ORDER BY number DESC LIMIT 1`,
    );
    this.#eraseAt = database.write(
      `UPDATE room_entry SET content = NULL WHERE room = ${numbered} AND seq = ?2 AND content IS NOT NULL`,
    );
    this.#bytesBehind = database.query(`
      SELECT coalesce(sum(${roomEntryRowBytes} + coalesce(length(content), 0)), 0) AS bytes FROM room_entry
      WHERE room = ${numbered} AND seq > ?2`);
    this.#removeAfter = database.write(`DELETE FROM room_entry WHERE room = ${numbered} AND seq > ?2`);
    this.#lose = database.write(`
      INSERT INTO room_lost (room, id, hash, entry, content, edit_of, effect, head_signature)
      SELECT room, id, hash, entry, content, edit_of, effect, head_signature FROM room_entry
      WHERE room = ${numbered} AND seq > ?2 ORDER BY seq`);
    this.#lost = database.query(`
      SELECT number, hash, entry, content, effect, head_signature FROM room_lost
      WHERE room = ${numbered} AND number > ?3 ORDER BY number LIMIT ?2`);
    this.#isLost = database.query(`SELECT 1 FROM room_lost WHERE room = ${numbered} AND id = ?2`);
    // A deleted message is still shown as one. An erased edit keeps its target.
    const isWithheld = `content IS NULL AND edit_of IS NULL AND effect = 'taken'
      AND NOT EXISTS (SELECT 1 FROM message WHERE message.id = entry.id)`;
    this.#lacksContents = database.query(`
      SELECT 1 FROM room_entry AS entry WHERE room = ${numbered} AND seq > ?2 AND ${isWithheld} LIMIT 1`);
    this.#lacksLostContents = database.query(`
      SELECT 1 FROM room_lost AS entry WHERE room = ${numbered} AND ${isWithheld} LIMIT 1`);
    this.#removeLost = database.write('DELETE FROM room_lost WHERE number = ?1');
    this.#removeAllLost = database.write(`DELETE FROM room_lost WHERE room = ${numbered}`);
    this.#erasures = ['room_entry', 'room_lost'].flatMap((table) =>
      ['id', 'edit_of'].map((column) =>
        database.write(
          `UPDATE ${table} SET content = NULL WHERE room = ${numbered} AND ${column} = ?2 AND content IS NOT NULL`,
        ),
      ),
    );
    this.#putFigures = database.write(`
      UPDATE room_entry SET delivered = ?3, read = ?4, members = ?5 WHERE room = ${numbered} AND id = ?2
        AND (delivered, read, members) IS NOT (?3, ?4, ?5)`);
    this.#figures = database.query(
      `SELECT delivered, read, members FROM room_entry WHERE room = ${numbered} AND id = ?2`,
    );
  }

  put(room: RoomId, { entry, hash, effect, headSignature }: StoredEntry): void {
    const { header, position, content } = entry;
    this.#put.run(
      room,
      position.seq,
      header.id,
      position.epoch,
      hash,
      entryToBytes(entry),
      content,
      editOf(header.kind, content),
      effect,
      headSignature,
    );
  }

  head(room: RoomId): LogPoint | undefined {
    return pointFrom(this.#head.get(room));
  }

  pointAt(room: RoomId, seq: number): LogPoint | undefined {
    return pointFrom(this.#point.get(room, seq));
  }

  hasId(room: RoomId, id: MessageId): boolean {
    return this.#hasId.get(room, id) !== undefined;
  }

  from(room: RoomId, seq: number, limit: number): StoredEntry[] {
    return this.#from.all(room, seq, limit).map(entryFrom);
  }

  find(room: RoomId, id: MessageId): StoredEntry | undefined {
    const row = this.#find.get(room, id) ?? this.#findLost.get(room, id);
    return row === undefined ? undefined : entryFrom(row);
  }

  eraseAt(room: RoomId, seqs: readonly number[]): void {
    for (const seq of seqs) this.#eraseAt.run(room, seq);
  }

  bytesBehind(room: RoomId, seq: number): number {
    const row = this.#bytesBehind.get(room, seq);
    return row === undefined ? 0 : integerOf(row, 'bytes');
  }

  loseAfter(room: RoomId, seq: number): void {
    this.#lose.run(room, seq);
    this.#removeAfter.run(room, seq);
  }

  lost(room: RoomId, limit: number, after: number): LostEntry[] {
    return this.#lost
      .all(room, limit, after)
      .map((row) => ({ ...entryFrom(row), number: integerOf(row, 'number') }));
  }

  isLost(room: RoomId, id: MessageId): boolean {
    return this.#isLost.get(room, id) !== undefined;
  }

  lacksContents(room: RoomId, seq: number | null): boolean {
    const found = seq === null ? this.#lacksLostContents.get(room) : this.#lacksContents.get(room, seq);
    return found !== undefined;
  }

  removeLost(entries: readonly LostEntry[]): void {
    for (const { number } of entries) this.#removeLost.run(number);
  }

  removeAllLost(room: RoomId): void {
    this.#removeAllLost.run(room);
  }

  erase(room: RoomId, message: MessageId): void {
    for (const erase of this.#erasures) erase.run(room, message);
  }

  putFigures(room: RoomId, id: MessageId, { delivered, read, of }: RoomFigures): void {
    this.#putFigures.run(room, id, delivered, read, of);
  }

  figuresOf(room: RoomId, id: MessageId): RoomFigures | null | undefined {
    const row = this.#figures.get(room, id);
    if (row === undefined) return undefined;
    const delivered = optional(row, 'delivered', integerOf);
    if (delivered === undefined) return null;
    return { delivered, read: integerOf(row, 'read'), of: integerOf(row, 'members') };
  }
}

class RoomOutboxTable {
  readonly #put: Write;
  readonly #all: Query;
  readonly #remove: Write;
  readonly #erase: Write;

  constructor(database: Database) {
    this.#put = database.write(`
      INSERT INTO room_waiting (room, id, kind, content, edit_of, sent_at_ms, clock_offset_ms, refused_with)
      SELECT number, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM room WHERE id = ?1
      ON CONFLICT (room, id) DO UPDATE SET content = excluded.content, refused_with = excluded.refused_with`);
    this.#all = database.query(`
      SELECT id, kind, content, edit_of, sent_at_ms, clock_offset_ms, refused_with FROM room_waiting
      WHERE room = ${numbered} ORDER BY number`);
    this.#remove = database.write(`DELETE FROM room_waiting WHERE room = ${numbered} AND id = ?2`);
    this.#erase = database.write(`DELETE FROM room_waiting WHERE room = ${numbered} AND edit_of = ?2`);
  }

  put(room: RoomId, entry: WaitingEntry): void {
    const { id, kind, content, editOf: of, sentAtMs, clockOffsetMs, refusedWith } = entry;
    this.#put.run(room, id, kind, content, of, sentAtMs, clockOffsetMs, refusedWith);
  }

  all(room: RoomId): WaitingEntry[] {
    return this.#all.all(room).map((row) => ({
      id: messageIdOf(row, 'id'),
      kind: textOf(row, 'kind'),
      content: bytesOf(row, 'content'),
      editOf: optional(row, 'edit_of', messageIdOf) ?? null,
      sentAtMs: integerOf(row, 'sent_at_ms'),
      clockOffsetMs: optional(row, 'clock_offset_ms', integerOf) ?? null,
      refusedWith: optional(row, 'refused_with', textOf) ?? null,
    }));
  }

  remove(room: RoomId, id: MessageId): void {
    this.#remove.run(room, id);
  }

  /** An edit of a deleted message has nothing to change. */
  erase(room: RoomId, message: MessageId): void {
    this.#erase.run(room, message);
  }
}

function entryFrom(row: Row): StoredEntry {
  const entry = entryFromBytes(bytesOf(row, 'entry')) ?? unreadable('entry', 'an entry of a log');
  return {
    entry: { ...entry, content: optional(row, 'content', bytesOf) ?? null },
    hash: digestOf(row, 'hash'),
    effect: effectOf(row),
    headSignature: optional(row, 'head_signature', bytesOf) ?? null,
  };
}

function pointFrom(row: Row | undefined): LogPoint | undefined {
  if (row === undefined) return undefined;
  return { epoch: epochOf(row, 'epoch'), seq: integerOf(row, 'seq'), hash: digestOf(row, 'hash') };
}

function digestOf(row: Row, column: string) {
  const text = textOf(row, column);
  return /^[0-9a-f]{64}$/.test(text) ? digestFromBytes(fromHex(text)) : unreadable(column, 'a digest');
}

function roomIdOf(row: Row, column: string): RoomId {
  return parseRoomId(textOf(row, column)) ?? unreadable(column, 'the id of a room');
}

/** What a database from outside must hold, so that frontends can show it. */
const ListedRoomSchema = Type.Object({
  name: Type.String(),
  topic: Type.String(),
  access: Type.Union([Type.Literal('open'), Type.Literal('closed'), Type.Literal('everyone')]),
  ended: Type.Union([Type.Literal('archived'), Type.Literal('closed'), Type.Null()]),
  standing: Type.Union([RoleField, Type.Literal('invited'), Type.Literal('guest'), Type.Literal('former')]),
  members: Type.Integer({ minimum: 0 }),
});
const FindingsSchema = Type.Array(
  Type.Object({
    kind: Type.String(),
    seq: Type.Integer(),
    author: Type.Union([Type.String({ pattern: peerKeyPattern }), Type.Null()]),
  }),
);

function listedOf(row: Row, column: string): ListedRoom {
  const value = jsonOf(row, column);
  return Value.Check(ListedRoomSchema, value) ? value : unreadable(column, 'what a server told about a room');
}

function findingsOf(row: Row): StoredFinding[] {
  const value = jsonOf(row, 'findings');
  return Value.Check(FindingsSchema, value) && value.every(({ kind }) => Object.hasOwn(findings, kind))
    ? (value as StoredFinding[])
    : unreadable('findings', 'a list of findings');
}

function departureOf(row: Row): StoredRoom['departure'] {
  const value = optional(row, 'departure', textOf) ?? null;
  return value === 'left' || value === 'removed' || value === null
    ? value
    : unreadable('departure', 'how a membership ended');
}

function effectOf(row: Row): StoredEntry['effect'] {
  const value = textOf(row, 'effect');
  return value === 'taken' || value === 'passed-over' || value === 'none'
    ? value
    : unreadable('effect', 'the effect of an entry');
}

/** The message of which an entry is an edit. */
function editOf(kind: string, content: Uint8Array | null): MessageId | null {
  if (kind !== 'edit' || content === null) return null;
  const decoded = decodeRoomContent(kind, content);
  return decoded.type === 'content' && decoded.content.kind === 'edit' ? decoded.content.of : null;
}
