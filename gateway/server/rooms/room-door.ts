import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { PeerKey, RoomId } from '../../../shared/ids.ts';
import {
  roomBatchEntriesBurst,
  roomEntriesBurst,
  roomEntriesOfClientBurst,
  roomOffersBurst,
  roomsInFirstHourMax,
  roomsOfKeyMax,
} from '../../../shared/limits.ts';
import { decodeRoomContent } from '../../../shared/rooms/content.ts';
import {
  entrySignedBytes,
  hasSignedContent,
  isSamePoint,
  type LogPoint,
  type SignedEntry,
} from '../../../shared/rooms/entry.ts';
import { defaultQuotas } from '../../../shared/quotas.ts';
import type { RoomDoor } from '../../../shared/rooms/reducer.ts';
import type { RoomDoorRefusalCode, RoomRefusalCode } from '../../../shared/rooms/refusals.ts';
import { rightsOf } from '../../../shared/rooms/rights.ts';
import { KeyedTokenBucket } from '../../turn/keyed-token-bucket.ts';
import { NicknameIndex } from '../nickname-index.ts';
import type { RoomPorts } from './ports.ts';
import type { OpenRoom, RoomLogs } from './room-logs.ts';

export interface DoorRefusal {
  readonly code: RoomRefusalCode | RoomDoorRefusalCode;
  readonly retryAfterMs?: number;
}

/** After `roomEntriesBurst` entries of a member in a room, one per interval is taken. */
export const entriesIntervalMs = 200;
/** After `roomEntriesOfClientBurst` entries of a client in all rooms, one per interval is taken. After `roomOffersBurst` offers, too. */
const ofClientIntervalMs = 50;
/** After `roomBatchEntriesBurst` batches of reactions, votes or acknowledgements, one per interval is taken. */
const batchEntriesIntervalMs = 1_000;
const firstHourMs = 3_600_000;
const batchKinds: ReadonlySet<string> = new Set(['reaction', 'vote', 'acknowledge']);

/** Checks what only the server can check about an entry, before the rules of the log (PROTOCOL 10.39). */
export class RoomEntrance {
  readonly #ports: RoomPorts;
  readonly #logs: RoomLogs;
  readonly #names = new NicknameIndex<RoomId>();
  readonly #nameOf = new Map<RoomId, string>();
  readonly #entries = new KeyedTokenBucket(roomEntriesBurst, entriesIntervalMs);
  readonly #ofClient = new KeyedTokenBucket(roomEntriesOfClientBurst, ofClientIntervalMs);
  readonly #offers = new KeyedTokenBucket(roomOffersBurst, ofClientIntervalMs);
  readonly #batches = new KeyedTokenBucket(roomBatchEntriesBurst, batchEntriesIntervalMs);

  constructor(ports: RoomPorts, logs: RoomLogs) {
    this.#ports = ports;
    this.#logs = logs;
    for (const { room, name, ended } of ports.store.rooms.all())
      if (ended !== 'closed') this.#name(room, name);
  }

  /** The room has this name now, or none any longer. */
  handleNamed(room: RoomId, name: string | null): void {
    const before = this.#nameOf.get(room);
    if (before !== undefined) this.#names.remove(room, before);
    this.#nameOf.delete(room);
    if (name !== null) this.#name(room, name);
  }

  /** Whether the client may know that there is this room (PROTOCOL 10.41). */
  knowsOf({ state, members }: OpenRoom, client: PeerKey): boolean {
    return state.about?.access !== 'closed' || members.has(client) || state.banned.has(client);
  }

