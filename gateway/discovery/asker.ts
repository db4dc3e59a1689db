import { addressGroup, isLoopback, type Address } from '../../shared/address.ts';
import {
  decodeDiscovery,
  discoveryGroups,
  discoveryPort,
  encodeQuery,
  nonceBytes,
  type DiscoveryAnswer,
  type DiscoveryDrop,
} from '../../shared/discovery/datagrams.ts';
import { NearbyChats, type NearbyChat, type NearbyRefusal } from '../../shared/discovery/nearby-chats.ts';
import { toHex, type PeerKey } from '../../shared/ids.ts';
import { nearbyChatsMax } from '../../shared/limits.ts';
import { KeyedTokenBucket } from '../turn/keyed-token-bucket.ts';
import { isOnLink, linkTo, type Link, type LinkDatagram } from './links.ts';
import { searchedNetworks, searchTargets, type SearchTarget } from './search.ts';

/** PROTOCOL 11.14. */
const askIntervalMs = 1_000;
/** PROTOCOL 11.15. */
const beaconMsMax = 5_000;
const goodbyeMsMax = 20_000;
/** PROTOCOL 11.17. */
const searchAfterMs = 2_000;
const searchIntervalMs = 1_000 / 128;
/** A late timer makes up for so much. After a sleep of the machine, the rest is not sent at once. */
const searchCatchUpMs = 125;
const searchAgainMs = 60_000;
/** PROTOCOL 11.19: a chat that did not answer a query to all for so long is asked at its own address. */
const unicastAfterMs = 3_000;
const unicastIntervalMs = 5_000;
/** PROTOCOL 11.20. */
const checksOfAddress = { burst: 32, intervalMs: 40 };
const checksOfAll = { burst: 600, intervalMs: 2 };
/** The nonces of 20 s, with 16 links and all chats of a full list. The oldest one is forgotten. */
const noncesMax = 8_192;

/** What becomes of a search for chats. `searching`: addresses are asked one by one. `searched`: all of that is done. */
export type AskerPhase = 'off' | 'asking' | 'searching' | 'searched';

export type AnswerDrop =
  | DiscoveryDrop
  | NearbyRefusal
  | 'no-answer'
  | 'unknown-nonce'
  | 'off-link'
  | 'too-many-checks'
  | 'wrong-signature';

export interface AskerOptions {
  readonly random: (byteCount: number) => Uint8Array;
  /** Checks the signature of a server by its peer key. */
  readonly verify: (key: PeerKey, signed: Uint8Array, signature: Uint8Array) => boolean;
  /** The hosts that the system's table of neighbours names. */
  readonly neighbours: () => readonly string[];
}

interface AskedQuery {
  readonly link: string;
  readonly atMs: number;
  /** The one host that was asked; null for a query to all. */
  readonly host: string | null;
}

interface KnownHost {
  readonly link: string;
  readonly host: string;
  heardAllAtMs: number;
  heardAtMs: number;
  askedAtMs: number;
}

/** Looks for chats on all links while it is on. Sans-I/O. */
export class Asker {
  readonly dropped: Partial<Record<AnswerDrop, number>> = {};
  readonly #options: AskerOptions;
  readonly #list = new NearbyChats();
  readonly #checks = new KeyedTokenBucket(checksOfAddress.burst, checksOfAddress.intervalMs);
  readonly #allChecks = new KeyedTokenBucket(checksOfAll.burst, checksOfAll.intervalMs);
  #phase: AskerPhase = 'off';
  #links: readonly Link[] = [];
  #ticks = 0;
  #nextTickMs = 0;
  /** From when on silence counts. */
  #silentSinceMs = 0;
  /** An answer of another machine came since then. */
  #hasHeard = false;
  #search: SearchTarget[] = [];
  #nextSearchMs = 0;
  #searched: { readonly networks: string; readonly atMs: number } | undefined;
  readonly #asked = new Map<string, AskedQuery>();
  readonly #hosts = new Map<string, KnownHost>();
  #output: LinkDatagram[] = [];
  #changed = false;

