import { encodeMessage } from '../../../shared/chat/codec.ts';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { parseRoomId, type PeerKey, type RoomId } from '../../../shared/ids.ts';
import {
  roomCheckpointPartBytesMax,
  roomFollowsBurst,
  roomSentBytesMax,
  roomSentEntriesMax,
} from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import { isSamePoint, logStart, type LogEntry, type LogPoint } from '../../../shared/rooms/entry.ts';
import { everyoneRoom } from '../../../shared/rooms/room-state.ts';
import type { RoomCheckpoint } from '../../store/server-store.ts';
import { KeyedTokenBucket } from '../../turn/keyed-token-bucket.ts';
import type { ServerContext } from '../context.ts';
import type { RoomPorts } from './ports.ts';
import { refusalOf } from './room-answers.ts';
import type { OpenRoom, RoomLogs } from './room-logs.ts';

/** After `roomFollowsBurst` requests for entries of rooms, one per interval is answered. */
const followsIntervalMs = 50;
/** Members that get a batch in one turn. The others get theirs in the next ones. */
const batchesInTurnMax = 128;

/** Batches that stay from one turn to the next. Each has at most `roomSentBytesMax` bytes of contents. */
const batchesMax = 32;

/** A client that gets the entries of a room. It has one unanswered batch at most. */
interface Follower {
  readonly room: RoomId;
  readonly client: PeerKey;
  /** The newest entry that was sent, and the newest that is on the client's disk. */
  sent: number;
  acked: number;
  /**
   * `due`: gets a message even without news. `waiting`: has a batch that it has not answered, or a part of the checkpoint is on its way.
   * `stalled`: its queue was full.
   */
  state: 'idle' | 'due' | 'waiting' | 'stalled';
  /** The state with which it begins, and the next byte of it. */
  checkpoint: { readonly signed: RoomCheckpoint; offset: number } | null;
}

/** Entries that a client may read: those after `from`, up to `until`. */
interface Share {
  readonly from: number;
  readonly until: number;
  /** Whether more come later. */
  readonly isMember: boolean;
}

interface Batch {
  readonly bytes: Uint8Array;
  readonly last: number;
  /** Whether more entries are there than it holds. */
  readonly isPart: boolean;
  readonly head: LogPoint;
}

/** A follower as another core of this server goes on with it. */
export type FollowerMemory = Pick<Follower, 'room' | 'client' | 'sent' | 'acked' | 'state'>;

export interface RoomFanOutOptions {
  readonly ports: RoomPorts;
  readonly context: ServerContext;
  readonly logs: RoomLogs;
  readonly sendBytes: (client: PeerKey, bytes: Uint8Array, token: string) => void;
  /** The client has these entries on disk. */
  readonly onDelivered: (now: Moment, room: OpenRoom, client: PeerKey, seq: number) => void;
}

/** Sends entries to the clients that follow a room, each at its own pace: a slow one delays no other. */
export class RoomFanOut {
  readonly #options: RoomFanOutOptions;
  readonly #follows = new KeyedTokenBucket(roomFollowsBurst, followsIntervalMs);
  /** Those that read or wrote last are the last ones of a room. */
  readonly #byRoom = new Map<RoomId, Map<PeerKey, Follower>>();
  readonly #byClient = new Map<PeerKey, Set<Follower>>();
  /** Followers with something to send, the one that waits longest first. */
  readonly #pending = new Set<Follower>();
  /** Batches that most members of a room get alike, each at its own time. By room, the entry before, and the last one that is there. */
  readonly #batches = new Map<string, Batch>();
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(options: RoomFanOutOptions) {
    this.#options = options;
  }