  /** What the reducer asks only the server. */
  doorOf({ state }: OpenRoom): RoomDoor {
    return {
      isInRoster: (key) => this.#ports.registry.find(key) !== undefined,
      isGuest: (key) => (this.#ports.registry.find(key)?.guestOf ?? null) !== null,
      authorOf: (id) => this.#ports.store.rooms.entry(state.room, id)?.entry.header.author,
      isErased: (id) => this.#logs.isErased(state.room, id),
    };
  }

  /** Whether these entries are all by the client, and by one of its installations. */
  isByClient(client: PeerKey, entries: ProtocolMessageOf<'room-append'>['entries']): boolean {
    const installation = entries[0]?.header.installation;
    return entries.every(({ header }) => header.author === client && header.installation === installation);
  }

  /** Returns why a member has to wait with this entry. */
  refusalByRate(nowMs: number, room: RoomId, { header }: SignedEntry): DoorRefusal | undefined {
    const key = room + header.author;
    const freeAtMs =
      this.#ofClient.take(nowMs, header.author) ??
      this.#entries.take(nowMs, key) ??
      (batchKinds.has(header.kind) ? this.#batches.take(nowMs, key) : undefined);
    return tooOften(nowMs, freeAtMs);
  }

  refusalOfOffer(nowMs: number, client: PeerKey): DoorRefusal | undefined {
    return tooOften(nowMs, this.#offers.take(nowMs, client));
  }

  /** Returns why the entry is not one of its author for this log, whatever it says. */
  refusalOfForm(room: OpenRoom, signed: SignedEntry): DoorRefusal | undefined {
    if (signed.header.room !== room.state.room) return { code: 'wrong-room' };
    if (!hasSignedContent(signed, this.#ports.sha256)) return { code: 'wrong-content-hash' };
    if (!this.#hasParent(room, signed.header.parent)) return { code: 'wrong-parent' };
    return this.#isSigned(signed) ? undefined : { code: 'wrong-signature' };
  }

  #name(room: RoomId, name: string): void {
    this.#names.add(room, name);
    this.#nameOf.set(room, name);
  }

  #isSigned({ header, signature }: SignedEntry): boolean {
    const { key, registry, signingKeyOf, signer } = this.#ports;
    const signingKey = registry.find(header.author)?.signingKey ?? signingKeyOf(header.author);
    if (signingKey === undefined) return false;
    return signer.verify('room-entry', signingKey, entrySignedBytes(key, header), signature);
  }

  /** Returns why a room cannot be created, or named, as the entry says. */
  refusalOfName(room: RoomId, { header, content }: SignedEntry): DoorRefusal | undefined {
    if ((header.kind !== 'create' && header.kind !== 'name') || content === null) return undefined;
    const decoded = decodeRoomContent(header.kind, content);
    if (decoded.type !== 'content') return undefined;
    if (decoded.content.kind !== 'create' && decoded.content.kind !== 'name') return undefined;
    const { name } = decoded.content;
    const owner = this.#names.ownerOf(name);
    if (owner !== undefined && owner !== room) return { code: 'room-name-taken' };
    return this.#names.looksTaken(name, room) ? { code: 'room-name-look-alike' } : undefined;
  }

  /** Returns why the room takes no new member: its operator wants fewer than the rules of the log allow. */
  refusalOfJoin({ state }: OpenRoom, { header }: SignedEntry): DoorRefusal | undefined {
    if (header.kind !== 'join' || state.members.has(header.author)) return undefined;
    const { roomMembersMax } = this.#ports.store.facts.get().quotas ?? defaultQuotas;
    return state.members.size >= roomMembersMax ? { code: 'room-full' } : undefined;
  }

  /** Returns why the disk takes no more of this room: all rooms together are too large, and those of its creator are not the small ones. */
  refusalBySpace({ state, record }: OpenRoom, { header }: SignedEntry): DoorRefusal | undefined {
    const { usage } = this.#logs;
    const { roomsBytesMax } = this.#ports.store.facts.get().quotas ?? defaultQuotas;
    // These erase, moderate, or make the room smaller.
    if (usage.total < roomsBytesMax || rightsOf(header.kind).archived || header.kind === 'retention')
      return undefined;
    const creator = state.about === null ? header.author : record.creator;
    return usage.hasShare(creator, roomsBytesMax) ? { code: 'room-quota-full' } : undefined;
  }

  refusalOfCreation(creator: PeerKey): DoorRefusal | undefined {
    const { store, registry } = this.#ports;
    const { roomsMax } = store.facts.get().quotas ?? defaultQuotas;
    if (store.rooms.count() >= roomsMax) return { code: 'too-many-rooms' };
    const isNew = registry.totalOnlineMs(creator) < firstHourMs;
    const most = isNew ? roomsInFirstHourMax : roomsOfKeyMax;
    return store.rooms.count(creator) >= most ? { code: 'too-many-rooms-of-key' } : undefined;
  }

  /**
   * An author states which log it has seen. A false one would make members believe that this server shows two logs (PROTOCOL 10.28),
   * so the server takes only points that it can check, and points of another life of its database.
   */
  #hasParent(room: OpenRoom, parent: LogPoint): boolean {
    const { head } = room.state;
    if (parent.seq > head.seq) return parent.epoch !== this.#ports.epoch;
    // A parent that was cut off cannot be checked. Its author signs again with a newer one.
    if (parent.seq < room.cutPoint.seq) return parent.seq === 0;
    const own = this.#logs.pointAt(room, parent.seq);
    return own !== undefined && (own.epoch !== parent.epoch || isSamePoint(own, parent));
  }
}

function tooOften(nowMs: number, freeAtMs: number | undefined): DoorRefusal | undefined {
  if (freeAtMs === undefined) return undefined;
  return { code: 'too-often', retryAfterMs: Math.max(1, Math.ceil(freeAtMs - nowMs)) };
}
