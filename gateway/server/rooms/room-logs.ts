import type { Moment } from '../../../shared/moment.ts';
import { nicknameComparisonKey } from '../../../shared/nickname.ts';
import {
  digestFromBytes,
  fromHex,
  installationIdFromBytes,
  newMessageId,
  type MessageId,
  type PeerKey,
  type RoomId,
} from '../../../shared/ids.ts';
import {
  checkpointOf,
  checkpointSignedBytes,
  decodeCheckpoint,
  encodeCheckpoint,
  roomFromCheckpoint,
} from '../../../shared/rooms/checkpoint.ts';
import { decodeRoomContent, encodeRoomContent, type RoomContent } from '../../../shared/rooms/content.ts';
import {
  entrySignedBytes,
  headSignedBytes,
  isSamePoint,
  logStart,
  pointOf,
  type LogEntry,
  type LogPoint,
  type SignedEntry,
  type SignedHead,
} from '../../../shared/rooms/entry.ts';
import { applyEntry, passOver, type RoomDoor } from '../../../shared/rooms/reducer.ts';
import type { RoomRefusal } from '../../../shared/rooms/refusals.ts';
import { emptyRoom, nextSequenceOf, type RoomState } from '../../../shared/rooms/room-state.ts';
import type { CheckpointPurpose, RoomMember, RoomRecord } from '../../store/server-store.ts';
import { RoomUsage } from './room-usage.ts';
import type { RoomPorts } from './ports.ts';

/** Entries after which the state is written down, so that a room is loaded from few entries. */
const loadEveryEntries = 1_000;
/** Entries that are read at once when a room is loaded. */
const loadStepEntries = 250;
/** Rooms with their state in memory. The one that was used least recently is dropped; the store has it. */
const openRoomsMax = 256;

/** A room in memory: what its log and the store say. */
export interface OpenRoom {
  readonly state: RoomState;
  record: RoomRecord;
  /** The log begins after it. */
  cutPoint: LogPoint;
  /** Each key with a part in the room. In `#everyone`, keys that have told how far they have read. */
  readonly members: Map<PeerKey, RoomMember>;
  /** Members of which the store has older figures. */
  readonly unwritten: Set<PeerKey>;
  /** Entries since the state was written down. */
  sinceLoad: number;
  /** The newest heads that were signed, by their place. */
  readonly heads: Map<number, SignedHead>;
}

/** An entry that the log has taken. */
export interface Taken {
  readonly entry: LogEntry;
  readonly point: LogPoint;
  /** Keys with another part in the room than before. */
  readonly changed: readonly PeerKey[];
}

export interface RoomLogEvents {
  /** An entry is in the log. */
  readonly onTaken: (now: Moment, room: OpenRoom, taken: Taken) => void;
  /** Words were removed from the store. */
  readonly onErased: (now: Moment) => void;
}

/** Heads of one room that are kept: those of the batches that members get at the moment. */
const headsMax = 64;

/** The logs and states of all rooms. Each entry goes through `take`, which keeps the state, the store and the members equal. */
export class RoomLogs {
  readonly #ports: RoomPorts;
  readonly #events: RoomLogEvents;
  /** The least recently used first. */
  readonly #open = new Map<RoomId, OpenRoom>();
  readonly usage: RoomUsage;

  constructor(ports: RoomPorts, events: RoomLogEvents) {
    this.#ports = ports;
    this.#events = events;
    this.usage = new RoomUsage(ports.store.rooms.all());
  }

