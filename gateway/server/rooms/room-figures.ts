import { isPostKind } from '../../../shared/chat/timeline.ts';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { PeerKey, RoomId } from '../../../shared/ids.ts';
import { roomFiguresMax, roomQuestionsBurst, roomReadersMax } from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { LogEntry } from '../../../shared/rooms/entry.ts';
import { everyoneRoom } from '../../../shared/rooms/room-state.ts';
import type { MessagePlace, RoomMember } from '../../store/server-store.ts';
import { KeyedTokenBucket } from '../../turn/keyed-token-bucket.ts';
import type { ServerContext } from '../context.ts';
import type { RoomPorts } from './ports.ts';
import { refusalOf } from './room-answers.ts';
import type { OpenRoom, RoomLogs } from './room-logs.ts';

/** Authors get new figures at most this often. */
const figuresIntervalMs = 1_000;
/** Newest messages of a room with figures, those of all authors together. */
const figuresOfRoomMax = 1_000;
/** Acknowledgements are written down together, at most this often, and so many in one turn. */
const writeIntervalMs = 1_000;
const writtenInTurnMax = 1_000;
/** After `roomQuestionsBurst` requests for readers, one per interval is answered. */
const questionsIntervalMs = 1_000;

/** One message, and how many members have it. */
interface Figure extends MessagePlace {
  of: number;
  delivered: number;
  read: number;
}

interface RoomFigureTable {
  /** By place, the oldest first. */
  readonly bySeq: Map<number, Figure>;
  /** Figures that their authors do not have. */
  readonly news: Map<PeerKey, Set<Figure>>;
}

export interface RoomFiguresOptions {
  readonly ports: RoomPorts;
  readonly context: ServerContext;
  readonly logs: RoomLogs;
  /** The members of `#everyone` that count (PROTOCOL 10.46). */
  readonly recentUsers: () => ReadonlySet<PeerKey>;
}

/** Keeps how far each member has received and read a room, and tells authors. */
export class RoomFigures {
  readonly #options: RoomFiguresOptions;
  readonly #tables = new Map<RoomId, RoomFigureTable>();
  readonly #questions = new KeyedTokenBucket(roomQuestionsBurst, questionsIntervalMs);
  #newsDueMs = Number.POSITIVE_INFINITY;
  #newsSentMs = Number.NEGATIVE_INFINITY;
  #writeDueMs = Number.POSITIVE_INFINITY;

  constructor(options: RoomFiguresOptions) {
    this.#options = options;
  }

  /** Goes on after a fault: authors may lack these figures. */
  resume(nowMs: number, untold: Iterable<{ readonly room: RoomId; readonly seq: number }>): void {
    for (const { room, seq } of untold) {
      const open = this.#options.logs.find(room);
      const table = open === undefined ? undefined : this.#tableOf(open);
      const figure = table?.bySeq.get(seq);
      if (table !== undefined && figure !== undefined) this.#note(nowMs, table, figure);
    }
  }