  constructor(options: AskerOptions) {
    this.#options = options;
  }

  get phase(): AskerPhase {
    return this.#phase;
  }

  chats(): NearbyChat[] {
    return this.#list.chats();
  }

  /** Returns once whether the list or the phase changed since the last call. */
  takeChange(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  start(nowMs: number): void {
    if (this.#phase !== 'off') return;
    this.#setPhase('asking');
    this.#ticks = 0;
    this.#nextTickMs = nowMs;
    this.#beginSilence(nowMs);
    this.handleTimeout(nowMs);
  }

  stop(): void {
    this.#setPhase('off');
    this.#list.clear();
    this.#asked.clear();
    this.#hosts.clear();
    this.#search = [];
    this.#output = [];
  }

  setLinks(nowMs: number, links: readonly Link[]): void {
    const isNew = searchedNetworks(links) !== searchedNetworks(this.#links);
    this.#links = links;
    if (this.#phase === 'off' || !isNew) return;
    this.#search = [];
    this.#setPhase('asking');
    this.#beginSilence(nowMs);
  }

  handleDatagram(nowMs: number, link: string, from: Address, bytes: Uint8Array): void {
    if (this.#phase === 'off') return;
    const cause = this.#handle(nowMs, link, from, bytes);
    if (cause !== undefined) this.dropped[cause] = (this.dropped[cause] ?? 0) + 1;
  }

  handleTimeout(nowMs: number): void {
    if (this.#phase === 'off') return;
    this.#forgetOld(nowMs);
    if (this.#list.expire(nowMs)) this.#changed = true;
    this.#considerSearch(nowMs);
    this.#nextSearchMs = Math.max(this.#nextSearchMs, nowMs - searchCatchUpMs);
    while (this.#search.length > 0 && this.#nextSearchMs <= nowMs) {
      const target = this.#search.shift();
      if (target !== undefined) this.#ask(nowMs, target.link, target.host, target.host);
      this.#nextSearchMs += searchIntervalMs;
      if (this.#search.length === 0) this.#setPhase('searched');
    }
    if (this.#nextTickMs > nowMs) return;
    for (const link of this.#links) this.#askAll(nowMs, link);
    this.#askKnownHosts(nowMs);
    this.#ticks++;
    // A tick that comes late moves all later ones, so that no two come within a second.
    this.#nextTickMs = nowMs + askIntervalMs;
  }

  pollTransmit(): LinkDatagram | undefined {
    return this.#output.shift();
  }

  pollTimeout(): number | undefined {
    if (this.#phase === 'off') return undefined;
    const dues = [this.#nextTickMs, this.#list.expiresAtMs() ?? this.#nextTickMs];
    if (this.#search.length > 0) dues.push(this.#nextSearchMs);
    return Math.min(...dues);
  }

  // --- asking ------------------------------------------------------------------------------------------------

  #askAll(nowMs: number, { id, family, broadcast, host }: Link): void {
    const [, zone = ''] = host.split('%');
    if (family === 6) this.#ask(nowMs, id, `${discoveryGroups.ipv6}%${zone}`, null);
    else if (this.#ticks % 2 === 0 || broadcast === null) this.#ask(nowMs, id, discoveryGroups.ipv4, null);
    else this.#ask(nowMs, id, broadcast, null);
  }

  /** Chats that a query to all does not reach stay on the list, because they are asked at their own address. */
  #askKnownHosts(nowMs: number): void {
    for (const known of this.#hosts.values()) {
      if (nowMs - known.heardAllAtMs < unicastAfterMs) continue;
      if (nowMs - known.askedAtMs < unicastIntervalMs) continue;
      known.askedAtMs = nowMs;
      this.#ask(nowMs, known.link, known.host, known.host);
    }
  }

  #ask(nowMs: number, link: string, to: string, host: string | null): void {
    const nonce = toHex(this.#options.random(nonceBytes));
    this.#asked.set(nonce, { link, atMs: nowMs, host });
    const bytes = encodeQuery({ type: 'query', nonce });
    this.#output.push({ link, to: { host: to, port: discoveryPort }, bytes });
  }

  #considerSearch(nowMs: number): void {
    if (this.#phase !== 'asking' || this.#hasHeard || nowMs - this.#silentSinceMs < searchAfterMs) return;
    const networks = searchedNetworks(this.#links);
    const last = this.#searched;
    if (last !== undefined && last.networks === networks && nowMs - last.atMs < searchAgainMs) {
      this.#setPhase('searched');
      return;
    }
    this.#searched = { networks, atMs: nowMs };
    this.#search = searchTargets(this.#links, this.#options.neighbours());
    this.#nextSearchMs = nowMs;
    this.#setPhase(this.#search.length === 0 ? 'searched' : 'searching');
  }

  #beginSilence(nowMs: number): void {
    this.#silentSinceMs = nowMs;
    this.#hasHeard = false;
  }

  #forgetOld(nowMs: number): void {
    for (const [nonce, { atMs }] of this.#asked) {
      if (nowMs - atMs < goodbyeMsMax && this.#asked.size <= noncesMax) break;
      this.#asked.delete(nonce);
    }
    for (const [name, { heardAtMs }] of this.#hosts)
      if (nowMs - heardAtMs >= goodbyeMsMax) this.#hosts.delete(name);
  }

  // --- answers -----------------------------------------------------------------------------------------------

  #handle(nowMs: number, link: string, from: Address, bytes: Uint8Array): AnswerDrop | undefined {
    const decoded = decodeDiscovery(bytes);
    if (decoded.type === 'dropped') return decoded.cause;
    if (decoded.type === 'query') return 'no-answer';
    const { answer, signed, signature } = decoded;
    const asked = this.#asked.get(answer.nonce);
    const ageMsMax = answer.type === 'beacon' ? beaconMsMax : goodbyeMsMax;
    const isFresh = asked !== undefined && asked.link === link && nowMs - asked.atMs <= ageMsMax;
    if (!isFresh || (asked.host !== null && asked.host !== from.host)) return 'unknown-nonce';
    const linkRank = this.#links.findIndex(({ id }) => id === link);
    const own = this.#links[linkRank];
    if (own === undefined || !isOnLink(own, from.host)) return 'off-link';
    const path = { link, linkRank, host: from.host };
    const refusal = this.#list.refusal(answer, path);
    if (refusal !== undefined) return refusal;
    if (this.#checks.take(nowMs, addressGroup(from)) !== undefined) return 'too-many-checks';
    if (this.#allChecks.take(nowMs, 'all') !== undefined) return 'too-many-checks';
    if (!this.#options.verify(answer.key, signed, signature)) return 'wrong-signature';
    if (this.#list.hear(nowMs, answer, path) === true) this.#changed = true;
    this.#rememberHost(nowMs, answer, asked, from.host);
    return undefined;
  }

  #rememberHost(nowMs: number, answer: DiscoveryAnswer, asked: AskedQuery, host: string): void {
    const name = `${asked.link} ${host}`;
    if (answer.type === 'goodbye') return;
    if (!isLoopback(host) && !this.#isOwn(host)) this.#hasHeard = true;
    const known = this.#hosts.get(name);
    if (known === undefined && this.#hosts.size >= nearbyChatsMax) return;
    const heardAllAtMs = asked.host === null ? nowMs : (known?.heardAllAtMs ?? Number.NEGATIVE_INFINITY);
    const askedAtMs = known?.askedAtMs ?? asked.atMs;
    this.#hosts.set(name, { link: asked.link, host, heardAllAtMs, heardAtMs: nowMs, askedAtMs });
  }

  #isOwn(host: string): boolean {
    return linkTo(this.#links, host)?.host === host;
  }

  #setPhase(phase: AskerPhase): void {
    if (this.#phase !== phase) this.#changed = true;
    this.#phase = phase;
  }
}