  find(room: RoomId): OpenRoom | undefined {
    const found = this.#open.get(room) ?? this.#load(room);
    if (found === undefined) return undefined;
    this.#open.delete(room);
    this.#open.set(room, found);
    for (const [oldest, each] of this.#open) {
      if (this.#open.size <= openRoomsMax) break;
      this.writeMembers(each);
      this.#open.delete(oldest);
    }
    return found;
  }

  /** Returns the rooms in memory with figures that the store does not have. */
  *unwritten(): Iterable<OpenRoom> {
    for (const each of this.#open.values()) if (each.unwritten.size > 0) yield each;
  }

  /** Writes up to `limit` figures. Returns how many it has written. */
  writeMembers(room: OpenRoom, limit = Number.POSITIVE_INFINITY): number {
    let count = 0;
    for (const key of room.unwritten) {
      if (count >= limit) break;
      count++;
      const member = room.members.get(key);
      if (member !== undefined) this.#ports.store.rooms.putMember(member);
      room.unwritten.delete(key);
    }
    return count;
  }

  /** A room without entries, which is in no store until its first entry is taken. */
  newRoom(room: RoomId): OpenRoom {
    const state = emptyRoom(this.#ports.key, room);
    const record: RoomRecord = {
      room,
      name: '',
      nameKey: '',
      topic: '',
      access: 'closed',
      retention: {},
      ended: null,
      closedAtMs: null,
      creator: this.#ports.key,
      head: logStart,
      entries: 0,
      bytes: 0,
      members: 0,
    };
    return {
      state,
      record,
      cutPoint: logStart,
      members: new Map(),
      unwritten: new Set(),
      sinceLoad: 0,
      heads: new Map(),
    };
  }

  /** Appends a new entry at the end of the log, or returns why not. */
  append(now: Moment, room: OpenRoom, signed: SignedEntry, door?: RoomDoor): Taken | RoomRefusal {
    const position = {
      epoch: this.#ports.epoch,
      seq: room.state.head.seq + 1,
      takenAtMs: Math.trunc(now.wallMs),
    };
    return this.take(now, room, { ...signed, position }, door);
  }

  /** Takes an entry with its position, or returns why not. Then nothing has changed. */
  take(now: Moment, room: OpenRoom, entry: LogEntry, door?: RoomDoor): Taken | RoomRefusal {
    const { state } = room;
    const point = pointOf(this.#ports.key, state.head.hash, entry, this.#ports.sha256);
    const content = readContent(entry);
    const concerned = keysOf(state, entry, content);
    const refusal = applyEntry(state, entry, point.hash, door);
    if (refusal !== undefined) return refusal;
    const bytes = this.#ports.store.rooms.append(this.#withoutErased(entry, content), point.hash);
    const erased = content?.kind === 'delete' ? this.#erase(now, state.room, content.of) : 0;
    this.putRecord(room, recordAfter(room, entry, bytes - erased, now.wallMs));
    this.#open.set(state.room, room);
    const changed = concerned.filter((key) => this.#followMember(room, key));
    this.#writeState(room);
    const taken = { entry, point, changed };
    this.#events.onTaken(now, room, taken);
    return taken;
  }

  /** PROTOCOL 10.8: an entry by the server's own key. */
  write(now: Moment, room: OpenRoom, content: RoomContent): Taken | RoomRefusal {
    const { key, epoch, signer, sha256, random } = this.#ports;
    const bytes = encodeRoomContent(content);
    const installation = installationIdFromBytes(fromHex(epoch));
    const sentAtMs = Math.trunc(now.wallMs);
    const header = {
      room: room.state.room,
      author: key,
      installation,
      sequence: nextSequenceOf(room.state, key, installation),
      id: newMessageId(sentAtMs, random(10)),
      kind: content.kind,
      contentHash: digestFromBytes(sha256(bytes)),
      sentAtMs,
      parent: room.state.head,
    };
    const signature = signer.sign('room-entry', entrySignedBytes(key, header));
    return this.append(now, room, { header, signature, content: bytes });
  }

  /** Returns the point of this place in the log; undefined where the log has none, or no longer. */
  pointAt({ state, cutPoint }: OpenRoom, seq: number): LogPoint | undefined {
    if (seq === state.head.seq) return state.head;
    if (seq === cutPoint.seq) return cutPoint;
    return seq > cutPoint.seq && seq < state.head.seq
      ? this.#ports.store.rooms.pointAt(state.room, seq)
      : undefined;
  }

  /** Whether the log has this point, or is cut off behind it. */
  contains(room: OpenRoom, point: LogPoint): boolean {
    if (point.seq < room.cutPoint.seq || point.seq === 0) return true;
    const own = this.pointAt(room, point.seq);
    return own !== undefined && isSamePoint(own, point);
  }

  signedHead({ state, heads }: OpenRoom, point: LogPoint): SignedHead {
    const known = heads.get(point.seq);
    if (known !== undefined) return known;
    const head = {
      point,
      signature: this.#ports.signer.sign('room-head', headSignedBytes(state.room, point)),
    };
    heads.set(point.seq, head);
    for (const oldest of heads.keys()) {
      if (heads.size <= headsMax) break;
      heads.delete(oldest);
    }
    return head;
  }

  /** Whether this server has signed the head, also in an earlier life of its database. */
  hasSigned(room: RoomId, { point, signature }: SignedHead): boolean {
    const { signer, signingKey } = this.#ports;
    return signer.verify('room-head', signingKey, headSignedBytes(room, point), signature);
  }

  /** Writes a signed checkpoint of this state. */
  putCheckpoint(state: RoomState, purpose: CheckpointPurpose): void {
    const checkpoint = checkpointOf(state);
    if (checkpoint === undefined) return;
    const { signer, sha256, store } = this.#ports;
    const bytes = encodeCheckpoint(checkpoint);
    const signed = checkpointSignedBytes(state.room, state.head, digestFromBytes(sha256(bytes)));
    // The server itself does not check what it has written.
    const signature = purpose === 'load' ? new Uint8Array(0) : signer.sign('room-checkpoint', signed);
    store.rooms.putCheckpoint({ room: state.room, purpose, point: state.head, bytes, signature });
  }

  /** Returns the state at the place where the log begins. */
  stateAtCut({ state: { room } }: OpenRoom): RoomState {
    return this.#stateFrom(room, ['cut']);
  }

  /** Applies the next entries of the log, up to `limit` and to this place. */
  advance(state: RoomState, upTo: number, limit: number): void {
    const { store } = this.#ports;
    const placed = store.rooms.entriesAfter(
      state.room,
      state.head.seq,
      Math.min(limit, upTo - state.head.seq),
    );
    for (const { entry, hash } of placed)
      if (applyEntry(state, entry, hash) !== undefined) passOver(state, entry, hash, true);
  }

  /** Writes what the room is now. */
  putRecord(room: OpenRoom, record: RoomRecord): void {
    room.record = record;
    this.#ports.store.rooms.put(record);
    this.usage.put(record);
  }

  /** Forgets a room that was removed from the store. */
  forget(room: RoomId): void {
    this.#open.delete(room);
    this.usage.remove(room);
  }

  /** Whether the room has this message without its words. */
  isErased(room: RoomId, id: MessageId): boolean {
    return this.#ports.store.rooms.entry(room, id)?.entry.content === null;
  }

  /** A restored server may get an edit back behind the deletion of its message. */
  #withoutErased(entry: LogEntry, content: RoomContent | undefined): LogEntry {
    const isErased = content?.kind === 'edit' && this.isErased(entry.header.room, content.of);
    return isErased ? { ...entry, content: null } : entry;
  }

  #erase(now: Moment, room: RoomId, id: MessageId): number {
    this.#events.onErased(now);
    return this.#ports.store.rooms.eraseMessage(room, id);
  }

  #load(room: RoomId): OpenRoom | undefined {
    const { store } = this.#ports;
    const record = store.rooms.find(room);
    if (record === undefined) return undefined;
    const state = this.#stateFrom(room, ['load', 'cut']);
    const loadedAt = state.head.seq;
    while (state.head.seq < record.head.seq) {
      const before = state.head.seq;
      this.advance(state, record.head.seq, loadStepEntries);
      if (state.head.seq === before) throw new Error(`the log of room ${room} ends before its head`);
    }
    const members = new Map(store.rooms.members(room).map((member) => [member.key, member]));
    return {
      state,
      record,
      cutPoint: store.rooms.checkpoint(room, 'cut')?.point ?? logStart,
      members,
      unwritten: new Set(),
      sinceLoad: state.head.seq - loadedAt,
      heads: new Map(),
    };
  }

  /** The newest of these checkpoints, or the start. */
  #stateFrom(room: RoomId, purposes: readonly ('load' | 'cut')[]): RoomState {
    const { store, key } = this.#ports;
    const newest = purposes
      .flatMap((purpose) => store.rooms.checkpoint(room, purpose) ?? [])
      .toSorted((one, other) => other.point.seq - one.point.seq)[0];
    const checkpoint = newest === undefined ? undefined : decodeCheckpoint(newest.bytes);
    return checkpoint === undefined ? emptyRoom(key, room) : roomFromCheckpoint(key, checkpoint);
  }

  #writeState(room: OpenRoom): void {
    if (++room.sinceLoad < loadEveryEntries) return;
    room.sinceLoad = 0;
    this.putCheckpoint(room.state, 'load');
  }