  /** Goes on where the core before a fault was: what it sent last may not have left. */
  resume(nowMs: number, memories: Iterable<FollowerMemory>): void {
    for (const { room, client, sent, acked, state } of memories) {
      if (!this.#options.context.isOnline(client)) continue;
      // On a disk that stays full, each fault would send a batch to every client that has all.
      const hasAll = state === 'idle' && sent === acked;
      const follower: Follower = { room, client, sent: acked, acked, state: 'due', checkpoint: null };
      this.#add(follower);
      const open = hasAll ? this.#options.logs.find(room) : undefined;
      if (open === undefined) this.#wake(nowMs, follower);
      else {
        follower.state = 'idle';
        this.#wakeForNews(nowMs, open, follower);
      }
    }
  }

  *followers(): Iterable<FollowerMemory> {
    // A client that still waits for a checkpoint has no place in the log yet, and asks again.
    for (const all of this.#byRoom.values())
      for (const follower of all.values()) if (follower.checkpoint === null) yield follower;
  }

  /** PROTOCOL 10.42: the client asks for the entries after the newest point that both logs have. */
  follow(now: Moment, client: PeerKey, message: ProtocolMessageOf<'room-follow'>): void {
    const { room, points, head } = message;
    const { context, logs } = this.#options;
    const freeAtMs = this.#follows.take(now.monotonicMs, client);
    if (freeAtMs !== undefined)
      return context.send(client, refusalOf(room, 'too-often', Math.ceil(freeAtMs - now.monotonicMs)));
    this.#remove(client, room);
    const open = logs.find(room);
    const share = open === undefined ? undefined : this.#shareOf(open, client);
    if (open === undefined || share === undefined) {
      // PROTOCOL 10.43: a server that was restored from a backup may have forgotten the room, or the member.
      const isForgotten =
        head !== undefined &&
        !(open !== undefined && logs.contains(open, head.point)) &&
        logs.hasSigned(room, head);
      if (!isForgotten) return context.send(client, refusalOf(room, 'no-such-room'));
      return this.#sendNoEntries(client, open ?? logs.newRoom(room), points);
    }
    const from = this.#commonPoint(open, points);
    const isCutOff = from.seq < Math.max(share.from, open.cutPoint.seq);
    const checkpoint = isCutOff ? this.#checkpointFor(open, client, share) : null;
    if (isCutOff && (checkpoint === null || checkpoint.point.seq > share.until))
      return context.send(client, refusalOf(room, 'not-a-member'));
    if (!isCutOff) this.#options.onDelivered(now, open, client, from.seq);
    const sent = checkpoint?.point.seq ?? from.seq;
    const start = checkpoint === null ? null : { signed: checkpoint, offset: 0 };
    this.#wake(
      now.monotonicMs,
      this.#add({ room, client, sent, acked: sent, state: 'due', checkpoint: start }),
    );
  }

  /** The client has the entries up to there on its disk, and gets the next ones. */
  handleAck(now: Moment, client: PeerKey, { room, delivered }: ProtocolMessageOf<'room-ack'>): void {
    const follower = this.#byRoom.get(room)?.get(client);
    const open = this.#options.logs.find(room);
    if (follower === undefined || open === undefined) return;
    follower.acked = Math.max(follower.acked, Math.min(delivered, follower.sent));
    this.#options.onDelivered(now, open, client, follower.acked);
    if (follower.state !== 'waiting' || follower.checkpoint !== null || follower.acked < follower.sent)
      return;
    follower.state = 'idle';
    this.#wakeForNews(now.monotonicMs, open, follower);
  }

  /** The client reads or writes in the room now, so its user waits for the next entry, and gets it before the others. */
  handleActive(client: PeerKey, room: RoomId): void {
    const ofRoom = this.#byRoom.get(room);
    const follower = ofRoom?.get(client);
    if (ofRoom === undefined || follower === undefined) return;
    ofRoom.delete(client);
    ofRoom.set(client, follower);
  }

  /** The room has another entry. Batches without it have no use, and may hold words that it deletes. */
  handleAppended(nowMs: number, room: OpenRoom): void {
    this.#batches.clear();
    // PROTOCOL 10.42: the last one to read or write comes first.
    for (const follower of [...(this.#byRoom.get(room.state.room)?.values() ?? [])].reverse())
      if (follower.state === 'idle') this.#wakeForNews(nowMs, room, follower);
  }

  handleDeparture(client: PeerKey): void {
    for (const { room } of this.#byClient.get(client) ?? []) this.#remove(client, room);
  }

  /** A part of a checkpoint has arrived. */
  handleAcknowledged(nowMs: number, client: PeerKey, token: string): void {
    const follower = this.#followerOf(client, token);
    const checkpoint = follower?.checkpoint;
    if (follower === undefined || checkpoint === undefined || checkpoint === null) return;
    if (token !== partToken(follower.room, checkpoint.offset)) return;
    checkpoint.offset += roomCheckpointPartBytesMax;
    if (checkpoint.offset >= checkpoint.signed.bytes.length) follower.checkpoint = null;
    follower.state = 'due';
    this.#wake(nowMs, follower);
  }

  /** The client reads too slowly. What was not sent is sent when its queue has room. */
  handleQueueFull(client: PeerKey, token: string): void {
    const follower = this.#followerOf(client, token);
    if (follower === undefined) return;
    follower.sent = follower.acked;
    follower.state = 'stalled';
    this.#pending.delete(follower);
  }

  handleWritable(nowMs: number, client: PeerKey): void {
    for (const follower of this.#byClient.get(client) ?? []) {
      if (follower.state !== 'stalled') continue;
      follower.state = 'due';
      this.#wake(nowMs, follower);
    }
  }

  handleTimeout(now: Moment): void {
    if (this.#dueMs > now.monotonicMs) return;
    let count = 0;
    for (const follower of this.#pending) {
      if (count++ >= batchesInTurnMax) return;
      this.#pending.delete(follower);
      this.#sendNext(follower);
    }
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#forgetBatches();
  }

  pollTimeout(): number {
    return this.#dueMs;
  }

  #sendNext(follower: Follower): void {
    const open = this.#options.logs.find(follower.room);
    const share = open === undefined ? undefined : this.#shareOf(open, follower.client);
    if (open === undefined || share === undefined) return this.#end(follower);
    if (follower.checkpoint !== null) return this.#sendPart(follower, follower.checkpoint);
    // Retention has cut off what comes next.
    if (follower.sent < open.cutPoint.seq) return this.#startAtCut(open, follower, share);
    if (follower.sent >= share.until && follower.state !== 'due') {
      if (!share.isMember) this.#end(follower);
      return;
    }
    const batch = this.#batch(open, follower.sent, share.until);
    this.#options.sendBytes(follower.client, batch.bytes, entriesToken(follower.room));
    follower.state = batch.last === follower.sent ? 'idle' : 'waiting';
    follower.sent = batch.last;
    if (follower.state === 'idle' && !share.isMember) this.#end(follower);
  }

  #startAtCut(open: OpenRoom, follower: Follower, share: Share): void {
    const checkpoint = this.#checkpointFor(open, follower.client, share);
    if (checkpoint === null || checkpoint.point.seq > share.until) return this.#end(follower);
    follower.checkpoint = { signed: checkpoint, offset: 0 };
    follower.sent = checkpoint.point.seq;
    follower.acked = follower.sent;
    this.#sendPart(follower, follower.checkpoint);
  }

  #sendPart(follower: Follower, { signed, offset }: NonNullable<Follower['checkpoint']>): void {
    const { room, client } = follower;
    const bytes = encodeMessage({
      kind: 'room-checkpoint',
      room,
      point: signed.point,
      signature: signed.signature,
      size: signed.bytes.length,
      offset,
      bytes: signed.bytes.subarray(offset, offset + roomCheckpointPartBytesMax),
    });
    follower.state = 'waiting';
    this.#options.sendBytes(client, bytes, partToken(room, offset));
  }

  /** Entries after `from`, at least one of what there is. */
  #batch(open: OpenRoom, from: number, until: number): Batch {
    const { logs } = this.#options;
    const key = `${open.state.room} ${from} ${until}`;
    const known = this.#batches.get(key);
    if (known !== undefined && logs.contains(open, known.head)) return known;
    const entries = this.#entriesAfter(open, from, until);
    const last = entries.at(-1)?.position.seq ?? from;
    const start = logs.pointAt(open, from) ?? logStart;
    const head = logs.pointAt(open, last) ?? start;
    const bytes = encodeMessage({
      kind: 'room-entries',
      room: open.state.room,
      from: start,
      entries,
      head: logs.signedHead(open, head),
    });
    const batch = { bytes, last, isPart: last < until, head };
    this.#batches.set(key, batch);
    return batch;
  }

  /** The newest batches stay: members that have acknowledged the one before get them soon. Those of an old history do not. */
  #forgetBatches(): void {
    for (const [key, { isPart }] of this.#batches)
      if (isPart || this.#batches.size > batchesMax) this.#batches.delete(key);
  }

  #entriesAfter({ state, record }: OpenRoom, from: number, until: number): LogEntry[] {
    if (until <= from) return [];
    // Entries that have no place in the batch need not be read.
    const expected = Math.ceil(roomSentBytesMax / Math.max(1, record.bytes / Math.max(1, record.entries)));
    const limit = Math.min(roomSentEntriesMax, Math.max(4, 2 * expected), until - from);
    const entries: LogEntry[] = [];
    let bytes = 0;
    for (const { entry } of this.#options.ports.store.rooms.entriesAfter(state.room, from, limit)) {
      bytes += entry.content?.length ?? 0;
      if (entries.length > 0 && bytes > roomSentBytesMax) break;
      entries.push(entry);
    }
    return entries;
  }

  #sendNoEntries(client: PeerKey, open: OpenRoom, points: readonly LogPoint[]): void {
    const { context, logs } = this.#options;
    const from = this.#commonPoint(open, points);
    const head = logs.signedHead(open, from);
    context.send(client, { kind: 'room-entries', room: open.state.room, from, entries: [], head });
  }

  /** The newest of the points that this log has. */
  #commonPoint(open: OpenRoom, points: readonly LogPoint[]): LogPoint {
    const { logs } = this.#options;
    let newest = logStart;
    for (const point of points) {
      const own = point.seq > newest.seq ? logs.pointAt(open, point.seq) : undefined;
      if (own !== undefined && isSamePoint(own, point)) newest = own;
    }
    return newest;
  }

