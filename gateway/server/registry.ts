import { addressGroup, type Address } from '../../shared/address.ts';
import type { GuestOf } from '../../shared/chat/guest.ts';
import type { RosterRow } from '../../shared/chat/kinds.ts';
import type { PeerKey, InstanceId, SigningKey } from '../../shared/ids.ts';
import {
  guestsOfHostMax,
  namesMax,
  newNamesBurst,
  removedNamesMax,
  rowChangesBurst,
} from '../../shared/limits.ts';
import type { Moment } from '../../shared/moment.ts';
import { parseNickname, suggestNickname } from '../../shared/nickname.ts';
import type { ServerSettings } from '../../shared/settings.ts';
import type { NameRepository } from '../store/server-store.ts';
import { KeyedTokenBucket } from '../turn/keyed-token-bucket.ts';
import { NicknameIndex } from './nickname-index.ts';
import { RosterLog, type RosterDelta } from './roster-log.ts';

/** A registered nickname: one row of the client table. */
export interface Registrant {
  readonly key: PeerKey;
  readonly signingKey: SigningKey;
  readonly nickname: string;
  readonly candidates: readonly string[];
  readonly presence: Presence;
  readonly settings: ServerSettings;
  /** What the client can do beyond the rules. */
  readonly features: readonly string[];
  /** The host of a guest, with the signatures; null for a user with a program of their own. It never changes. */
  readonly guestOf: GuestOf | null;
  /** Since when the user is offline, by the server's clock; null if that is unknown. Published only if the user allows it. */
  readonly lastSeenMs: number | null;
  /** How often `candidates` have changed. */
  readonly addressRevision: number;
  /** For how long the user was online in total before the last change of `presence`. */
  readonly onlineMs: number;
  /** When `presence` last changed, by the server's running time. */
  readonly presenceSinceMs: number;
}

/**
 * `expected`: was online when the server stopped, and is dialed again, which takes a few seconds. Others see these users
 * online, because most return: a restart of the server must not publish thousands of changes.
 * A registration belongs to the connection over which it came, and to the instance of the gateway that sent it.
 */
export type Presence =
  | { readonly state: 'offline' }
  | { readonly state: 'expected' }
  | { readonly state: 'online'; readonly registration: number; readonly instanceId: InstanceId };

/** What a client asks for with `register`. */
export interface RegistrationRequest {
  /** The caller has checked that it belongs to the key. */
  readonly signingKey: SigningKey;
  readonly nickname: string;
  readonly candidates: readonly string[];
  /** Where the request comes from. */
  readonly from: Pick<Address, 'host'>;
  readonly now: Pick<Moment, 'monotonicMs'>;
  readonly registration: number;
  readonly instanceId: InstanceId;
  /** Whether the user asked for it; otherwise the gateway reconnects by itself. */
  readonly userInitiated: boolean;
  readonly settings: ServerSettings;
  readonly features: readonly string[];
  /** The caller has verified it. */
  readonly guestOf: GuestOf | null;
}

export type RegistrationResult =
  | { readonly type: 'granted'; readonly registrant: Registrant }
  | {
      readonly type: 'refused';
      readonly code: 'nickname-taken' | 'nickname-look-alike';
      readonly suggestion: string | null;
    }
  | {
      readonly type: 'refused';
      readonly code:
        | 'displaced'
        | 'guest-statement-invalid'
        | 'guest-host-unknown'
        | 'guests-full'
        | 'server-full'
        | 'nickname-empty'
        | 'nickname-too-long'
        | 'nickname-not-allowed';
      readonly suggestion: null;
    }
  | {
      readonly type: 'refused';
      readonly code: 'too-often';
      readonly suggestion: null;
      /** When the next name from this address is taken. */
      readonly retryAfterMs: number;
    };

type Refusal = Extract<RegistrationResult, { readonly type: 'refused' }>;