  /** Writes the part of a key as the state has it now. Returns whether it has changed. */
  #followMember(room: OpenRoom, key: PeerKey): boolean {
    const { state, members } = room;
    const before = members.get(key);
    const after = memberAfter(room, key, before);
    if (after === before) return false;
    if (after === undefined) {
      members.delete(key);
      this.#ports.store.rooms.removeMember(state.room, key);
      return true;
    }
    members.set(key, after);
    this.#ports.store.rooms.putMember(after);
    // PROTOCOL 10.26: a member without history starts from the state after its own entry.
    if (after.startSeq > 0 && after.startSeq !== before?.startSeq) this.putCheckpoint(state, key);
    return true;
  }
}

export function isRefusal(result: Taken | RoomRefusal): result is RoomRefusal {
  return 'code' in result;
}

function readContent({ header, content }: LogEntry): RoomContent | undefined {
  if (content === null) return undefined;
  const decoded = decodeRoomContent(header.kind, content);
  return decoded.type === 'content' ? decoded.content : undefined;
}

/** The keys that may have another part in the room after the entry. */
function keysOf(state: RoomState, { header }: LogEntry, content: RoomContent | undefined): PeerKey[] {
  if (state.about?.access === 'everyone') return [];
  const keys = new Set([header.author]);
  if (content !== undefined && 'member' in content) keys.add(content.member);
  if (content?.kind === 'name-owner')
    for (const [key, role] of state.members) if (role === 'owner') keys.add(key);
  keys.delete(state.server);
  return [...keys];
}

