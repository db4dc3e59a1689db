import { addressGroup, formatAddress } from '../address.ts';
import type { PeerKey } from '../ids.ts';
import { nearbyAddressesMax, nearbyChatsMax, nearbyChatsOfAddressMax } from '../limits.ts';
import type { Beacon, Goodbye } from './datagrams.ts';

/** A chat on the local network, as its beacons describe it. Only a handshake shows that the server has the key. */
export interface NearbyChat {
  readonly key: PeerKey;
  readonly name: string;
  readonly needsCode: boolean;
  readonly versions: readonly number[];
  /** `192.168.1.7:50000`: those from which beacons came, then those that the server names. */
  readonly addresses: readonly string[];
}

/** How a beacon came: by one of this machine's links, from one host. */
export interface BeaconPath {
  /** A lower one is shown first. */
  readonly linkRank: number;
  readonly link: string;
  readonly host: string;
}

export type NearbyRefusal = 'old-number' | 'too-many-of-address' | 'list-full';

/** 15 s without an answer (PROTOCOL 11.22). */
const nearbySilenceMsMax = 15_000;
/** An answer that was under way when the server said goodbye must not bring it back. */
const goodbyeKeptMs = 20_000;

interface Source extends BeaconPath {
  readonly number: number;
  readonly heardAtMs: number;
}

interface Entry {
  beacon: Beacon;
  /** The address group that brought this chat onto the list. */
  readonly group: string;
  readonly sources: Map<string, Source>;
}

/**
 * The list of chats nearby. It keeps at most 16 chats of one address and 500 in all. When it is full, a new chat of an address with
 * few takes the place of the newest one of the address with most.
 */
export class NearbyChats {
  readonly #entries = new Map<PeerKey, Entry>();
  readonly #groups = new Map<string, number>();
  /** The numbers of goodbyes, the oldest first. */
  readonly #gone = new Map<PeerKey, { readonly number: number; readonly atMs: number }>();

  get size(): number {
    return this.#entries.size;
  }

  /** Why a beacon would not be taken. The caller asks before it checks the signature, which costs more. */
  refusal(answer: Beacon | Goodbye, path: BeaconPath): NearbyRefusal | undefined {
    const entry = this.#entries.get(answer.key);
    if (answer.number <= (this.#gone.get(answer.key)?.number ?? -1)) return 'old-number';
    if (entry !== undefined) {
      const lastNumber =
        answer.type === 'goodbye' ? newestNumber(entry) : (entry.sources.get(path.link)?.number ?? -1);
      return answer.number <= lastNumber ? 'old-number' : undefined;
    }
    if (answer.type === 'goodbye') return 'old-number';
    const group = addressGroup(path);
    const count = this.#groups.get(group) ?? 0;
    if (count >= nearbyChatsOfAddressMax) return 'too-many-of-address';
    if (this.#entries.size < nearbyChatsMax) return undefined;
    return count + 1 < this.#largestGroup().count ? undefined : 'list-full';
  }

  /** Takes a beacon or a goodbye with a valid signature. Returns whether the list looks different now, or the refusal. */
  hear(nowMs: number, answer: Beacon | Goodbye, path: BeaconPath): boolean | NearbyRefusal {
    const refusal = this.refusal(answer, path);
    if (refusal !== undefined) return refusal;
    return answer.type === 'beacon' ? this.#take(nowMs, answer, path) : this.#sayGoodbye(nowMs, answer);
  }

  /** Forgets what was silent for too long. Returns whether the list looks different now. */
  expire(nowMs: number): boolean {
    let changed = false;
    for (const [key, entry] of this.#entries) {
      for (const [link, { heardAtMs }] of entry.sources) {
        if (nowMs - heardAtMs < nearbySilenceMsMax) continue;
        entry.sources.delete(link);
        changed = true;
      }
      if (entry.sources.size === 0) this.#remove(key);
    }
    for (const [key, { atMs }] of this.#gone) {
      if (nowMs - atMs < goodbyeKeptMs) break;
      this.#gone.delete(key);
    }
    return changed;
  }

  /** When `expire` has something to do next. */
  expiresAtMs(): number | undefined {
    let earliest: number | undefined;
    for (const { sources } of this.#entries.values())
      for (const { heardAtMs } of sources.values())
        earliest = Math.min(earliest ?? Number.POSITIVE_INFINITY, heardAtMs + nearbySilenceMsMax);
    return earliest;
  }

  clear(): void {
    this.#entries.clear();
    this.#groups.clear();
    this.#gone.clear();
  }

  /** By name, then by key, so that no line jumps when a beacon comes. */
  chats(): NearbyChat[] {
    return Array.from(this.#entries.values(), chatOf).toSorted(
      (one, other) => compare(one.name, other.name) || compare(one.key, other.key),
    );
  }

  #take(nowMs: number, beacon: Beacon, path: BeaconPath): boolean {
    const known = this.#entries.get(beacon.key);
    if (known === undefined) {
      if (this.#entries.size >= nearbyChatsMax) this.#removeNewestOf(this.#largestGroup().group);
      const group = addressGroup(path);
      this.#entries.set(beacon.key, {
        beacon,
        group,
        sources: new Map([[path.link, sourceOf(nowMs, beacon, path)]]),
      });
      this.#groups.set(group, (this.#groups.get(group) ?? 0) + 1);
      return true;
    }
    const before = JSON.stringify(chatOf(known));
    if (beacon.number > newestNumber(known)) known.beacon = beacon;
    known.sources.set(path.link, sourceOf(nowMs, beacon, path));
    return JSON.stringify(chatOf(known)) !== before;
  }

  #sayGoodbye(nowMs: number, { key, number }: Goodbye): boolean {
    this.#gone.set(key, { number, atMs: nowMs });
    return this.#remove(key);
  }

  #remove(key: PeerKey): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    const count = (this.#groups.get(entry.group) ?? 0) - 1;
    if (count > 0) this.#groups.set(entry.group, count);
    else this.#groups.delete(entry.group);
    return true;
  }

  #largestGroup(): { readonly group: string; readonly count: number } {
    let largest = { group: '', count: 0 };
    for (const [group, count] of this.#groups) if (count > largest.count) largest = { group, count };
    return largest;
  }

  #removeNewestOf(group: string): void {
    const newest = [...this.#entries].findLast(([, entry]) => entry.group === group);
    if (newest !== undefined) this.#remove(newest[0]);
  }
}

function sourceOf(heardAtMs: number, { number }: Beacon, { link, linkRank, host }: BeaconPath): Source {
  return { link, linkRank, host, number, heardAtMs };
}

function newestNumber({ sources }: Entry): number {
  return Math.max(...Array.from(sources.values(), ({ number }) => number));
}

function chatOf({ beacon, sources }: Entry): NearbyChat {
  const heard = [...sources.values()].toSorted((one, other) => one.linkRank - other.linkRank);
  const hosts = new Set([...heard.map(({ host }) => host), ...beacon.addresses]);
  const { key, name, needsCode, versions, port } = beacon;
  const addresses = Array.from(hosts, (host) => formatAddress({ host, port })).slice(0, nearbyAddressesMax);
  return { key, name, needsCode, versions, addresses };
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
