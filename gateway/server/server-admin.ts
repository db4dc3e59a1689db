import {
  banDayMs,
  isBannableAddress,
  parseBanAddress,
  type Ban,
  type Banned,
  type BanSubject,
} from '../../shared/ban.ts';
import {
  peopleColumns,
  type MailboxesResult,
  type PeopleOrder,
  type PeopleResult,
  type ServerPerson,
} from '../../shared/bridge/administration.ts';
import type { JoinCode, PeerKey, RoomId } from '../../shared/ids.ts';
import { bansMax, mailboxesToldMax } from '../../shared/limits.ts';
import type { Moment } from '../../shared/moment.ts';
import { nameContains } from '../../shared/case-folding.ts';
import { nicknameComparisonKey } from '../../shared/nickname.ts';
import { defaultQuotas, type Quotas } from '../../shared/quotas.ts';
import type { MailUsage, RoomRecord, ServerStore } from '../store/server-store.ts';
import type { RoomService } from './rooms/room-service.ts';
import type { RegistrationService } from './registration-service.ts';
import type { MailboxService } from './mailbox-service.ts';
import { appearsOnline, type Registrant, type Registry } from './registry.ts';

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
  readonly mailbox: MailboxService;
  readonly rooms: RoomService;
  readonly newJoinCode: () => JoinCode;
}

/** How the operator looks at the people of the server. */
export interface PeopleQuery {
  /** Of the nickname, the address or the key; empty for all people. */
  readonly part: string;
  readonly by: PeopleOrder;
  readonly descending: boolean;
  readonly limit: number;
}

/** The packets of one connection. */
export interface ConnectionTraffic {
  readonly packetsReceived: number;
  readonly packetsSent: number;
}

/** What the operator of a server sees and does; to be called inside a turn. */
export class ServerAdmin {
  readonly #store: ServerStore;
  readonly #registry: Registry;
  readonly #registrations: RegistrationService;
  readonly #mailbox: MailboxService;
  readonly #rooms: RoomService;
  readonly #newJoinCode: () => JoinCode;

  constructor({ store, registry, registrations, mailbox, rooms, newJoinCode }: ServerAdminOptions) {
    this.#store = store;
    this.#registry = registry;
    this.#registrations = registrations;
    this.#mailbox = mailbox;
    this.#rooms = rooms;
    this.#newJoinCode = newJoinCode;
  }

  /** Returns the first `limit` people in the order that the operator asks for. `trafficOf`: that of live connections. */
  people(
    { part, by, descending, limit }: PeopleQuery,
    trafficOf: ReadonlyMap<PeerKey, ConnectionTraffic>,
  ): PeopleResult {
    const waiting = this.#mailbox.usageByRecipient();
    const matching = Array.from(this.#registry.all(), (registrant) =>
      personOf(registrant, waiting.get(registrant.key), trafficOf.get(registrant.key)),
    ).filter((person) => isMatch(person, part));
    const sign = descending ? -1 : 1;
    const sorted = matching.toSorted(
      (one, other) => sign * compare[by](one, other) || compare.nickname(one, other),
    );
    return {
      ...peopleColumns(sorted.slice(0, limit)),
      matching: matching.length,
      matchingOnline: matching.filter(({ online }) => online).length,
    };
  }

  /** Returns how much waits, and the largest mailboxes. */
  mailboxes(): MailboxesResult {
    const waiting = [...this.#mailbox.usageByRecipient()];
    const largest = waiting
      .toSorted(([, one], [, other]) => other.bytes - one.bytes)
      .slice(0, mailboxesToldMax)
      .map(([key, { messages, bytes }]) => ({ nickname: this.#registry.nameOf(key), messages, bytes }));
    return {
      mailboxes: waiting.length,
      messages: waiting.reduce((sum, [, { messages }]) => sum + messages, 0),
      bytes: waiting.reduce((sum, [, { bytes }]) => sum + bytes, 0),
      largest,
    };
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
  ): null | 'no-such-room' | 'unknown-name' | 'guest-role' | 'room-closed' {
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

function personOf(
  registrant: Registrant,
  waiting: MailUsage | undefined,
  traffic: ConnectionTraffic | undefined,
): ServerPerson {
  const { nickname, key, candidates, lastSeenMs } = registrant;
  return {
    nickname,
    key: key.slice(0, 16),
    address: candidates[0] ?? '',
    online: appearsOnline(registrant),
    lastSeenMs,
    waiting: waiting?.messages ?? 0,
    waitingBytes: waiting?.bytes ?? 0,
    packetsReceived: traffic?.packetsReceived ?? 0,
    packetsSent: traffic?.packetsSent ?? 0,
  };
}

function isMatch({ nickname, address, key }: ServerPerson, part: string): boolean {
  const typed = part.trim().toLowerCase();
  return nameContains(nickname, part) || address.includes(typed) || key.startsWith(typed);
}

type Compare = (one: ServerPerson, other: ServerPerson) => number;

/** A user that is online was seen now. An unknown time comes before all others. */
const compare: Readonly<Record<PeopleOrder, Compare>> = {
  nickname: (one, other) => compareTexts(one.nickname, other.nickname),
  address: (one, other) => compareTexts(one.address, other.address),
  seen: (one, other) => seenMs(one) - seenMs(other),
  mailbox: (one, other) => one.waitingBytes - other.waitingBytes,
  traffic: (one, other) => packetsOf(one) - packetsOf(other),
};

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** `Infinity - Infinity` is no number, so these are finite. */
function seenMs({ online, lastSeenMs }: ServerPerson): number {
  return online ? Number.MAX_SAFE_INTEGER : (lastSeenMs ?? Number.MIN_SAFE_INTEGER);
}

function packetsOf({ packetsReceived, packetsSent }: ServerPerson): number {
  return packetsReceived + packetsSent;
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