/** The part that a key has by the state. The same object where nothing has changed. */
function memberAfter(
  { state }: OpenRoom,
  key: PeerKey,
  before: RoomMember | undefined,
): RoomMember | undefined {
  const { seq } = state.head;
  const role = state.members.get(key);
  const wasMember = before !== undefined && before.standing !== 'invited' && before.standing !== 'former';
  if (role !== undefined) {
    if (wasMember) return before.standing === role ? before : { ...before, standing: role };
    const startSeq = state.about?.history === 'none' && seq > 1 ? seq : 0;
    return {
      room: state.room,
      key,
      standing: role,
      joinedSeq: seq,
      endSeq: null,
      startSeq,
      delivered: 0,
      read: 0,
    };
  }
  if (wasMember) return { ...before, standing: 'former', endSeq: seq };
  if (state.invited.has(key)) {
    if (before?.standing === 'invited') return before;
    const fresh = { joinedSeq: 0, endSeq: null, startSeq: 0, delivered: 0, read: 0 };
    return { room: state.room, key, ...(before ?? fresh), standing: 'invited' };
  }
  if (before?.standing !== 'invited') return before;
  // The invitation is over. An earlier member may still read what it had.
  return before.endSeq === null ? undefined : { ...before, standing: 'former' };
}

function recordAfter(
  { state, record }: OpenRoom,
  entry: LogEntry,
  bytes: number,
  wallMs: number,
): RoomRecord {
  const { about, head, members } = state;
  if (about === null) return record;
  const { name, topic, access, retention, ended } = about;
  return {
    room: state.room,
    name,
    nameKey: nicknameComparisonKey(name),
    topic,
    access,
    retention,
    ended,
    closedAtMs: ended === 'closed' ? (record.closedAtMs ?? Math.trunc(wallMs)) : null,
    creator: head.seq === 1 ? entry.header.author : record.creator,
    head,
    entries: record.entries + 1,
    bytes: Math.max(0, record.bytes + bytes),
    members: members.size,
  };
}
