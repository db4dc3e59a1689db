import { done, refused, type CommandResult } from '../../../shared/command-result.ts';
import type { ProtocolMessage, ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { roomConversation, roomOfConversation, type ConversationId } from '../../../shared/conversation.ts';
import { isErrorCode } from '../../../shared/errors.ts';
import type { InstallationId, MessageId, PeerKey, RoomId, ServerEpoch } from '../../../shared/ids.ts';
import type { Delivery } from '../../../shared/message.ts';
import type { Moment } from '../../../shared/moment.ts';
import { mayPost } from '../../../shared/rooms/reducer.ts';
import type { RoomContentOf } from '../../../shared/rooms/content.ts';
import type { WaitingEntry } from '../../store/room-repository.ts';
import type { EndpointEvent } from '../../transport/events.ts';
import type { RoomMembers, RoomView } from '../client-event.ts';
import type { ServerClock } from '../connections/server-clock.ts';
import type { Session } from '../connections/session.ts';
import { isListedOutside, type OpenRoom } from './open-room.ts';
import { RoomFollower } from './room-follower.ts';
import { RoomRetention } from './room-retention.ts';
import { RoomRegistry, type RoomRegistryOptions } from './room-registry.ts';
import { RoomSender } from './room-sender.ts';
import { RoomTimeline, type RoomTimelineOptions } from './room-timeline.ts';
import { roomMembersOf } from './room-views.ts';
import { RoomWriter, type NewRoomEntry } from './room-writer.ts';
import { sendingOf } from './sending-token.ts';

/** What had no room in the queue to the server is sent again after this time. */
const queueWaitMs = 500;
/** Questions for rooms that the server has not answered. The oldest is forgotten. */
const browsesMax = 8;

export interface RoomsOptions
  extends Omit<RoomRegistryOptions, 'conversations'>, Omit<RoomTimelineOptions, 'blocks'> {
  readonly session: Pick<Session, 'isOnline' | 'serverKey'>;
  readonly clock: ServerClock;
  readonly installation: InstallationId;
}

/** A room that the user creates. The name is prepared (PROTOCOL 6.69). */
export interface NewRoom extends Omit<RoomContentOf<'create'>, 'kind'> {
  readonly id: MessageId;
  readonly room: RoomId;
}

/** The rooms of the user: what frontends ask and command, and what the server sends about them. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #registry: RoomRegistry;
  readonly #follower: RoomFollower;
  readonly #sender: RoomSender;
  readonly #writer: RoomWriter;
  readonly #retention: RoomRetention;
  /** What the server was asked for and has not answered, the oldest first. */
  readonly #browses: (string | null)[] = [];
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(options: RoomsOptions) {
    this.#options = options;
    const { me, installation, signer, sha256 } = options;
    const author = { me, installation, signer, sha256 };
    const registry = (this.#registry = new RoomRegistry(options));
    const timeline = new RoomTimeline(options);
    const sender = (this.#sender = new RoomSender({ ...options, registry, author }));
    this.#follower = new RoomFollower({ ...options, registry, sender, timeline });
    const tellOver = (room: OpenRoom, id: MessageId): void => sender.tellOver(room, id);
    this.#writer = new RoomWriter({ ...options, registry, author, timeline, tellOver });
    this.#retention = new RoomRetention({ ...options, registry });
  }

  // --- what frontends ask ---------------------------------------------------------------------------------

  view(): RoomView[] {
    return [...this.#registry.all()]
      .map((room) => this.#registry.viewOf(room))
      .filter((view) => view !== undefined);
  }

  /** Undefined for a room that is not the user's. */
  viewOf(id: RoomId): RoomView | undefined {
    const room = this.#registry.get(id);
    return room === undefined ? undefined : this.#registry.viewOf(room);
  }

  /** Undefined for a room that is not the user's. */
  members(id: RoomId): RoomMembers | undefined {
    const state = this.#registry.get(id)?.log.state;
    return state === undefined || state.about === null ? undefined : roomMembersOf(state);
  }

  /** The people that see what the user writes in this room; undefined where the user may not write. */
  audienceOf(id: RoomId): readonly PeerKey[] | undefined {
    const room = this.#registry.ofServer(id);
    if (room === undefined || isListedOutside(room.stored)) return undefined;
    const { state } = room.log;
    if (!mayPost(state, this.#options.me)) return undefined;
    return [...(state.about?.access === 'everyone' ? this.#options.contacts : state.members).keys()];
  }

  /** Whether this key is a member of this room, as far as the client knows. */
  isMember(id: RoomId, key: PeerKey): boolean {
    const room = this.#registry.ofServer(id);
    if (room === undefined || isListedOutside(room.stored)) return false;
    const { state } = room.log;
    return state.about?.access === 'everyone'
      ? this.#options.contacts.find(key) !== undefined && !state.banned.has(key)
      : state.members.has(key);
  }

  /** The delivery of an own message of a room. */
  deliveryOf(conversation: ConversationId, id: MessageId): Delivery {
    const room = this.#ofConversation(conversation);
    return room === undefined ? { state: 'saved' } : this.#sender.deliveryOf(room, id);
  }

  // --- commands -----------------------------------------------------------------------------------------------

  write(now: Moment, room: RoomId, entry: NewRoomEntry): CommandResult {
    const result = this.#writer.write(now, room, entry);
    this.#proceed(now);
    return result;
  }

  create(now: Moment, { id, room, name, access }: NewRoom): CommandResult {
    const result = this.#writer.create(now, room, id, { kind: 'create', name, access });
    this.#proceed(now);
    return result;
  }

  /** Sends a message again that the server has refused. Undefined: it is no such message. */
  retry(now: Moment, id: MessageId): CommandResult | undefined {
    const found = this.#failed(id);
    if (found === undefined) return undefined;
    found.room.outbox.put({ ...found.entry, refusedWith: null });
    this.#sender.show(found.room, id);
    this.#proceed(now);
    return done;
  }

  /** Removes a message that the server has refused. Undefined: it is no such message. */
  discard(now: Moment, id: MessageId): CommandResult | undefined {
    const found = this.#failed(id);
    if (found === undefined) return undefined;
    const { store, context, eraser } = this.#options;
    found.room.outbox.remove(id);
    store.messages.remove(id);
    eraser.eraseSoon(now);
    context.emit({ type: 'discarded', conversation: roomConversation(found.room.stored.id), id });
    return done;
  }

  /** Asks for the rooms that anyone can join, after this name. The event `room-list` has the answer. */
  browse(after: string | null): CommandResult {
    const { session, context } = this.#options;
    if (!session.isOnline || session.serverKey === undefined) return refused('not-registered');
    this.#browses.push(after);
    if (this.#browses.length > browsesMax) this.#browses.shift();
    context.send(session.serverKey, { kind: 'room-browse', after }, 'room-browse');
    return done;
  }

  /** Asks which members have an own message. The event `room-readers` has the answer. */
  askReaders(id: RoomId, message: MessageId): CommandResult {
    const { session, context } = this.#options;
    const room = this.#registry.ofServer(id);
    if (room === undefined) return refused('no-such-room');
    if (!session.isOnline || session.serverKey === undefined) return refused('not-registered');
    const request = { kind: 'room-readers-request', room: room.stored.room, id: message } as const;
    context.send(session.serverKey, request, 'room-readers-request');
    return done;
  }

  // --- what the parts of the client tell -----------------------------------------------------------------------

  handleRegistered(now: Moment, epoch: ServerEpoch): void {
    this.#handleConnection();
    this.#follower.handleRegistered(now, epoch);
    this.#proceed(now);
  }

  /** There is no connection to the server, or it does not know the user. */
  handleOffline(): void {
    this.#handleConnection();
  }

  /** The user has accepted another key for the server: the rooms of the old one can be read. */
  handleServerChange(): void {
    this.#registry.showAll();
  }

  /** The user has read the conversation of a room further. */
  handleRead(conversation: ConversationId): void {
    const room = this.#ofConversation(conversation);
    if (room !== undefined) this.#follower.acknowledge(room);
  }

  /** Returns false for a message that is not about rooms. */
  handleMessage(now: Moment, message: ProtocolMessage): boolean {
    if (message.kind === 'room-list') this.#handleList(now, message);
    else if (!this.#handleRoomMessage(now, message)) return false;
    this.#proceed(now);
    return true;
  }

  handleEvent(now: Moment, event: EndpointEvent): void {
    if (event.type !== 'undelivered') return;
    const sending = sendingOf(event.token);
    const room = sending === undefined ? undefined : this.#registry.get(sending.room);
    if (sending === undefined || room === undefined) return;
    const atMs = now.monotonicMs + queueWaitMs;
    if (sending.what === 'follow' && room.following.type === 'asked')
      room.following = { type: 'wanted', atMs };
    if (sending.what === 'append') room.outbox.handleUndelivered(atMs);
    if (sending.what === 'offer' && room.offering !== null)
      room.offering = { ...room.offering, sent: null, notBeforeMs: atMs };
    if (sending.what === 'ack') room.ackDueMs = atMs;
    this.#dueMs = Math.min(this.#dueMs, atMs);
  }

  handleTimeout(now: Moment): void {
    this.#proceed(now);
  }

  pollTimeout(): number | undefined {
    return this.#options.session.isOnline && this.#dueMs < Number.POSITIVE_INFINITY ? this.#dueMs : undefined;
  }

  #handleRoomMessage(now: Moment, message: ProtocolMessage): boolean {
    if (!('room' in message)) return false;
    const room = this.#registry.ofServer(message.room);
    switch (message.kind) {
      case 'room-entries':
        if (room !== undefined) this.#follower.handleEntries(now, room, message);
        return true;
      case 'room-checkpoint':
        if (room !== undefined) this.#follower.handleCheckpoint(now, room, message);
        return true;
      case 'room-appended':
        if (room !== undefined) this.#sender.handleAppended(now, room, message);
        return true;
      case 'room-refused':
        if (room !== undefined) this.#handleRefused(now, room, message);
        return true;
      case 'room-figures':
        if (room !== undefined) this.#handleFigures(room, message);
        return true;
      case 'room-readers': {
        const { kind: _kind, ...readers } = message;
        this.#options.context.emit({ type: 'room-readers', readers });
        return true;
      }
      default:
        return false;
    }
  }

  #handleList(now: Moment, { mine, rows, next }: ProtocolMessageOf<'room-list'>): void {
    if (mine) return this.#follower.handleList(now, rows);
    const after = this.#browses.shift();
    // No question: nothing to answer.
    if (after === undefined) return;
    const rooms = rows.map(({ head: _head, standing, ...row }) => {
      const known = this.#registry.ofServer(row.room);
      const own = known === undefined ? undefined : this.#registry.viewOf(known)?.standing;
      return { ...row, standing: own ?? (standing === 'former' ? 'left' : standing) } as const;
    });
    this.#options.context.emit({ type: 'room-list', after, rooms, next });
  }

  #handleRefused(now: Moment, room: OpenRoom, message: ProtocolMessageOf<'room-refused'>): void {
    if (message.id === undefined) return this.#follower.handleRefused(now, room, message);
    this.#options.context.emit({
      type: 'room-refused',
      room: room.stored.id,
      id: message.id,
      code: isErrorCode(message.code) ? message.code : 'not-allowed',
    });
  }

  #handleFigures(room: OpenRoom, { items }: ProtocolMessageOf<'room-figures'>): void {
    for (const { id, ...figures } of items) {
      this.#options.store.rooms.putFigures(room.stored.id, id, figures);
      this.#sender.show(room, id);
    }
  }

  #handleConnection(): void {
    this.#browses.length = 0;
    this.#follower.handleConnection();
    for (const room of this.#registry.all()) room.handleConnection();
  }

  #proceed(now: Moment): void {
    for (const room of this.#registry.all()) {
      this.#sender.proceed(now, room);
      this.#retention.proceed(now, room);
    }
    // After the sender: the end of an offer makes a room due to be followed.
    this.#follower.proceed(now);
    this.#dueMs = Number.POSITIVE_INFINITY;
    for (const room of this.#registry.all())
      if (this.#registry.isOfServer(room)) this.#dueMs = Math.min(this.#dueMs, room.dueMs(now.monotonicMs));
  }

  #failed(id: MessageId): { readonly room: OpenRoom; readonly entry: WaitingEntry } | undefined {
    for (const room of this.#registry.all()) {
      const entry = room.outbox.find(id);
      if (entry !== undefined && entry.refusedWith !== null) return { room, entry };
    }
    return undefined;
  }

  #ofConversation(conversation: ConversationId): OpenRoom | undefined {
    const id = roomOfConversation(conversation);
    return id === undefined ? undefined : this.#registry.get(id);
  }
}
