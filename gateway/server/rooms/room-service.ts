import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { PeerKey, RoomId } from '../../../shared/ids.ts';
import type { Moment } from '../../../shared/moment.ts';
import { everyoneRoom } from '../../../shared/rooms/room-state.ts';
import type { RoomRecord } from '../../store/server-store.ts';
import type { ServerContext } from '../context.ts';
import type { RoomPorts } from './ports.ts';
import { RoomDirectory } from './room-directory.ts';
import { RoomEntrance } from './room-door.ts';
import { RoomFanOut } from './room-fan-out.ts';
import { RoomFigures } from './room-figures.ts';
import { isRefusal, RoomLogs, type OpenRoom, type Taken } from './room-logs.ts';
import { RoomRetention } from './room-retention.ts';
import { RoomTyping } from './room-typing.ts';
import { RoomWriter } from './room-writer.ts';

const dayMs = 86_400_000;
/** PROTOCOL 10.46: users of `#everyone` that were away for longer do not count. */
const recentMs = 7 * dayMs;

/** The messages about rooms that clients send. */
export type RoomMessage = ProtocolMessageOf<
  | 'room-append'
  | 'room-follow'
  | 'room-offer'
  | 'room-ack'
  | 'room-readers-request'
  | 'room-browse'
  | 'room-typing'
>;

export interface RoomServiceOptions {
  readonly ports: RoomPorts;
  readonly context: ServerContext;
  readonly sendBytes: (client: PeerKey, bytes: Uint8Array, token: string) => void;
  /** Words were removed, and are to be erased from the disk. */
  readonly eraseSoon: (now: Moment) => void;
}

/** The rooms of a server (PROTOCOL section 10). Each part does one thing: see the files of this folder. */
export class RoomService {
  readonly #ports: RoomPorts;
  readonly #logs: RoomLogs;
  readonly #entrance: RoomEntrance;
  readonly #writer: RoomWriter;
  readonly #fanOut: RoomFanOut;
  readonly #figures: RoomFigures;
  readonly #directory: RoomDirectory;
  readonly #typing: RoomTyping;
  readonly #retention: RoomRetention;