  *untold(): Iterable<{ readonly room: RoomId; readonly seq: number }> {
    for (const [room, { news }] of this.#tables)
      for (const figures of news.values()) for (const { seq } of figures) yield { room, seq };
  }

  handleAppended(nowMs: number, room: OpenRoom, { header, position }: LogEntry): void {
    if (!isPostKind(header.kind)) return;
    const table = this.#tableOf(room);
    const place = { seq: position.seq, id: header.id, author: header.author };
    // A table that was loaded just now has the message.
    const figure = table.bySeq.get(position.seq) ?? this.#figureOf(room, place);
    table.bySeq.set(position.seq, figure);
    this.#forgetOldest(table, header.author);
    this.#note(nowMs, table, figure);
  }

  /** The member has the entries up to there on disk. */
  handleDelivered(nowMs: number, room: OpenRoom, key: PeerKey, seq: number): void {
    this.#advance(nowMs, room, key, 'delivered', seq);
  }

  /** The user of this member has read up to there, and lets others know. Returns whether the server did not know it yet. */
  handleRead(nowMs: number, room: OpenRoom, key: PeerKey, seq: number): boolean {
    const delivered = room.members.get(key)?.delivered ?? 0;
    return seq > 0 && this.#advance(nowMs, room, key, 'read', Math.min(seq, delivered));
  }

  /** The author follows the room again, and may lack the newest figures. */
  handleFollow(nowMs: number, room: OpenRoom, author: PeerKey): void {
    const table = this.#tableOf(room);
    for (const figure of table.bySeq.values()) if (figure.author === author) this.#note(nowMs, table, figure);
  }

  /** PROTOCOL 10.47: answers the author of a message with the members that have it. */
  answerReaders(now: Moment, client: PeerKey, { room, id }: ProtocolMessageOf<'room-readers-request'>): void {
    const { context, logs, ports } = this.#options;
    const freeAtMs = this.#questions.take(now.monotonicMs, client);
    if (freeAtMs !== undefined)
      return context.send(client, refusalOf(room, 'too-often', Math.ceil(freeAtMs - now.monotonicMs), id));
    const open = logs.find(room);
    const entry = ports.store.rooms.entry(room, id)?.entry;
    if (open === undefined || entry === undefined)
      return context.send(client, refusalOf(room, 'unknown-message', undefined, id));
    if (entry.header.author !== client) {
      // A client without a part in the room does not learn which messages it has.
      const code = open.members.has(client) || room === everyoneRoom ? 'not-the-author' : 'unknown-message';
      return context.send(client, refusalOf(room, code, undefined, id));
    }
    const { seq } = entry.position;
    const lists = { read: [] as PeerKey[], delivered: [] as PeerKey[], pending: [] as PeerKey[] };
    let more = 0;
    for (const { key, delivered, read } of this.#membersAt(open, seq, client)) {
      const list = read >= seq ? lists.read : delivered >= seq ? lists.delivered : lists.pending;
      if (list.length < roomReadersMax) list.push(key);
      else more++;
    }
    context.send(client, { kind: 'room-readers', room, id, ...lists, more });
  }

  handleTimeout(now: Moment): void {
    if (this.#newsDueMs <= now.monotonicMs) this.#sendNews(now.monotonicMs);
    if (this.#writeDueMs > now.monotonicMs) return;
    const { logs } = this.#options;
    let left = writtenInTurnMax;
    for (const room of [...logs.unwritten()]) left -= logs.writeMembers(room, left);
    this.#writeDueMs = left > 0 ? Number.POSITIVE_INFINITY : now.monotonicMs;
  }

  pollTimeout(): number {
    return Math.min(this.#newsDueMs, this.#writeDueMs);
  }

  #sendNews(nowMs: number): void {
    const { context } = this.#options;
    this.#newsDueMs = Number.POSITIVE_INFINITY;
    this.#newsSentMs = nowMs;
    for (const [room, { news }] of this.#tables) {
      for (const [author, figures] of news) {
        if (!context.isOnline(author)) continue;
        const items = [...figures]
          .slice(-roomFiguresMax)
          .map(({ id, delivered, read, of }) => ({ id, delivered, read, of }));
        if (items.length > 0) context.send(author, { kind: 'room-figures', room, items });
      }
      news.clear();
    }
  }

  #advance(nowMs: number, room: OpenRoom, key: PeerKey, field: 'delivered' | 'read', seq: number): boolean {
    const { state, members, unwritten } = room;
    const known = members.get(key);
    if (known === undefined && state.room !== everyoneRoom) return false;
    const before = known ?? memberOfEveryone(key);
    if (seq <= before[field]) return false;
    const table = this.#tableOf(room);
    members.set(key, { ...before, [field]: seq });
    unwritten.add(key);
    this.#writeDueMs = Math.min(this.#writeDueMs, nowMs + writeIntervalMs);
    for (const figure of figuresBetween(table, before[field], seq)) {
      if (figure.author === key || !wasMember(before, figure.seq)) continue;
      figure[field]++;
      // In `#everyone` a user that was away for long counts from now on.
      figure.of = Math.max(figure.of, figure.delivered);
      this.#note(nowMs, table, figure);
    }
    return true;
  }

  #tableOf(room: OpenRoom): RoomFigureTable {
    const { room: id } = room.state;
    const known = this.#tables.get(id);
    if (known !== undefined) return known;
    const table: RoomFigureTable = { bySeq: new Map(), news: new Map() };
    this.#tables.set(id, table);
    for (const oldest of this.#tables.keys()) {
      if (this.#tables.size <= figureTablesMax) break;
      this.#tables.delete(oldest);
    }
    const newest = this.#options.ports.store.rooms.newestMessages(id, loadedFiguresMax);
    for (const place of newest.toReversed()) table.bySeq.set(place.seq, this.#figureOf(room, place));
    return table;
  }

  #figureOf(room: OpenRoom, place: MessagePlace): Figure {
    const figure: Figure = { ...place, of: 0, delivered: 0, read: 0 };
    for (const { delivered, read } of this.#membersAt(room, place.seq, place.author)) {
      figure.of++;
      if (delivered >= place.seq) figure.delivered++;
      if (read >= place.seq) figure.read++;
    }
    return figure;
  }

  /** The members at that entry, without its author. */
  *#membersAt(
    { state, members }: OpenRoom,
    seq: number,
    author: PeerKey,
  ): Iterable<Pick<RoomMember, 'key' | 'delivered' | 'read'>> {
    if (state.room !== everyoneRoom) {
      for (const member of members.values())
        if (member.key !== author && wasMember(member, seq)) yield member;
      return;
    }
    for (const key of this.#options.recentUsers())
      if (key !== author) yield members.get(key) ?? memberOfEveryone(key);
  }

  #note(nowMs: number, { news }: RoomFigureTable, figure: Figure): void {
    const ofAuthor = news.get(figure.author) ?? new Set<Figure>();
    news.set(figure.author, ofAuthor.add(figure));
    this.#newsDueMs = Math.min(this.#newsDueMs, Math.max(nowMs, this.#newsSentMs + figuresIntervalMs));
  }

  /** PROTOCOL 10.46: older messages keep their last figures. */
  #forgetOldest({ bySeq }: RoomFigureTable, author: PeerKey): void {
    if (bySeq.size <= roomFiguresMax) return;
    const own = [...bySeq.values()].filter((figure) => figure.author === author);
    const excess = own.slice(0, Math.max(0, own.length - roomFiguresMax));
    for (const { seq } of excess) bySeq.delete(seq);
    for (const seq of bySeq.keys()) {
      if (bySeq.size <= figuresOfRoomMax) return;
      bySeq.delete(seq);
    }
  }
}

/** Rooms with figures in memory. The one that came first is counted again when it is needed. */
const figureTablesMax = 256;
/** Figures that are counted when a room is loaded. */
const loadedFiguresMax = 200;

function memberOfEveryone(key: PeerKey): RoomMember {
  return {
    room: everyoneRoom,
    key,
    standing: 'member',
    joinedSeq: 0,
    endSeq: null,
    startSeq: 0,
    delivered: 0,
    read: 0,
  };
}

/** Whether it was a member when this entry came. */
function wasMember({ standing, joinedSeq, endSeq }: RoomMember, seq: number): boolean {
  return standing !== 'invited' && joinedSeq < seq && (endSeq === null || endSeq > seq);
}

/** The figures after `from`, up to `to`. The newest ones are looked at first, because members are seldom far behind. */
function* figuresBetween({ bySeq }: RoomFigureTable, from: number, to: number): Iterable<Figure> {
  if (to - from > bySeq.size) {
    for (const figure of bySeq.values()) if (figure.seq > from && figure.seq <= to) yield figure;
    return;
  }
  for (let seq = to; seq > from; seq--) {
    const figure = bySeq.get(seq);
    if (figure !== undefined) yield figure;
  }
}
