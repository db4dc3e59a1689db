import {
  banDayMs,
  isBannableAddress,
  parseBanAddress,
  type Ban,
  type Banned,
  type BanSubject,
} from '../../shared/ban.ts';
import type { NamesResult } from '../../shared/bridge/administration.ts';
import type { JoinCode, PeerKey, RoomId } from '../../shared/ids.ts';
import { bansMax } from '../../shared/limits.ts';
import type { Moment } from '../../shared/moment.ts';
import { nameContains } from '../../shared/case-folding.ts';
import { nicknameComparisonKey } from '../../shared/nickname.ts';
import { defaultQuotas, type Quotas } from '../../shared/quotas.ts';
import type { RoomRecord, ServerStore } from '../store/server-store.ts';
import type { RoomService } from './rooms/room-service.ts';
import type { RegistrationService } from './registration-service.ts';
import type { Registry } from './registry.ts';

/** A ban that was made, or why it was not. */
export type BanResult =
  | { readonly ban: Ban }
  | { readonly error: 'unknown-name' | 'ban-address-invalid' | 'ban-not-allowed' | 'too-many-bans' };

type DecidedSubject = Exclude<BanSubject, { type: 'nickname-or-address' }>;

/** A room with its size. */
type ServerRoom = Pick<RoomRecord, 'room' | 'name' | 'access' | 'members' | 'entries' | 'bytes' | 'ended'>;

export interface ServerAdminOptions {
  readonly store: ServerStore;
  readonly registry: Registry;
  readonly registrations: RegistrationService;
  readonly rooms: RoomService;
  readonly newJoinCode: () => JoinCode;
}

/** What the operator of a server sees and does; to be called inside a turn. */
export class ServerAdmin {
  readonly #store: ServerStore;
  readonly #registry: Registry;
  readonly #registrations: RegistrationService;
  readonly #rooms: RoomService;
  readonly #newJoinCode: () => JoinCode;

  constructor({ store, registry, registrations, rooms, newJoinCode }: ServerAdminOptions) {
    this.#store = store;
    this.#registry = registry;
    this.#registrations = registrations;
    this.#rooms = rooms;
    this.#newJoinCode = newJoinCode;
  }

  /** Returns the first `limit` names that contain `part`. */
  names(part = '', limit = Number.POSITIVE_INFINITY): NamesResult {
    const matching = Array.from(this.#registry.all())
      .filter(({ nickname }) => nameContains(nickname, part))
      .toSorted((one, other) => (one.nickname < other.nickname ? -1 : 1));
    const names = matching.slice(0, limit).map(({ key, nickname, presence }) => ({
      nickname,
      online: presence.state === 'online',
      waiting: this.#store.mailboxes.count(key),
    }));
    return { names, matching: matching.length };
  }

  /** PROTOCOL 6.21: takes a nickname from its owner. Returns false if it has no owner. */
  release(now: Moment, nickname: string): boolean {
    const owner = this.#registry.ownerOf(nickname);
    if (owner === undefined) return false;
    this.#registrations.evict(now, owner);
    return true;
  }

  /** The bans that have not ended, the oldest first. */
  bans({ wallMs }: Pick<Moment, 'wallMs'>): Ban[] {
    return this.#store.bans.all().filter(({ untilMs }) => untilMs === null || untilMs > wallMs);
  }

  /**
   * PROTOCOL 6.80 to 6.83: keeps a key or an address out for this many days, or (null) until the operator lifts the ban.
   * `ownKeys`: those of this server and of the client in its process.
   */
  ban(now: Moment, subject: BanSubject, days: number | null, ownKeys: readonly PeerKey[]): BanResult {
    const banned = this.#bannedOf(this.#decided(subject));
    if (banned === undefined) {
      return { error: subject.type === 'address' ? 'ban-address-invalid' : 'unknown-name' };
    }
    const isAllowed =
      banned.type === 'key' ? !ownKeys.includes(banned.key) : isBannableAddress(banned.address);
    if (!isAllowed) return { error: 'ban-not-allowed' };
    const { bans } = this.#store;
    bans.removeEnded(now.wallMs);
    const isNew = !bans.all().some((one) => isSame(one.banned, banned));
    if (isNew && bans.all().length >= bansMax) return { error: 'too-many-bans' };
    const ban = { banned, untilMs: days === null ? null : now.wallMs + days * banDayMs };
    bans.put(ban);
    this.#registrations.enforceBans(now);
    return { ban };
  }

  /** Lifts the bans of a key, an address, or a nickname: that of a key now, or when it was banned. Returns false without one. */
  unban(subject: BanSubject): boolean {
    if (subject.type === 'nickname-or-address') {
      const { text } = subject;
      return (
        this.unban({ type: 'nickname', nickname: text }) || this.unban({ type: 'address', address: text })
      );
    }
    const { bans } = this.#store;
    const asked = this.#bannedOf(subject);
    const lifted = bans
      .all()
      .filter(({ banned }) => (asked !== undefined && isSame(banned, asked)) || isNamed(banned, subject))
      .map(({ banned }) => bans.remove(banned));
    return lifted.length > 0;
  }

  /** A nickname with an owner wins: otherwise a user with an address as nickname could not be banned by it. */
  #decided(subject: BanSubject): DecidedSubject {
    if (subject.type !== 'nickname-or-address') return subject;
    const { text } = subject;
    const isNickname = this.#registry.ownerOf(text) !== undefined;
    return isNickname ? { type: 'nickname', nickname: text } : { type: 'address', address: text };
  }