  constructor({ ports, context, sendBytes, eraseSoon }: RoomServiceOptions) {
    this.#ports = ports;
    this.#logs = new RoomLogs(ports, {
      onTaken: (now, room, taken) => this.#handleTaken(now, room, taken),
      onErased: eraseSoon,
    });
    const logs = this.#logs;
    this.#entrance = new RoomEntrance(ports, logs);
    this.#writer = new RoomWriter(ports, context, logs, this.#entrance);
    this.#figures = new RoomFigures({
      ports,
      context,
      logs,
      recentUsers: () => ports.registry.recent(recentMs),
    });
    this.#fanOut = new RoomFanOut({
      ports,
      context,
      logs,
      sendBytes,
      onDelivered: (now, room, client, seq) =>
        this.#figures.handleDelivered(now.monotonicMs, room, client, seq),
    });
    this.#directory = new RoomDirectory({ ports, context, logs });
    this.#typing = new RoomTyping({ ports, context, logs });
    this.#retention = new RoomRetention({ ports, logs, onErased: eraseSoon });
  }

  /** Takes the place of the service before a fault. Clients that followed rooms still do. */
  resume(now: Moment, previous: RoomService): void {
    this.#retention.start(now.monotonicMs);
    this.#fanOut.resume(now.monotonicMs, previous.#fanOut.followers());
    this.#figures.resume(now.monotonicMs, previous.#figures.untold());
  }

  /** `#everyone` is there from the first start. */
  start(now: Moment): void {
    this.#retention.start(now.monotonicMs);
    if (this.#ports.store.rooms.find(everyoneRoom) !== undefined) return;
    this.#logs.write(now, this.#logs.newRoom(everyoneRoom), {
      kind: 'create',
      name: 'everyone',
      access: 'everyone',
    });
  }

  handleMessage(now: Moment, client: PeerKey, message: RoomMessage): void {
    switch (message.kind) {
      case 'room-append':
        return this.#writer.append(now, client, message);
      case 'room-offer':
        return this.#writer.offer(now, client, message);
      case 'room-follow':
        return this.#follow(now, client, message);
      case 'room-ack':
        return this.#handleAck(now, client, message);
      case 'room-readers-request':
        return this.#figures.answerReaders(now, client, message);
      case 'room-browse':
        return this.#directory.browse(now, client, message);
      case 'room-typing':
        return this.#typing.handle(now, client, message);
      default:
        return message satisfies never;
    }
  }

  handleAppendFailed(client: PeerKey, message: ProtocolMessageOf<'room-append'>): void {
    this.#writer.handleAppendFailed(client, message);
  }

  /** The client is registered on a connection. */
  handleArrival(client: PeerKey): void {
    this.#directory.handleArrival(client);
  }

  handleDeparture(client: PeerKey): void {
    this.#fanOut.handleDeparture(client);
  }

  handleAcknowledged(nowMs: number, client: PeerKey, token: string): void {
    this.#fanOut.handleAcknowledged(nowMs, client, token);
  }

  handleQueueFull(client: PeerKey, token: string): void {
    this.#fanOut.handleQueueFull(client, token);
  }

  handleWritable(nowMs: number, client: PeerKey): void {
    this.#fanOut.handleWritable(nowMs, client);
  }

  handleTimeout(now: Moment): void {
    this.#retention.handleTimeout(now);
    this.#figures.handleTimeout(now);
    this.#fanOut.handleTimeout(now);
  }

  pollTimeout(): number {
    return Math.min(this.#retention.pollTimeout(), this.#figures.pollTimeout(), this.#fanOut.pollTimeout());
  }

  // --- the operator --------------------------------------------------------------------------------------

  /** The largest first. */
  all(): RoomRecord[] {
    const members = this.#ports.registry.size;
    return this.#ports.store.rooms
      .all()
      .map((record) => (record.room === everyoneRoom ? { ...record, members } : record))
      .toSorted((one, other) => other.bytes - one.bytes);
  }

  /** Returns false where there is no such room, or none that can be closed. */
  close(now: Moment, room: RoomId): boolean {
    const open = this.#logs.find(room);
    return open !== undefined && !isRefusal(this.#logs.write(now, open, { kind: 'close' }));
  }

  nameOwner(
    now: Moment,
    room: RoomId,
    member: PeerKey,
  ): null | 'no-such-room' | 'unknown-name' | 'guest-role' | 'room-closed' {
    const open = this.#logs.find(room);
    if (open === undefined) return 'no-such-room';
    const registrant = this.#ports.registry.find(member);
    if (room === everyoneRoom && registrant === undefined) return 'unknown-name';
    // PROTOCOL 10.54: the operator cannot do it either.
    if ((registrant?.guestOf ?? null) !== null) return 'guest-role';
    const result = this.#logs.write(now, open, { kind: 'name-owner', member });
    if (!isRefusal(result)) return null;
    return result.code === 'room-closed' ? 'room-closed' : 'unknown-name';
  }

  /** The hosting user's key owns `#everyone`, unless it has an owner. */
  nameFirstOwner(now: Moment, member: PeerKey): void {
    const open = this.#logs.find(everyoneRoom);
    if (open === undefined || [...open.state.members.values()].includes('owner')) return;
    this.#logs.write(now, open, { kind: 'name-owner', member });
  }

  #follow(now: Moment, client: PeerKey, message: ProtocolMessageOf<'room-follow'>): void {
    this.#fanOut.follow(now, client, message);
    const open = this.#logs.find(message.room);
    if (open?.members.has(client) === true || message.room === everyoneRoom)
      if (open !== undefined) this.#figures.handleFollow(now.monotonicMs, open, client);
  }

  #handleAck(now: Moment, client: PeerKey, message: ProtocolMessageOf<'room-ack'>): void {
    this.#fanOut.handleAck(now, client, message);
    const open = this.#logs.find(message.room);
    if (open !== undefined && this.#figures.handleRead(now.monotonicMs, open, client, message.read))
      this.#fanOut.handleActive(client, message.room);
  }

  #handleTaken(now: Moment, room: OpenRoom, { entry, changed }: Taken): void {
    const { kind } = entry.header;
    const { record } = room;
    if (kind === 'create' || kind === 'name' || kind === 'close')
      this.#entrance.handleNamed(record.room, record.ended === 'closed' ? null : record.name);
    this.#figures.handleAppended(now.monotonicMs, room, entry);
    this.#fanOut.handleActive(entry.header.author, record.room);
    this.#fanOut.handleAppended(now.monotonicMs, room);
    for (const key of changed) this.#directory.handleChanged(room, key);
  }
}