  /** The checkpoint from which a client starts that may not see, or cannot get, what was before. */
  #checkpointFor(open: OpenRoom, client: PeerKey, { from }: Share): RoomCheckpoint | null {
    const { rooms } = this.#options.ports.store;
    const purpose = open.cutPoint.seq >= from ? 'cut' : client;
    return rooms.checkpoint(open.state.room, purpose) ?? null;
  }

  /** Undefined: the client may read nothing. */
  #shareOf({ state, members }: OpenRoom, client: PeerKey): Share | undefined {
    const head = state.head.seq;
    if (state.room === everyoneRoom) return { from: 0, until: head, isMember: true };
    const member = members.get(client);
    if (member === undefined || (member.standing === 'invited' && member.endSeq === null)) return undefined;
    const { startSeq, endSeq } = member;
    return { from: startSeq, until: endSeq ?? head, isMember: endSeq === null };
  }

  /** The client has all that it may read of this room. */
  #end({ client, room }: Follower): void {
    this.#remove(client, room);
    this.#options.context.send(client, refusalOf(room, 'not-a-member'));
  }

  #wakeForNews(nowMs: number, open: OpenRoom, follower: Follower): void {
    const share = this.#shareOf(open, follower.client);
    if (share === undefined || !share.isMember || follower.sent < share.until) this.#wake(nowMs, follower);
  }

  #wake(nowMs: number, follower: Follower): void {
    this.#pending.add(follower);
    this.#dueMs = Math.min(this.#dueMs, nowMs);
  }

  #add(follower: Follower): Follower {
    const { room, client } = follower;
    const ofRoom = this.#byRoom.get(room) ?? new Map<PeerKey, Follower>();
    this.#byRoom.set(room, ofRoom.set(client, follower));
    const ofClient = this.#byClient.get(client) ?? new Set<Follower>();
    this.#byClient.set(client, ofClient.add(follower));
    return follower;
  }

  #remove(client: PeerKey, room: RoomId): void {
    const ofRoom = this.#byRoom.get(room);
    const follower = ofRoom?.get(client);
    if (ofRoom === undefined || follower === undefined) return;
    ofRoom.delete(client);
    if (ofRoom.size === 0) this.#byRoom.delete(room);
    const ofClient = this.#byClient.get(client);
    ofClient?.delete(follower);
    if (ofClient?.size === 0) this.#byClient.delete(client);
    this.#pending.delete(follower);
  }

  #followerOf(client: PeerKey, token: string): Follower | undefined {
    const room = parseRoomId(token.split(':', 2)[1] ?? '');
    return room === undefined ? undefined : this.#byRoom.get(room)?.get(client);
  }
}

/** The token of entries, or of a part of a checkpoint. */
export function isRoomToken(token: string): boolean {
  return token.startsWith('room:') || token.startsWith('room-part:');
}

function entriesToken(room: RoomId): string {
  return `room:${room}`;
}

function partToken(room: RoomId, offset: number): string {
  return `room-part:${room}:${offset}`;
}