  /** Undefined for a nickname without an owner, and for a text that is no address. */
  #bannedOf(subject: DecidedSubject): Banned | undefined {
    switch (subject.type) {
      case 'nickname': {
        const owner = this.#registry.ownerOf(subject.nickname);
        return owner && { type: 'key', key: owner.key, nickname: owner.nickname };
      }
      case 'key': {
        const nickname = this.#registry.find(subject.key)?.nickname ?? null;
        return { type: 'key', key: subject.key, nickname };
      }
      case 'address': {
        const address = parseBanAddress(subject.address);
        return address === undefined ? undefined : { type: 'address', address };
      }
      default:
        return subject satisfies never;
    }
  }

  /** The rooms of the server, the largest first. */
  rooms(): ServerRoom[] {
    return this.#rooms.all().map(({ room, name, access, members, entries, bytes, ended }) => ({
      room,
      name,
      access,
      members,
      entries,
      bytes,
      ended,
    }));
  }

  /** PROTOCOL 10.8: takes no entry from now on. Returns false where there is no such room, or it cannot be closed. */
  closeRoom(now: Moment, room: RoomId): boolean {
    return this.#rooms.close(now, room);
  }

  /** PROTOCOL 10.20: makes a member the only owner. Returns why not. */
  nameOwner(
    now: Moment,
    room: RoomId,
    owner:
      | { readonly type: 'key'; readonly key: PeerKey }
      | { readonly type: 'nickname'; readonly nickname: string },
  ): null | 'no-such-room' | 'unknown-name' | 'room-closed' {
    const key = owner.type === 'key' ? owner.key : this.#registry.ownerOf(owner.nickname)?.key;
    return key === undefined ? 'unknown-name' : this.#rooms.nameOwner(now, room, key);
  }

  /** The user who hosts the server owns `#everyone` from the start. An owner that it has already stays. */
  nameFirstOwner(now: Moment, key: PeerKey): void {
    this.#rooms.nameFirstOwner(now, key);
  }

  /** What new keys have to prove; null if nothing. */
  get joinCode(): JoinCode | null {
    return this.#store.facts.get().joinCode ?? null;
  }

  /** PROTOCOL 6.84: requires a join code of new keys, or no longer. A code that is on stays; the next one is another. */
  requireJoinCode(required: boolean): void {
    if (required === (this.joinCode !== null)) return;
    this.#store.facts.set({ joinCode: required ? this.#newJoinCode() : undefined });
  }

  get quotas(): Quotas {
    return this.#store.facts.get().quotas ?? defaultQuotas;
  }

  setQuotas(quotas: Quotas): void {
    this.#store.facts.set({ quotas });
  }
}

function isSame(one: Banned, other: Banned): boolean {
  if (one.type === 'key') return other.type === 'key' && one.key === other.key;
  return other.type === 'address' && one.address === other.address;
}

/** Whether the key had this nickname when it was banned. */
function isNamed(banned: Banned, subject: BanSubject): boolean {
  if (banned.type !== 'key' || banned.nickname === null || subject.type !== 'nickname') return false;
  return nicknameComparisonKey(banned.nickname) === nicknameComparisonKey(subject.nickname);
}
