import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { MessageId, PeerKey, RoomId } from '../../../shared/ids.ts';
import type { Moment } from '../../../shared/moment.ts';
import {
  hasSignedContent,
  isSamePoint,
  pointOf,
  type LogEntry,
  type LogPoint,
  type SignedEntry,
} from '../../../shared/rooms/entry.ts';
import { roomDoorRefusals, roomRefusals } from '../../../shared/rooms/refusals.ts';
import { everyoneRoom, nextSequenceOf } from '../../../shared/rooms/room-state.ts';
import type { ServerContext } from '../context.ts';
import type { RoomPorts } from './ports.ts';
import type { DoorRefusal, RoomEntrance } from './room-door.ts';
import { isRefusal, type OpenRoom, type RoomLogs } from './room-logs.ts';

type Place = ProtocolMessageOf<'room-appended'>['taken'][number];

/** What became of the entries of one message. */
interface Outcome {
  readonly taken: Place[];
  refused?: DoorRefusal & { readonly id: MessageId };
}

/** Answers a client with a full disk after this time: its entries are in its outbox. */
const diskRetryMs = 30_000;

/** Takes the entries that clients send, and those that they offer to a restored server. */
export class RoomWriter {
  readonly #ports: RoomPorts;
  readonly #context: ServerContext;
  readonly #logs: RoomLogs;
  readonly #entrance: RoomEntrance;

  constructor(ports: RoomPorts, context: ServerContext, logs: RoomLogs, entrance: RoomEntrance) {
    this.#ports = ports;
    this.#context = context;
    this.#logs = logs;
    this.#entrance = entrance;
  }

