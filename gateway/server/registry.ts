import type { Address } from '../../shared/address.ts';
import type { RosterRow } from '../../shared/chat/kinds.ts';
import type { PeerKey, InstanceId, SigningKey } from '../../shared/ids.ts';
import { goneNamesMax, namesMax, newNamesBurst } from '../../shared/limits.ts';
import type { Moment } from '../../shared/moment.ts';
import { nicknameComparisonKey, parseNickname, suggestNickname } from '../../shared/nickname.ts';
import type { NameRepository } from '../store/server-store.ts';
import { KeyedTokenBucket } from './keyed-token-bucket.ts';
import { RosterLog, type RosterDelta } from './roster-log.ts';

/** One row of the client table. */
export interface Registrant {
  readonly key: PeerKey;
  readonly signingKey: SigningKey;
  readonly nickname: string;
  readonly candidates: readonly string[];
  readonly presence: Presence;
  /** Whether others may know when the person was online last; since when it is offline, if that is so and known. */
  readonly showsLastSeen: boolean;
  readonly lastSeenMs: number | null;
  /** How often `candidates` have changed. */
  readonly addressRevision: number;
  /** For how long the person was online before the last change of `presence`, and when that was: by the server's running time. */
  readonly onlineMs: number;
  readonly presenceSinceMs: number;
}

/**
 * `expected`: was online when the server stopped, and is being met again, which takes a few seconds at most. Others are
 * told nothing meanwhile: most come back, and a server's restart is no news of thousands of people.
 * A registration belongs to the connection over which it came, and to the run of the gateway that said it.
 */
export type Presence =
  | { readonly state: 'offline' }
  | { readonly state: 'expected' }
  | { readonly state: 'online'; readonly registration: number; readonly instanceId: InstanceId };

/** What somebody asks for with `register`. */
export interface RegistrationRequest {
  /** Checked already to belong to the key. */
  readonly signingKey: SigningKey;
  readonly nickname: string;
  readonly candidates: readonly string[];
  /** Where it comes from, and when. */
  readonly from: Pick<Address, 'host'>;
  readonly now: Pick<Moment, 'monotonicMs'>;
  readonly registration: number;
  readonly instanceId: InstanceId;
  /** Whether the person asked for it, or the gateway comes back by itself. */
  readonly userInitiated: boolean;
}

export type RegistrationResult =
  | { readonly type: 'granted'; readonly registrant: Registrant }
  | { readonly type: 'refused'; readonly code: 'nickname-taken'; readonly suggestion: string }
  | {
      readonly type: 'refused';
      readonly code:
        | 'displaced'
        | 'server-full'
        | 'too-often'
        | 'nickname-empty'
        | 'nickname-too-long'
        | 'nickname-not-allowed';
      readonly suggestion: null;
    };

/** What one key may make everybody hear: so many changes of its row at once, then one in each interval. */
const newsBurst = 10;
const newsIntervalMs = 5_000;
/** Of one address so many new names at once, then one in each interval. */
const newNamesIntervalMs = 1_000;

/**
 * The client table: who carries which nickname, and who is online; and with which version each row was told last. What
 * changes is told when it is published, and not before.
 */
export class Registry {
  readonly #names: NameRepository;
  /** For how long this server has instanceId, over all its processes. */
  readonly #runningMs: () => number;
  readonly #log: RosterLog;
  /** Names that were removed up to this version are not in the log any more. */
  #forgottenVersion: number;
  /** Rows of removed names that are still told, the one that has gone longest ago first. */
  readonly #gone: PeerKey[] = [];
  readonly #newNames = new KeyedTokenBucket(newNamesBurst, newNamesIntervalMs);
  readonly #allowance = new KeyedTokenBucket(newsBurst, newsIntervalMs);
  /** Rows with something to be told, and when that may be. */
  readonly #unpublished = new Map<PeerKey, number>();
  readonly #byKey = new Map<PeerKey, Registrant>();
  readonly #byComparison = new Map<string, PeerKey>();