/** After `rowChangesBurst` changes of one row, one per interval is published. */
const publishIntervalMs = 5_000;
/** After `newNamesBurst` new names from one address, one per interval is accepted. */
const newNamesIntervalMs = 1_000;

/**
 * The client table: the nickname of each key, which users are online, and the version at which each row was last
 * published. Subscribers see a change when it is published, and not before.
 */
export class Registry {
  readonly #names: NameRepository;
  /** The running time of all processes of this server. */
  readonly #runningMs: () => number;
  readonly #log: RosterLog;
  /** Removals up to this version are no longer in the log. */
  #prunedVersion: number;
  /** Removed rows that are still in the log, the earliest removal first. */
  readonly #removed: PeerKey[] = [];
  readonly #newNameLimit = new KeyedTokenBucket(newNamesBurst, newNamesIntervalMs);
  readonly #publishLimit = new KeyedTokenBucket(rowChangesBurst, publishIntervalMs);
  /** Rows with an unpublished change, and when it may be published. */
  readonly #unpublished = new Map<PeerKey, number>();
  readonly #byKey = new Map<PeerKey, Registrant>();
  readonly #nicknames = new NicknameIndex();

  /**
   * `presenceAfterFault` returns the presence of a client that is still connected when memory is rebuilt. All other
   * clients that were online are expected to return.
   */
  constructor(
    names: NameRepository,
    runningMs: () => number,
    presenceAfterFault: (key: PeerKey) => Presence | undefined = () => undefined,
  ) {
    this.#names = names;
    this.#runningMs = runningMs;
    this.#prunedVersion = names.removedVersion();
    const records = names.all();
    for (const { online, version, ...record } of records) {
      const { key, nickname } = record;
      const presence: Presence = online
        ? (presenceAfterFault(key) ?? { state: 'expected' })
        : { state: 'offline' };
      this.#byKey.set(key, { ...record, presence });
      this.#nicknames.add(key, nickname);
      if (version === 0) this.#unpublished.set(key, Number.NEGATIVE_INFINITY);
    }
    this.#log = new RosterLog(
      records.filter(({ version }) => version > 0),
      names.highestVersion(),
    );
  }

  /** The published version of the table. */
  get version(): number {
    return this.#log.version;
  }

  /** The version from which a subscriber at `version` can get a delta; 0 if removals since then are pruned. */
  resumableFrom(version: number): number {
    return version < this.#prunedVersion ? 0 : version;
  }

  /** Returns what a subscriber at `version` lacks. */
  since(version: number, rowsMax: number): RosterDelta {
    return this.#log.since(version, rowsMax);
  }

  /** When the next change may be published, undefined without one. */
  get publishDueMs(): number | undefined {
    let earliest: number | undefined;
    for (const dueMs of this.#unpublished.values())
      if (earliest === undefined || dueMs < earliest) earliest = dueMs;
    return earliest;
  }

  /** Gives versions to the rows that have changed, as far as the limit of each key allows. */
  publish(nowMs: number): void {
    for (const [key, dueMs] of this.#unpublished) {
      if (dueMs > nowMs) continue;
      const registrant = this.#byKey.get(key);
      if (registrant === undefined) {
        this.#unpublished.delete(key);
        this.#names.remove(key, this.#log.touch(key));
        this.#removed.push(key);
        this.#pruneRemoved();
        continue;
      }
      const freeAtMs = this.#publishLimit.take(nowMs, key);
      if (freeAtMs !== undefined) {
        this.#unpublished.set(key, freeAtMs);
        continue;
      }
      this.#unpublished.delete(key);
      this.#write(registrant, this.#log.touch(key));
    }
  }

  /** The row of this key as it is published. */
  row(key: PeerKey): RosterRow {
    const registrant = this.#byKey.get(key);
    if (registrant === undefined)
      return {
        key,
        signingKey: null,
        nickname: null,
        online: false,
        addressRevision: 0,
        lastSeenMs: null,
        features: [],
      };
    const { signingKey, nickname, addressRevision, features, guestOf } = registrant;
    return {
      key,
      signingKey,
      nickname,
      online: appearsOnline(registrant),
      addressRevision,
      lastSeenMs: publishedLastSeenMs(registrant),
      features: [...features],
      ...(guestOf === null ? {} : { guestOf: { ...guestOf } }),
    };
  }

  find(key: PeerKey): Registrant | undefined {
    return this.#byKey.get(key);
  }

  all(): Iterable<Registrant> {
    return this.#byKey.values();
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** All keys with a nickname. */
  keys(): Iterable<PeerKey> {
    return this.#byKey.keys();
  }

  /** The keys that are online, or were within this time of the server's running time. */
  recent(withinMs: number): ReadonlySet<PeerKey> {
    const sinceMs = this.#runningMs() - withinMs;
    const keys = new Set<PeerKey>();
    for (const one of this.#byKey.values())
      if (appearsOnline(one) || one.presenceSinceMs > sinceMs) keys.add(one.key);
    return keys;
  }

  isOnline(key: PeerKey): boolean {
    return this.#byKey.get(key)?.presence.state === 'online';
  }

  /** For how long the user was online in total, until now. */
  totalOnlineMs(key: PeerKey): number {
    const registrant = this.#byKey.get(key);
    if (registrant === undefined) return 0;
    const { onlineMs, presenceSinceMs } = registrant;
    return appearsOnline(registrant) ? onlineMs + Math.max(0, this.#runningMs() - presenceSinceMs) : onlineMs;
  }

  /** A name for log lines: the nickname, or the first digits of a key without one. No nickname has a space. */
  nameOf(key: PeerKey): string {
    return this.#byKey.get(key)?.nickname ?? `key ${key.slice(0, 8)}`;
  }

  /**
   * Registers a key under a nickname. A known key may always return, even under another name, which frees the old one.
   * The nickname of another key is refused, and one that looks like it, even while its owner is offline. Of two gateways with one key, the one that
   * its user last registered is online.
   */
  register(key: PeerKey, request: RegistrationRequest): RegistrationResult {
    const { signingKey, candidates, registration, instanceId } = request;
    const parsed = parseNickname(request.nickname);
    if ('error' in parsed) return { type: 'refused', code: parsed.error, suggestion: null };
    if (!request.userInitiated && this.#isHeldByAnother(key, instanceId))
      return { type: 'refused', code: 'displaced', suggestion: null };
    const owner = this.#nicknames.ownerOf(parsed.nickname);
    // PROTOCOL 6.9: the owner comes back under its nickname, whatever looks like it.
    const isOfAnother = owner !== undefined && owner !== key;
    if (isOfAnother || (owner !== key && this.#nicknames.looksTaken(parsed.nickname, key))) {
      const code = isOfAnother ? 'nickname-taken' : 'nickname-look-alike';
      const suggestion = suggestNickname(parsed.nickname, (wanted) => this.#nicknames.looksTaken(wanted));
      return { type: 'refused', code, suggestion };
    }
    const previous = this.#byKey.get(key);
    const refusal = previous === undefined ? this.#refusalOfNew(request) : undefined;
    if (refusal !== undefined) return refusal;
    if (previous !== undefined) this.#nicknames.remove(key, previous.nickname);
    this.#nicknames.add(key, parsed.nickname);
    const registrant: Registrant = {
      settings: request.settings,
      lastSeenMs: null,
      addressRevision: previous?.addressRevision ?? 0,
      onlineMs: previous?.onlineMs ?? 0,
      presenceSinceMs: previous?.presenceSinceMs ?? this.#runningMs(),
      key,
      signingKey,
      nickname: parsed.nickname,
      candidates,
      presence: { state: 'online', registration, instanceId },
      features: request.features,
      guestOf: previous === undefined ? request.guestOf : previous.guestOf,
    };
    this.#put(registrant);
    return { type: 'granted', registrant };
  }

  /** PROTOCOL 6.115: returns why this key cannot be the guest that it says. `claim`: verified, or null without one. */
  refusalOfGuest(
    key: PeerKey,
    claim: GuestOf | null,
  ): 'guest-statement-invalid' | 'guest-host-unknown' | undefined {
    if (claim === null) return undefined;
    const known = this.#byKey.get(key);
    // A guest stays one, of the same host. A user with a program of their own becomes no guest: they may own rooms.
    if (known !== undefined)
      return known.guestOf?.host === claim.host ? undefined : 'guest-statement-invalid';
    const host = this.#byKey.get(claim.host);
    if (host === undefined) return 'guest-host-unknown';
    // The limit of guests holds for their host, so no guest has guests. A host has some left after its nickname was released.
    return host.guestOf === null && this.#guestsOf(key).length === 0 ? undefined : 'guest-statement-invalid';
  }

  /** The user has changed a setting. */
  setSettings(key: PeerKey, settings: ServerSettings): void {
    const registrant = this.#byKey.get(key);
    if (registrant !== undefined) this.#put({ ...registrant, settings });
  }

  /** Returns the registrant with this nickname, or one that RFC 8266 compares equal to it. */
  ownerOf(nickname: string): Registrant | undefined {
    const key = this.#nicknames.ownerOf(nickname);
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  /** Frees the nickname and forgets its owner. Either may register again. */
  release({ key, nickname }: Registrant): void {
    this.#byKey.delete(key);
    this.#nicknames.remove(key, nickname);
    // On disk at once: a server that restarts before the next publication would not know which name was removed.
    this.#names.remove(key, this.#log.touch(key));
    this.#unpublished.set(key, Number.NEGATIVE_INFINITY);
  }

  /** Sets the addresses of a registrant. Returns false if they are the same as before. */
  move(key: PeerKey, candidates: readonly string[]): boolean {
    const registrant = this.#byKey.get(key);
    if (registrant === undefined || registrant.candidates.join() === candidates.join()) return false;
    this.#put({ ...registrant, candidates });
    return true;
  }

  /** Returns false if the user was offline before. `wallMs`: the server's clock now. */
  markOffline(key: PeerKey, wallMs: number): boolean {
    const registrant = this.#byKey.get(key);
    if (registrant === undefined || registrant.presence.state === 'offline') return false;
    // A user that was expected in vain left while the server was down, at an unknown time.
    const isKnown = registrant.presence.state === 'online';
    this.#put({ ...registrant, presence: { state: 'offline' }, lastSeenMs: isKnown ? wallMs : null });
    return true;
  }

  /** Returns why a new key is refused, or makes room for it by releasing another name. */
  #refusalOfNew({ from, now, guestOf }: RegistrationRequest): Refusal | undefined {
    const crowd = this.#crowdFor(guestOf);
    const leastPresent = crowd === undefined ? undefined : leastPresentOf(crowd.registrants);
    if (crowd !== undefined && leastPresent === undefined)
      return { type: 'refused', code: crowd.code, suggestion: null };
    const freeAtMs = this.#newNameLimit.take(now.monotonicMs, addressGroup(from));
    if (freeAtMs !== undefined) {
      const retryAfterMs = Math.ceil(freeAtMs - now.monotonicMs);
      return { type: 'refused', code: 'too-often', suggestion: null, retryAfterMs };
    }
    if (leastPresent !== undefined) this.release(leastPresent);
    return undefined;
  }

  #guestsOf(host: PeerKey): Registrant[] {
    return [...this.#byKey.values()].filter((one) => one.guestOf?.host === host);
  }

  /** Returns the registrants of which one makes room for a new key; undefined where there is room. */
  #crowdFor(
    guestOf: GuestOf | null,
  ):
    { readonly code: 'guests-full' | 'server-full'; readonly registrants: Iterable<Registrant> } | undefined {
    if (guestOf !== null) {
      const guests = this.#guestsOf(guestOf.host);
      if (guests.length >= guestsOfHostMax) return { code: 'guests-full', registrants: guests };
    }
    if (this.#byKey.size < namesMax) return undefined;
    return { code: 'server-full', registrants: this.#byKey.values() };
  }

  /** Drops the earliest removals, so that the log does not grow with every name that ever existed. */
  #pruneRemoved(): void {
    while (this.#removed.length > removedNamesMax) {
      const key = this.#removed.shift();
      if (key === undefined || this.#byKey.has(key)) continue;
      this.#prunedVersion = Math.max(this.#prunedVersion, this.#log.versionOf(key));
      this.#log.forget(key);
    }
  }

  #isHeldByAnother(key: PeerKey, instanceId: InstanceId): boolean {
    const presence = this.#byKey.get(key)?.presence;
    return presence?.state === 'online' && presence.instanceId !== instanceId;
  }

  #put(changed: Registrant): void {
    const before = this.#byKey.get(changed.key);
    const hasMoved = before !== undefined && before.candidates.join() !== changed.candidates.join();
    const { onlineMs, presenceSinceMs } = this.#timesOf(before, changed);
    const after = {
      ...changed,
      onlineMs,
      presenceSinceMs,
      addressRevision: changed.addressRevision + (hasMoved ? 1 : 0),
    };
    this.#byKey.set(after.key, after);
    const isVisible = before === undefined || !looksTheSame(before, after);
    if (isVisible && !this.#unpublished.has(after.key))
      this.#unpublished.set(after.key, Number.NEGATIVE_INFINITY);
    this.#write(after, this.#unpublished.has(after.key) ? 0 : this.#log.versionOf(after.key));
  }

  /** Counts the time online when the presence changes. A restart of the server is not a change. */
  #timesOf(
    before: Registrant | undefined,
    after: Registrant,
  ): Pick<Registrant, 'onlineMs' | 'presenceSinceMs'> {
    const { onlineMs, presenceSinceMs } = after;
    if (before === undefined || appearsOnline(before) === appearsOnline(after))
      return { onlineMs, presenceSinceMs };
    const runningMs = this.#runningMs();
    const sinceMs = Math.max(0, runningMs - presenceSinceMs);
    return { onlineMs: onlineMs + (appearsOnline(before) ? sinceMs : 0), presenceSinceMs: runningMs };
  }

  #write({ presence, ...registrant }: Registrant, version: number): void {
    // A user that is still expected when the next server starts is expected again.
    this.#names.put({ ...registrant, online: presence.state !== 'offline', version });
  }
}

/**
 * Returns the offline user with the shortest total time online; among equals, the one that has been offline longest.
 * Time online cannot be gained faster than it passes, nor by more keys at a time than there are connections
 * (docs/decisions/0015-lies.md).
 */
function leastPresentOf(registrants: Iterable<Registrant>): Registrant | undefined {
  let least: Registrant | undefined;
  for (const one of registrants) {
    if (one.presence.state !== 'offline') continue;
    const isLess =
      least === undefined ||
      one.onlineMs < least.onlineMs ||
      (one.onlineMs === least.onlineMs && one.presenceSinceMs < least.presenceSinceMs);
    if (isLess) least = one;
  }
  return least;
}

/** Whether both are published as the same row. */
function looksTheSame(one: Registrant, other: Registrant): boolean {
  return (
    one.nickname === other.nickname &&
    appearsOnline(one) === appearsOnline(other) &&
    one.addressRevision === other.addressRevision &&
    publishedLastSeenMs(one) === publishedLastSeenMs(other) &&
    one.features.join() === other.features.join()
  );
}

/** PROTOCOL 6.54: the operator sees when a user was last online. Others see it only if the user allows it. */
function publishedLastSeenMs({ settings, lastSeenMs }: Registrant): number | null {
  return settings.lastSeen ? lastSeenMs : null;
}

/** Whether others see the user online. */
export function appearsOnline({ presence }: Registrant): boolean {
  return presence.state !== 'offline';
}