  /** PROTOCOL 10.40: takes the entries in their order, up to the first that is refused. */
  append(now: Moment, client: PeerKey, { room, entries }: ProtocolMessageOf<'room-append'>): void {
    const outcome: Outcome = { taken: [] };
    const refusal = this.#entrance.isByClient(client, entries)
      ? undefined
      : { code: 'wrong-author' as const };
    const open = this.#openFor(client, room, entries[0]);
    for (const signed of entries) {
      const result = refusal ?? (open === undefined ? noSuchRoom : this.#appendOne(now, open, signed));
      if ('code' in result) {
        outcome.refused = { ...result, id: signed.header.id };
        break;
      }
      outcome.taken.push(result);
    }
    const installation = entries[0]?.header.installation;
    const next =
      open === undefined || installation === undefined ? 1 : nextSequenceOf(open.state, client, installation);
    this.#answer(client, room, outcome, next);
  }

  /** The turn that took the entries failed. The client keeps them, and sends them later. */
  handleAppendFailed(client: PeerKey, { room, entries }: ProtocolMessageOf<'room-append'>): void {
    const [first] = entries;
    if (first === undefined || !this.#context.isOnline(client)) return;
    const refused = { id: first.header.id, code: 'server-disk-full', retryAfterMs: diskRetryMs } as const;
    this.#answer(client, room, { taken: [], refused }, first.header.sequence);
  }

  /**
   * PROTOCOL 10.9: a server that was restored from a backup takes back what follows on its log under its own signature. It appends what
   * does not follow.
   */
  offer(now: Moment, client: PeerKey, { room, entries, head }: ProtocolMessageOf<'room-offer'>): void {
    const outcome: Outcome = { taken: [] };
    const [first] = entries;
    if (first === undefined) return;
    const isSigned = isConsecutive(entries, head.point) && this.#logs.hasSigned(room, head);
    const refusal =
      this.#entrance.refusalOfOffer(now.monotonicMs, client) ??
      (isSigned && this.#mayLack(room, head.point) ? undefined : wrongChain);
    if (refusal !== undefined) {
      outcome.refused = { ...refusal, id: first.header.id };
      return this.#answer(client, room, outcome, 1);
    }
    const open = this.#logs.find(room) ?? (first.position.seq === 1 ? this.#logs.newRoom(room) : undefined);
    if (open === undefined) {
      outcome.refused = { code: 'no-such-room', id: first.header.id };
      return this.#answer(client, room, outcome, 1);
    }
    const fresh: LogEntry[] = [];
    for (const entry of entries) {
      const { id } = entry.header;
      const seq = this.#ports.store.rooms.entry(room, id)?.entry.position.seq;
      if (seq === undefined) fresh.push(entry);
      else outcome.taken.push({ id, seq });
    }
    // A head that is in this log shows that the log lacks nothing up to there.
    if (!this.#logs.contains(open, head.point)) {
      if (this.#follows(open, fresh, head.point)) this.#takeBack(now, open, fresh, outcome);
      else this.#appendConflicting(now, open, fresh, outcome);
    }
    this.#answer(client, room, outcome, 1);
  }

  /** The room; undefined where the client learns of no room. */
  #openFor(client: PeerKey, room: RoomId, first: SignedEntry | undefined): OpenRoom | undefined {
    const open = this.#logs.find(room);
    if (open !== undefined) return this.#entrance.knowsOf(open, client) ? open : undefined;
    return first?.header.kind === 'create' && room !== everyoneRoom ? this.#logs.newRoom(room) : undefined;
  }

  #appendOne(now: Moment, room: OpenRoom, signed: SignedEntry): Place | DoorRefusal {
    const { id, author } = signed.header;
    const known = this.#ports.store.rooms.entry(room.state.room, id)?.entry;
    if (known !== undefined) {
      // PROTOCOL 10.40: its answer was lost.
      return isSameEntry(known, signed) ? { id, seq: known.position.seq } : { code: 'message-id-used' };
    }
    const refusal =
      this.#entrance.refusalByRate(now.monotonicMs, room.state.room, signed) ??
      this.#entrance.refusalOfForm(room, signed) ??
      (room.state.about === null ? this.#entrance.refusalOfCreation(author) : undefined) ??
      this.#entrance.refusalBySpace(room, signed) ??
      this.#entrance.refusalOfJoin(room, signed) ??
      this.#entrance.refusalOfName(room.state.room, signed);
    if (refusal !== undefined) return refusal;
    const result = this.#logs.append(now, room, signed, this.#entrance.doorOf(room));
    return isRefusal(result) ? result : { id, seq: result.point.seq };
  }

  /**
   * Whether this database may have lost what leads to the head. Nothing of its own life is lost, so a room of this life that is not here
   * was removed: an offer does not bring it back.
   */
  #mayLack(room: RoomId, head: LogPoint): boolean {
    return head.epoch !== this.#ports.epoch || this.#ports.store.rooms.find(room) !== undefined;
  }

  /** Whether these entries continue the log of this server to a head that it has signed. */
  #follows(room: OpenRoom, entries: readonly LogEntry[], head: LogPoint): boolean {
    const { key, sha256 } = this.#ports;
    let last = room.state.head;
    for (const entry of entries) {
      if (entry.position.seq !== last.seq + 1) return false;
      last = pointOf(key, last.hash, entry, sha256);
    }
    return entries.length > 0 && isSamePoint(last, head);
  }

  /** The server has checked them when it signed them, so the rules of its door are not asked again. */
  #takeBack(now: Moment, room: OpenRoom, entries: readonly LogEntry[], outcome: Outcome): void {
    for (const entry of entries) {
      const isWhole = hasSignedContent(entry, this.#ports.sha256);
      const result = this.#logs.take(now, room, isWhole ? entry : { ...entry, content: null });
      if (isRefusal(result)) {
        outcome.refused = { ...result, id: entry.header.id };
        return;
      }
      outcome.taken.push({ id: entry.header.id, seq: result.point.seq });
    }
  }

  /** Takes each entry that its author has signed and that the rules let in now. One that may pass later is to be offered again. */
  #appendConflicting(now: Moment, room: OpenRoom, entries: readonly LogEntry[], outcome: Outcome): void {
    for (const { position: _, ...signed } of entries) {
      const { id, author } = signed.header;
      // The operator repeats the entries of the server.
      if (author === this.#ports.key || this.#entrance.refusalOfForm(room, signed) !== undefined) continue;
      const result = this.#logs.append(now, room, signed, this.#entrance.doorOf(room));
      if (!isRefusal(result)) {
        outcome.taken.push({ id, seq: result.point.seq });
        continue;
      }
      if (result.code === 'wrong-sequence' || !mayPassLater(result)) continue;
      outcome.refused = { ...result, id };
      return;
    }
  }

  #answer(client: PeerKey, room: RoomId, { taken, refused }: Outcome, next: number): void {
    this.#context.send(client, {
      kind: 'room-appended',
      room,
      taken,
      ...(refused === undefined ? {} : { refused }),
      next,
    });
  }
}

const noSuchRoom: DoorRefusal = { code: 'no-such-room' };
const wrongChain: DoorRefusal = { code: 'wrong-chain' };

function isConsecutive(entries: readonly LogEntry[], head: LogPoint): boolean {
  const start = (entries[0]?.position.seq ?? 0) - 1;
  const last = entries.at(-1)?.position;
  return (
    entries.every(({ position }, index) => position.seq === start + index + 1) &&
    last?.seq === head.seq &&
    last.epoch === head.epoch
  );
}

/** An author signs an entry again when it sends it again, so the signature may be another one. */
function isSameEntry({ header: one }: SignedEntry, { header: other }: SignedEntry): boolean {
  return one.author === other.author && one.kind === other.kind && one.contentHash === other.contentHash;
}

function mayPassLater({ code }: DoorRefusal): boolean {
  return { ...roomRefusals, ...roomDoorRefusals }[code].retry;
}