  /**
   * `survivor` gives the presence of who is still connected when memory is rebuilt; everybody else who was online is
   * expected back.
   */
  constructor(
    names: NameRepository,
    runningMs: () => number,
    survivor: (key: PeerKey) => Presence | undefined = () => undefined,
  ) {
    this.#names = names;
    this.#runningMs = runningMs;
    this.#forgottenVersion = names.removedVersion();
    const records = names.all();
    for (const { online, version, ...record } of records) {
      const { key, nickname } = record;
      const presence: Presence = online ? (survivor(key) ?? { state: 'expected' }) : { state: 'offline' };
      this.#byKey.set(key, { ...record, presence });
      this.#byComparison.set(nicknameComparisonKey(nickname), key);
      if (version === 0) this.#unpublished.set(key, Number.NEGATIVE_INFINITY);
    }
    this.#log = new RosterLog(
      records.filter(({ version }) => version > 0),
      names.highestVersion(),
    );
  }

  /** The version of the table as it was told last. */
  get version(): number {
    return this.#log.version;
  }

  /** The version from which somebody can be told the rest; 0 to begin anew, where it is not known what has gone since. */
  resumableFrom(version: number): number {
    return version < this.#forgottenVersion ? 0 : version;
  }

  /** What somebody lacks who has the table of this version. */
  since(version: number, rowsMax: number): RosterDelta {
    return this.#log.since(version, rowsMax);
  }

  /** When something may be told that could not be told yet. */
  get publishDueMs(): number | undefined {
    let earliest: number | undefined;
    for (const dueMs of this.#unpublished.values())
      if (earliest === undefined || dueMs < earliest) earliest = dueMs;
    return earliest;
  }

  /** Gives versions to the rows that have changed, as far as their keys may make news. */
  publish(nowMs: number): void {
    for (const [key, dueMs] of this.#unpublished) {
      if (dueMs > nowMs) continue;
      const registrant = this.#byKey.get(key);
      if (registrant === undefined) {
        this.#unpublished.delete(key);
        this.#names.remove(key, this.#log.touch(key));
        this.#gone.push(key);
        this.#forgetGone();
        continue;
      }
      const freeAtMs = this.#allowance.take(nowMs, key);
      if (freeAtMs !== undefined) {
        this.#unpublished.set(key, freeAtMs);
        continue;
      }
      this.#unpublished.delete(key);
      this.#write(registrant, this.#log.touch(key));
    }
  }

  /** What others are told of this key. */
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
      };
    const { signingKey, nickname, addressRevision, lastSeenMs } = registrant;
    return { key, signingKey, nickname, online: isSeenOnline(registrant), addressRevision, lastSeenMs };
  }

  find(key: PeerKey): Registrant | undefined {
    return this.#byKey.get(key);
  }

  everybody(): Iterable<Registrant> {
    return this.#byKey.values();
  }

  isOnline(key: PeerKey): boolean {
    return this.#byKey.get(key)?.presence.state === 'online';
  }

  /** For people in sentences: the nickname, or the key's beginning where no name is known. */
  nameOf(key: PeerKey): string {
    return this.#byKey.get(key)?.nickname ?? key.slice(0, 8);
  }

  /**
   * The same key may always come back, also under another name, which frees the old one; another key's nickname
   * is refused, whether its owner is online or not (DESIGN section 4). Of two gateways with one key, the one whose
   * person asked last is online.
   */
  register(key: PeerKey, request: RegistrationRequest): RegistrationResult {
    const { signingKey, candidates, registration, instanceId } = request;
    const parsed = parseNickname(request.nickname);
    if ('error' in parsed) return { type: 'refused', code: parsed.error, suggestion: null };
    if (!request.userInitiated && this.#isHeldByAnother(key, instanceId))
      return { type: 'refused', code: 'displaced', suggestion: null };
    const comparison = nicknameComparisonKey(parsed.nickname);
    const owner = this.#byComparison.get(comparison);
    if (owner !== undefined && owner !== key) {
      const suggestion = suggestNickname(parsed.nickname, (candidate) => this.#byComparison.has(candidate));
      return { type: 'refused', code: 'nickname-taken', suggestion };
    }
    const former = this.#byKey.get(key);
    const obstacle = former === undefined ? this.#obstacleToNew(request) : undefined;
    if (obstacle !== undefined) return { type: 'refused', code: obstacle, suggestion: null };
    if (former !== undefined) this.#byComparison.delete(nicknameComparisonKey(former.nickname));
    this.#byComparison.set(comparison, key);
    const registrant: Registrant = {
      showsLastSeen: former?.showsLastSeen ?? false,
      lastSeenMs: null,
      addressRevision: former?.addressRevision ?? 0,
      onlineMs: former?.onlineMs ?? 0,
      presenceSinceMs: former?.presenceSinceMs ?? this.#runningMs(),
      key,
      signingKey,
      nickname: parsed.nickname,
      candidates,
      presence: { state: 'online', registration, instanceId },
    };
    this.#put(registrant);
    return { type: 'granted', registrant };
  }

  /** Whether others may know when this person was online last, from now on. */
  showLastSeen(key: PeerKey, showsLastSeen: boolean): void {
    const registrant = this.#byKey.get(key);
    if (registrant !== undefined && registrant.showsLastSeen !== showsLastSeen)
      this.#put({ ...registrant, showsLastSeen });
  }

  /** Who has this nickname, however it is written. */
  ownerOf(nickname: string): Registrant | undefined {
    const key = this.#byComparison.get(nicknameComparisonKey(nickname));
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  /** The nickname is anybody's, and its owner nobody's acquaintance any more, until both register again. */
  release({ key, nickname }: Registrant): void {
    this.#byKey.delete(key);
    this.#byComparison.delete(nicknameComparisonKey(nickname));
    // At once: a server that is started again before anybody was told does not know whose name is gone.
    this.#names.remove(key, this.#log.touch(key));
    this.#unpublished.set(key, Number.NEGATIVE_INFINITY);
  }

  /** Somebody known is at other addresses than before; false when they are the same ones. */
  move(key: PeerKey, candidates: readonly string[]): boolean {
    const registrant = this.#byKey.get(key);
    if (registrant === undefined || registrant.candidates.join() === candidates.join()) return false;
    this.#put({ ...registrant, candidates });
    return true;
  }

  /** False when the person was offline before. `wallMs`: the server's clock now. */
  markOffline(key: PeerKey, wallMs: number): boolean {
    const registrant = this.#byKey.get(key);
    if (registrant === undefined || registrant.presence.state === 'offline') return false;
    // Who was expected in vain has gone while no server looked.
    const isKnown = registrant.showsLastSeen && registrant.presence.state === 'online';
    this.#put({ ...registrant, presence: { state: 'offline' }, lastSeenMs: isKnown ? wallMs : null });
    return true;
  }

  /** Why nobody new can come, if so. For one more name than there is room for, another one is released. */
  #obstacleToNew({ from, now }: RegistrationRequest): 'too-often' | 'server-full' | undefined {
    const isFull = this.#byKey.size >= namesMax;
    const leastHere = isFull ? this.#leastHere() : undefined;
    if (isFull && leastHere === undefined) return 'server-full';
    if (this.#newNames.take(now.monotonicMs, from.host) !== undefined) return 'too-often';
    if (leastHere !== undefined) this.release(leastHere);
    return undefined;
  }

  /**
   * Who is offline and was online for the shortest time altogether, of equals the one who is gone longest: time online
   * cannot be had faster than it passes, nor by more at a time than there are connections (docs/decisions/0015-lies.md).
   */
  #leastHere(): Registrant | undefined {
    let least: Registrant | undefined;
    for (const one of this.#byKey.values()) {
      if (one.presence.state !== 'offline') continue;
      const isLess =
        least === undefined ||
        one.onlineMs < least.onlineMs ||
        (one.onlineMs === least.onlineMs && one.presenceSinceMs < least.presenceSinceMs);
      if (isLess) least = one;
    }
    return least;
  }

  /** Nobody's log grows with all who ever were here. */
  #forgetGone(): void {
    while (this.#gone.length > goneNamesMax) {
      const key = this.#gone.shift();
      if (key === undefined || this.#byKey.has(key)) continue;
      this.#forgottenVersion = Math.max(this.#forgottenVersion, this.#log.versionOf(key));
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
    const after = {
      ...changed,
      ...this.#timesOf(before, changed),
      addressRevision: changed.addressRevision + (hasMoved ? 1 : 0),
    };
    this.#byKey.set(after.key, after);
    const isNews = before === undefined || !isToldAlike(before, after);
    if (isNews && !this.#unpublished.has(after.key))
      this.#unpublished.set(after.key, Number.NEGATIVE_INFINITY);
    this.#write(after, this.#unpublished.has(after.key) ? 0 : this.#log.versionOf(after.key));
  }

  /** For how long who was here; a server's restart is no change. */
  #timesOf(
    before: Registrant | undefined,
    after: Registrant,
  ): Pick<Registrant, 'onlineMs' | 'presenceSinceMs'> {
    const { onlineMs, presenceSinceMs } = after;
    if (before === undefined || isSeenOnline(before) === isSeenOnline(after))
      return { onlineMs, presenceSinceMs };
    const runningMs = this.#runningMs();
    const sinceMs = Math.max(0, runningMs - presenceSinceMs);
    return { onlineMs: onlineMs + (isSeenOnline(before) ? sinceMs : 0), presenceSinceMs: runningMs };
  }

  #write({ presence, ...registrant }: Registrant, version: number): void {
    // Whoever is still expected when the next server starts is expected again.
    this.#names.put({ ...registrant, online: presence.state !== 'offline', version });
  }
}

/** Whether others are told the same of both. */
function isToldAlike(one: Registrant, other: Registrant): boolean {
  return (
    one.nickname === other.nickname &&
    isSeenOnline(one) === isSeenOnline(other) &&
    one.addressRevision === other.addressRevision &&
    one.lastSeenMs === other.lastSeenMs
  );
}

/** Whether the person is online for others. */
function isSeenOnline({ presence }: Registrant): boolean {
  return presence.state !== 'offline';
}
