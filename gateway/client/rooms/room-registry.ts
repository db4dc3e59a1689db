import { roomConversation } from '../../../shared/conversation.ts';
import { fromHex, roomIdFromBytes, type PeerKey, type RoomId, type SigningKey } from '../../../shared/ids.ts';
import { clientRoomsMax } from '../../../shared/limits.ts';
import type { Sha256, VerifySignature } from '../../../shared/rooms/entry.ts';
import type { Finding } from '../../../shared/rooms/verify-log.ts';
import type { ClientStore } from '../../store/client-store.ts';
import type { StoredFinding, StoredRoom } from '../../store/room-repository.ts';
import type { Signer } from '../../turn/signer.ts';
import type { Session } from '../connections/session.ts';
import type { Blocks } from '../contacts/blocks.ts';
import type { Contacts } from '../contacts/contacts.ts';
import type { RoomView } from '../client-event.ts';
import type { ClientContext } from '../context.ts';
import type { Conversations } from '../messages/conversations.ts';
import { isListedOutside, OpenRoom } from './open-room.ts';
import type { RoomLogPorts } from './room-log.ts';
import { peerVerifier } from './room-signatures.ts';
import { roomViewOf } from './room-views.ts';

/** Findings that a room shows: the newest. */
const findingsMax = 20;

export interface RoomRegistryOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly me: PeerKey;
  readonly session: Pick<Session, 'serverKey'>;
  readonly contacts: Pick<Contacts, 'keys' | 'find'>;
  readonly blocks: Pick<Blocks, 'has'>;
  readonly conversations: Pick<Conversations, 'handleRename'>;
  readonly signer: Signer;
  readonly sha256: Sha256;
  /** The one signing key of a peer; undefined for what is no peer's key. */
  readonly signingKeyOf: (peer: PeerKey) => SigningKey | undefined;
}

/** All rooms of the client, and what frontends know of them. */
export class RoomRegistry {
  readonly verify: VerifySignature;
  readonly #options: RoomRegistryOptions;
  readonly #ports: RoomLogPorts;
  readonly #rooms = new Map<RoomId, OpenRoom>();

  constructor(options: RoomRegistryOptions) {
    this.#options = options;
    this.verify = peerVerifier(options.signer, options.signingKeyOf);
    const { blocks, sha256 } = options;
    this.#ports = { sha256, verify: this.verify, isBlocked: (author) => blocks.has(author) };
    for (const stored of options.store.rooms.all()) this.#open(stored);
  }

  all(): Iterable<OpenRoom> {
    return this.#rooms.values();
  }

  /** Returns the room that is shown under this id. */
  get(id: RoomId): OpenRoom | undefined {
    return this.#rooms.get(id);
  }

  /** Returns the room of the present server with this id. It is shown under its own id. */
  ofServer(id: RoomId): OpenRoom | undefined {
    const room = this.#rooms.get(id);
    return room?.isOf(this.#options.session.serverKey) === true ? room : undefined;
  }

  isOfServer(room: OpenRoom): boolean {
    return room.isOf(this.#options.session.serverKey);
  }

  /** Returns the room of the present server with this id, and adds it if it is new. Undefined without a server, and past `clientRoomsMax`. */
  add(id: RoomId): OpenRoom | undefined {
    const { serverKey } = this.#options.session;
    if (serverKey === undefined) return undefined;
    const known = this.ofServer(id);
    if (known !== undefined) return known;
    const other = this.#rooms.get(id);
    if (other !== undefined) this.#rename(other, this.#idOfOtherServer(other.stored));
    const earlier = [...this.#rooms.values()].find(
      ({ stored }) => stored.server === serverKey && stored.room === id,
    );
    if (earlier !== undefined) return this.#rename(earlier, id);
    if (this.#rooms.size >= clientRoomsMax) return undefined;
    const stored: StoredRoom = {
      id,
      server: serverKey,
      room: id,
      cutAt: 0,
      departure: null,
      listed: null,
      findings: [],
    };
    this.#options.store.rooms.put(stored);
    return this.#open(stored);
  }

  update(room: OpenRoom, change: Partial<StoredRoom>): void {
    room.stored = { ...room.stored, ...change };
    this.#options.store.rooms.put(room.stored);
  }

  /** The server has taken the user in: what it said before is old. */
  handleJoined(room: OpenRoom): void {
    const { listed } = room.stored;
    if (listed !== null && isListedOutside(room.stored))
      this.update(room, { listed: { ...listed, standing: 'member' } });
  }

  /** Something is wrong in what the server sent: the room shows it. */
  report(room: OpenRoom, found: readonly Finding[]): void {
    if (found.length === 0) return;
    const findings = found.reduce<readonly StoredFinding[]>((before, { kind, entry }) => {
      const finding = { kind, seq: entry?.seq ?? room.log.head.seq, author: entry?.author ?? null };
      const isKnown = before.some(
        (one) => one.kind === kind && one.seq === finding.seq && one.author === finding.author,
      );
      return isKnown ? before : [...before, finding].slice(-findingsMax);
    }, room.stored.findings);
    if (findings !== room.stored.findings) this.update(room, { findings });
  }

  viewOf(room: OpenRoom): RoomView | undefined {
    return roomViewOf({
      stored: room.stored,
      state: room.log.state,
      me: this.#options.me,
      isOfServer: this.isOfServer(room),
      people: this.#people(),
    });
  }

  /** Tells frontends of the room, if it looks otherwise than they know. */
  show(room: OpenRoom): void {
    const view = this.viewOf(room);
    const shown = view === undefined ? '' : JSON.stringify(view);
    if (view === undefined || shown === room.shown) return;
    room.shown = shown;
    this.#options.context.emit({ type: 'rooms', rooms: [view] });
  }

  /** Tells frontends of all rooms at once. */
  showAll(): void {
    const rooms: RoomView[] = [];
    for (const room of this.#rooms.values()) {
      const view = this.viewOf(room);
      if (view === undefined) continue;
      room.shown = JSON.stringify(view);
      rooms.push(view);
    }
    if (rooms.length > 0) this.#options.context.emit({ type: 'rooms', rooms });
  }

  /** The members of the room, as far as this client knows. */
  membersOf(room: OpenRoom): number {
    const { state } = room.log;
    return state.about?.access === 'everyone' ? this.#people() : state.members.size;
  }

  #people(): number {
    return [...this.#options.contacts.keys()].length;
  }

  #open(stored: StoredRoom): OpenRoom {
    const room = new OpenRoom(this.#options.store.rooms, stored, this.#ports);
    this.#rooms.set(stored.id, room);
    return room;
  }

  /** Shows a room under another id, with its conversation. */
  #rename(room: OpenRoom, id: RoomId): OpenRoom {
    const { store, conversations } = this.#options;
    store.rooms.rename(room.stored.id, id);
    conversations.handleRename(roomConversation(room.stored.id), roomConversation(id));
    this.#rooms.delete(room.stored.id);
    const renamed = this.#open({ ...room.stored, id });
    this.show(renamed);
    return renamed;
  }

  /** `#everyone` has the same id on each server. That of another server gets one of both. */
  #idOfOtherServer({ server, room }: StoredRoom): RoomId {
    return roomIdFromBytes(this.#options.sha256(fromHex(server + room)).slice(0, 16));
  }
}
