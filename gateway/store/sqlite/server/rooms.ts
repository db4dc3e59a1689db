import { postKinds } from '../../../../shared/chat/timeline.ts';
import { decodeBySchema } from '../../../../shared/chat/transcoder.ts';
import { fromHex, type Digest, type MessageId, type PeerKey, type RoomId } from '../../../../shared/ids.ts';
import { roomEntryRowBytes } from '../../../../shared/limits.ts';
import { decodeRoomContent, RetentionField, type Retention } from '../../../../shared/rooms/content.ts';
import type { LogEntry, LogPoint } from '../../../../shared/rooms/entry.ts';
import type {
  CheckpointPurpose,
  EntrySize,
  MessagePlace,
  PlacedEntry,
  RoomCheckpoint,
  RoomMember,
  RoomRecord,
  RoomRepository,
} from '../../server-store.ts';
import type { Database } from '../database.ts';
import {
  bytesOf,
  digestOf,
  epochOf,
  installationOf,
  integerOf,
  jsonOf,
  messageIdOf,
  optional,
  peerKeyOf,
  roomIdOf,
  textOf,
  unreadable,
  type Row,
} from '../rows.ts';
import type { Query, Write } from '../statements.ts';

const roomColumns =
  'room, name, name_key, topic, access, retention, ended, closed_at_ms, creator, head_epoch, head_seq, head_hash, entries, bytes, members';
const entryColumns =
  'room, seq, epoch, taken_at_ms, hash, id, author, installation, sequence, kind, content_hash, sent_at_ms, clock_offset_ms, parent_epoch, parent_seq, parent_hash, signature, content, edit_of';
const memberColumns = 'room, key, standing, joined_seq, end_seq, start_seq, delivered, read';
const ofPosts = postKinds.map((kind) => `'${kind}'`).join(', ');
const entryBytes = `(${roomEntryRowBytes} + coalesce(length(content), 0))`;

export class SqliteRooms implements RoomRepository {
  readonly #log: RoomLogs;
  readonly #members: RoomMembers;
  readonly #all: Query;
  readonly #find: Query;
  readonly #put: Write;
  readonly #remove: Write;
  readonly #removeMembers: Write;
  readonly #removeCheckpoints: Write;
  readonly #putCheckpoint: Write;
  readonly #checkpoint: Query;
  readonly #removeCheckpoint: Write;
  readonly #listed: Query;
  readonly #count: Query;
  readonly #countOf: Query;

  constructor(database: Database) {
    this.#log = new RoomLogs(database);
    this.#members = new RoomMembers(database);
    this.#all = database.query(`SELECT ${roomColumns} FROM room ORDER BY room`);
    this.#find = database.query(`SELECT ${roomColumns} FROM room WHERE room = ?`);
    this.#put = database.write(`
      INSERT INTO room (${roomColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (room) DO UPDATE SET
        name = excluded.name, name_key = excluded.name_key, topic = excluded.topic, retention = excluded.retention,
        ended = excluded.ended, closed_at_ms = excluded.closed_at_ms, head_epoch = excluded.head_epoch,
        head_seq = excluded.head_seq, head_hash = excluded.head_hash, entries = excluded.entries, bytes = excluded.bytes,
        members = excluded.members`);
    this.#remove = database.write('DELETE FROM room WHERE room = ?');
    this.#removeMembers = database.write('DELETE FROM room_member WHERE room = ?');
    this.#removeCheckpoints = database.write('DELETE FROM room_checkpoint WHERE room = ?');
    this.#putCheckpoint = database.write(`
      INSERT INTO room_checkpoint (room, purpose, epoch, seq, hash, bytes, signature) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (room, purpose) DO UPDATE SET
        epoch = excluded.epoch, seq = excluded.seq, hash = excluded.hash, bytes = excluded.bytes,
        signature = excluded.signature`);
    this.#checkpoint = database.query(
      'SELECT epoch, seq, hash, bytes, signature FROM room_checkpoint WHERE room = ? AND purpose = ?',
    );
    this.#removeCheckpoint = database.write('DELETE FROM room_checkpoint WHERE room = ? AND purpose = ?');
    this.#listed = database.query(`
      SELECT ${roomColumns} FROM room
      WHERE name_key > ?1 AND ended IS NOT 'closed' AND (access = 'open' OR (access = 'closed' AND EXISTS (
        SELECT 1 FROM room_member m WHERE m.room = room.room AND m.key = ?2 AND m.standing <> 'former')))
      ORDER BY name_key LIMIT ?3`);
    const open = `SELECT count(*) AS count FROM room WHERE access <> 'everyone' AND ended IS NOT 'closed'`;
    this.#count = database.query(open);
    this.#countOf = database.query(`${open} AND creator = ?`);
  }

  all(): RoomRecord[] {
    return this.#all.all().map(recordFrom);
  }

  find(room: RoomId): RoomRecord | undefined {
    const row = this.#find.get(room);
    return row === undefined ? undefined : recordFrom(row);
  }

  put(record: RoomRecord): void {
    const { head } = record;
    this.#put.run(
      record.room,
      record.name,
      record.nameKey,
      record.topic,
      record.access,
      JSON.stringify(record.retention),
      record.ended,
      record.closedAtMs,
      record.creator,
      head.epoch,
      head.seq,
      fromHex(head.hash),
      record.entries,
      record.bytes,
      record.members,
    );
  }

  remove(room: RoomId, limit: number): boolean {
    if (this.#log.removeOldest(room, limit) === limit) return false;
    this.#removeCheckpoints.run(room);
    this.#removeMembers.run(room);
    this.#remove.run(room);
    return true;
  }

  append(entry: LogEntry, hash: Digest): number {
    return this.#log.append(entry, hash);
  }

  entry(room: RoomId, id: MessageId): PlacedEntry | undefined {
    return this.#log.entry(room, id);
  }

  pointAt(room: RoomId, seq: number): LogPoint | undefined {
    return this.#log.pointAt(room, seq);
  }

  entriesAfter(room: RoomId, seq: number, limit: number): PlacedEntry[] {
    return this.#log.entriesAfter(room, seq, limit);
  }

  newestMessages(room: RoomId, limit: number): MessagePlace[] {
    return this.#log.newestMessages(room, limit);
  }

  oldest(room: RoomId, limit: number): EntrySize[] {
    return this.#log.oldest(room, limit);
  }

  eraseMessage(room: RoomId, id: MessageId): number {
    return this.#log.eraseMessage(room, id);
  }

  cut(room: RoomId, seq: number): void {
    this.#log.cut(room, seq);
  }

  putCheckpoint({ room, purpose, point, bytes, signature }: RoomCheckpoint): void {
    const { epoch, seq, hash } = point;
    this.#putCheckpoint.run(room, purpose, epoch, seq, fromHex(hash), bytes, signature);
  }

  checkpoint(room: RoomId, purpose: CheckpointPurpose): RoomCheckpoint | undefined {
    const row = this.#checkpoint.get(room, purpose);
    if (row === undefined) return undefined;
    const point = { epoch: epochOf(row, 'epoch'), seq: integerOf(row, 'seq'), hash: digestOf(row, 'hash') };
    return { room, purpose, point, bytes: bytesOf(row, 'bytes'), signature: bytesOf(row, 'signature') };
  }

  removeCheckpoint(room: RoomId, purpose: CheckpointPurpose): void {
    this.#removeCheckpoint.run(room, purpose);
  }

  members(room: RoomId): RoomMember[] {
    return this.#members.of(room);
  }

  member(room: RoomId, key: PeerKey): RoomMember | undefined {
    return this.#members.find(room, key);
  }

  membershipsOf(key: PeerKey): RoomMember[] {
    return this.#members.ofKey(key);
  }

  putMember(member: RoomMember): void {
    this.#members.put(member);
  }

  removeMember(room: RoomId, key: PeerKey): void {
    this.#members.remove(room, key);
  }

  listed(key: PeerKey, afterNameKey: string, limit: number): RoomRecord[] {
    return this.#listed.all(afterNameKey, key, limit).map(recordFrom);
  }

  count(creator?: PeerKey): number {
    const row = creator === undefined ? this.#count.get() : this.#countOf.get(creator);
    return row === undefined ? 0 : integerOf(row, 'count');
  }
}

/** The entries of all rooms. */
class RoomLogs {
  readonly #append: Write;
  readonly #entry: Query;
  readonly #pointAt: Query;
  readonly #entriesAfter: Query;
  readonly #newestMessages: Query;
  readonly #oldest: Query;
  readonly #erasable: Query;
  readonly #erase: Write;
  readonly #cut: Write;
  readonly #removeOldest: Write;

  constructor(database: Database) {
    this.#append = database.write(
      `INSERT INTO room_entry (${entryColumns}) VALUES (${entryColumns.replaceAll(/\w+/g, '?')})`,
    );
    this.#entry = database.query(`SELECT ${entryColumns} FROM room_entry WHERE room = ? AND id = ?`);
    this.#pointAt = database.query('SELECT epoch, seq, hash FROM room_entry WHERE room = ? AND seq = ?');
    this.#entriesAfter = database.query(
      `SELECT ${entryColumns} FROM room_entry WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?`,
    );
    this.#newestMessages = database.query(`
      SELECT seq, id, author FROM room_entry
      WHERE room = ? AND kind IN (${ofPosts}) ORDER BY seq DESC LIMIT ?`);
    this.#oldest = database.query(
      `SELECT seq, taken_at_ms, ${entryBytes} AS bytes FROM room_entry WHERE room = ? ORDER BY seq LIMIT ?`,
    );
    // The state of the room needs the contents of the other kinds.
    const ofMessage = `
      (number IN (SELECT number FROM room_entry WHERE room = ?1 AND id = ?2
        UNION ALL SELECT number FROM room_entry WHERE room = ?1 AND edit_of = ?2))
      AND content IS NOT NULL AND kind IN (${ofPosts}, 'edit')`;
    this.#erasable = database.query(
      `SELECT coalesce(sum(length(content)), 0) AS bytes FROM room_entry WHERE ${ofMessage}`,
    );
    this.#erase = database.write(`UPDATE room_entry SET content = NULL WHERE ${ofMessage}`);
    this.#cut = database.write('DELETE FROM room_entry WHERE room = ? AND seq <= ?');
    this.#removeOldest = database.write(`
      DELETE FROM room_entry WHERE number IN
        (SELECT number FROM room_entry WHERE room = ? ORDER BY seq LIMIT ?)`);
  }

  append(entry: LogEntry, hash: Digest): number {
    const { header, position, signature, content } = entry;
    const { parent } = header;
    this.#append.run(
      header.room,
      position.seq,
      position.epoch,
      position.takenAtMs,
      fromHex(hash),
      header.id,
      header.author,
      header.installation,
      header.sequence,
      header.kind,
      fromHex(header.contentHash),
      header.sentAtMs,
      header.clockOffsetMs ?? null,
      parent.epoch,
      parent.seq,
      fromHex(parent.hash),
      signature,
      content,
      editedBy(entry) ?? null,
    );
    return roomEntryRowBytes + (content?.length ?? 0);
  }

  entry(room: RoomId, id: MessageId): PlacedEntry | undefined {
    const row = this.#entry.get(room, id);
    return row === undefined ? undefined : entryFrom(row);
  }

  pointAt(room: RoomId, seq: number): LogPoint | undefined {
    const row = this.#pointAt.get(room, seq);
    if (row === undefined) return undefined;
    return { epoch: epochOf(row, 'epoch'), seq: integerOf(row, 'seq'), hash: digestOf(row, 'hash') };
  }

  entriesAfter(room: RoomId, seq: number, limit: number): PlacedEntry[] {
    return this.#entriesAfter.all(room, seq, limit).map(entryFrom);
  }

  newestMessages(room: RoomId, limit: number): MessagePlace[] {
    return this.#newestMessages.all(room, limit).map((row) => ({
      seq: integerOf(row, 'seq'),
      id: messageIdOf(row, 'id'),
      author: peerKeyOf(row, 'author'),
    }));
  }

  oldest(room: RoomId, limit: number): EntrySize[] {
    return this.#oldest.all(room, limit).map((row) => ({
      seq: integerOf(row, 'seq'),
      takenAtMs: integerOf(row, 'taken_at_ms'),
      bytes: integerOf(row, 'bytes'),
    }));
  }

  eraseMessage(room: RoomId, id: MessageId): number {
    const row = this.#erasable.get(room, id);
    this.#erase.run(room, id);
    return row === undefined ? 0 : integerOf(row, 'bytes');
  }

  cut(room: RoomId, seq: number): void {
    this.#cut.run(room, seq);
  }

  removeOldest(room: RoomId, limit: number): number {
    return this.#removeOldest.run(room, limit);
  }
}

class RoomMembers {
  readonly #of: Query;
  readonly #find: Query;
  readonly #ofKey: Query;
  readonly #put: Write;
  readonly #remove: Write;

  constructor(database: Database) {
    this.#of = database.query(`SELECT ${memberColumns} FROM room_member WHERE room = ? ORDER BY key`);
    this.#find = database.query(`SELECT ${memberColumns} FROM room_member WHERE room = ? AND key = ?`);
    this.#ofKey = database.query(`SELECT ${memberColumns} FROM room_member WHERE key = ? ORDER BY room`);
    this.#put = database.write(`
      INSERT INTO room_member (${memberColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (room, key) DO UPDATE SET
        standing = excluded.standing, joined_seq = excluded.joined_seq, end_seq = excluded.end_seq,
        start_seq = excluded.start_seq, delivered = excluded.delivered, read = excluded.read
      WHERE (standing, joined_seq, end_seq, start_seq, delivered, read) IS NOT
        (excluded.standing, excluded.joined_seq, excluded.end_seq, excluded.start_seq, excluded.delivered,
          excluded.read)`);
    this.#remove = database.write('DELETE FROM room_member WHERE room = ? AND key = ?');
  }

  of(room: RoomId): RoomMember[] {
    return this.#of.all(room).map(memberFrom);
  }

  find(room: RoomId, key: PeerKey): RoomMember | undefined {
    const row = this.#find.get(room, key);
    return row === undefined ? undefined : memberFrom(row);
  }

  ofKey(key: PeerKey): RoomMember[] {
    return this.#ofKey.all(key).map(memberFrom);
  }

  put(member: RoomMember): void {
    const { room, key, standing, joinedSeq, endSeq, startSeq, delivered, read } = member;
    this.#put.run(room, key, standing, joinedSeq, endSeq, startSeq, delivered, read);
  }

  remove(room: RoomId, key: PeerKey): void {
    this.#remove.run(room, key);
  }
}

/** The message that an edit changes. */
function editedBy({ header, content }: LogEntry): MessageId | undefined {
  if (header.kind !== 'edit' || content === null) return undefined;
  const decoded = decodeRoomContent('edit', content);
  return decoded.type === 'content' && decoded.content.kind === 'edit' ? decoded.content.of : undefined;
}

function recordFrom(row: Row): RoomRecord {
  const access = textOf(row, 'access');
  const ended = optional(row, 'ended', textOf) ?? null;
  if (access !== 'open' && access !== 'closed' && access !== 'everyone')
    return unreadable('access', 'an access');
  if (ended !== null && ended !== 'archived' && ended !== 'closed') return unreadable('ended', 'an end');
  return {
    room: roomIdOf(row, 'room'),
    name: textOf(row, 'name'),
    nameKey: textOf(row, 'name_key'),
    topic: textOf(row, 'topic'),
    access,
    retention: retentionOf(row),
    ended,
    closedAtMs: optional(row, 'closed_at_ms', integerOf) ?? null,
    creator: peerKeyOf(row, 'creator'),
    head: {
      epoch: epochOf(row, 'head_epoch'),
      seq: integerOf(row, 'head_seq'),
      hash: digestOf(row, 'head_hash'),
    },
    entries: integerOf(row, 'entries'),
    bytes: integerOf(row, 'bytes'),
    members: integerOf(row, 'members'),
  };
}

function retentionOf(row: Row): Retention {
  const retention = decodeBySchema(RetentionField, jsonOf(row, 'retention')) as Retention | undefined;
  return retention ?? unreadable('retention', 'a retention');
}

function entryFrom(row: Row): PlacedEntry {
  const clockOffsetMs = optional(row, 'clock_offset_ms', integerOf);
  const entry: LogEntry = {
    header: {
      room: roomIdOf(row, 'room'),
      author: peerKeyOf(row, 'author'),
      installation: installationOf(row, 'installation'),
      sequence: integerOf(row, 'sequence'),
      id: messageIdOf(row, 'id'),
      kind: textOf(row, 'kind'),
      contentHash: digestOf(row, 'content_hash'),
      sentAtMs: integerOf(row, 'sent_at_ms'),
      ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
      parent: {
        epoch: epochOf(row, 'parent_epoch'),
        seq: integerOf(row, 'parent_seq'),
        hash: digestOf(row, 'parent_hash'),
      },
    },
    signature: bytesOf(row, 'signature'),
    content: optional(row, 'content', bytesOf) ?? null,
    position: {
      epoch: epochOf(row, 'epoch'),
      seq: integerOf(row, 'seq'),
      takenAtMs: integerOf(row, 'taken_at_ms'),
    },
  };
  return { entry, hash: digestOf(row, 'hash') };
}

function memberFrom(row: Row): RoomMember {
  return {
    room: roomIdOf(row, 'room'),
    key: peerKeyOf(row, 'key'),
    standing: standingOf(row),
    joinedSeq: integerOf(row, 'joined_seq'),
    endSeq: optional(row, 'end_seq', integerOf) ?? null,
    startSeq: integerOf(row, 'start_seq'),
    delivered: integerOf(row, 'delivered'),
    read: integerOf(row, 'read'),
  };
}

const standings = ['owner', 'moderator', 'member', 'reader', 'invited', 'former'] as const;

function standingOf(row: Row): RoomMember['standing'] {
  const value = textOf(row, 'standing');
  return standings.find((each) => each === value) ?? unreadable('standing', 'a standing');
}
