import { addressGroup, formatAddress, type Address } from '../../shared/address.ts';
import {
  decodeDiscovery,
  discoveryPort,
  signedBytesOf,
  withSignature,
  type Beacon,
  type DiscoveryAnswer,
  type DiscoveryDrop,
} from '../../shared/discovery/datagrams.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import { KeyedTokenBucket } from '../turn/keyed-token-bucket.ts';
import { linkTo, type Link, type LinkDatagram } from './links.ts';

/** PROTOCOL 11.26. */
const answerIntervalMs = 1_000;
const jitterMsMax = 100;
const answersOfLink = { burst: 64, intervalMs: 1_000 / 64 };
const askersMax = 1_024;
const askersOfAddressMax = 16;
/** PROTOCOL 11.24. */
const goodbyeMsMax = 15_000;
/** PROTOCOL 11.25. */
const askerPortMin = 1_024;

/** What a server says about itself, at this moment. */
export type BeaconFacts = Pick<Beacon, 'port' | 'needsCode' | 'versions' | 'name' | 'addresses'>;

export interface AnswererOptions {
  readonly key: PeerKey;
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  readonly facts: () => BeaconFacts;
  /** From 0 (included) to 1 (excluded). */
  readonly fraction: () => number;
}

export type QueryDrop = DiscoveryDrop | 'no-query' | 'off-link' | 'restricted-port' | 'too-many-answers';

interface KnownAsker {
  readonly address: Address;
  readonly link: string;
  readonly group: string;
  nonce: string;
  askedAtMs: number;
  answeredAtMs: number;
  /** When the answer leaves; undefined while the newest query is answered. */
  dueMs: number | undefined;
}

/** Answers the queries of askers for one server. Sans-I/O. */
export class Answerer {
  readonly dropped: Partial<Record<QueryDrop, number>> = {};
  readonly #options: AnswererOptions;
  readonly #answers = new KeyedTokenBucket(answersOfLink.burst, answersOfLink.intervalMs);
  /** The one that asked least recently is the first. */
  readonly #askers = new Map<string, KnownAsker>();
  #links: readonly Link[] = [];
  #number = 0;
  #output: LinkDatagram[] = [];

  constructor(options: AnswererOptions) {
    this.#options = options;
  }

  setLinks(links: readonly Link[]): void {
    this.#links = links;
  }

  handleDatagram({ monotonicMs }: Moment, from: Address, bytes: Uint8Array): void {
    const cause = this.#handle(monotonicMs, from, bytes);
    if (cause !== undefined) this.dropped[cause] = (this.dropped[cause] ?? 0) + 1;
  }

  handleTimeout(now: Moment): void {
    const { monotonicMs } = now;
    for (const [name, asker] of this.#askers) {
      if (asker.dueMs !== undefined && asker.dueMs <= monotonicMs) this.#answer(now, asker);
      if (monotonicMs - asker.askedAtMs > goodbyeMsMax) this.#askers.delete(name);
    }
  }

  pollTransmit(): LinkDatagram | undefined {
    return this.#output.shift();
  }

  pollTimeout(): number | undefined {
    let earliest: number | undefined;
    for (const { dueMs } of this.#askers.values())
      if (dueMs !== undefined && (earliest === undefined || dueMs < earliest)) earliest = dueMs;
    return earliest;
  }

  /** Says goodbye to all that asked lately. Nothing is answered afterwards. */
  stop(now: Moment): void {
    for (const asker of this.#askers.values()) {
      if (now.monotonicMs - asker.askedAtMs > goodbyeMsMax) continue;
      this.#send(asker, {
        type: 'goodbye',
        nonce: asker.nonce,
        number: this.#nextNumber(now.wallMs),
        key: this.#options.key,
      });
    }
    this.#askers.clear();
    this.#links = [];
  }

  #handle(nowMs: number, from: Address, bytes: Uint8Array): QueryDrop | undefined {
    const decoded = decodeDiscovery(bytes);
    if (decoded.type === 'dropped') return decoded.cause;
    if (decoded.type === 'answer') return 'no-query';
    if (from.port < askerPortMin || from.port === discoveryPort) return 'restricted-port';
    const link = linkTo(this.#links, from.host);
    if (link === undefined) return 'off-link';
    const asker = this.#askerAt(nowMs, from, link.id);
    asker.nonce = decoded.query.nonce;
    asker.askedAtMs = nowMs;
    const soonMs = nowMs + this.#options.fraction() * jitterMsMax;
    asker.dueMs ??= Math.max(soonMs, asker.answeredAtMs + answerIntervalMs);
    return undefined;
  }

  /** Moves the asker to the end of the table. A new one may take the place of the oldest. */
  #askerAt(nowMs: number, address: Address, link: string): KnownAsker {
    const name = formatAddress(address);
    const known = this.#askers.get(name);
    if (known !== undefined) {
      this.#askers.delete(name);
      this.#askers.set(name, known);
      return known;
    }
    const group = addressGroup(address);
    const ofGroup = [...this.#askers].filter(([, asker]) => asker.group === group);
    const [oldestOfGroup] = ofGroup[0] ?? [];
    if (ofGroup.length >= askersOfAddressMax && oldestOfGroup !== undefined)
      this.#askers.delete(oldestOfGroup);
    const [oldest] = this.#askers.keys();
    if (this.#askers.size >= askersMax && oldest !== undefined) this.#askers.delete(oldest);
    const answeredAtMs = Number.NEGATIVE_INFINITY;
    const asker = { address, link, group, nonce: '', askedAtMs: nowMs, answeredAtMs, dueMs: undefined };
    this.#askers.set(name, asker);
    return asker;
  }

  #answer({ monotonicMs, wallMs }: Moment, asker: KnownAsker): void {
    asker.dueMs = undefined;
    if (this.#answers.take(monotonicMs, asker.link) !== undefined) {
      this.dropped['too-many-answers'] = (this.dropped['too-many-answers'] ?? 0) + 1;
      return;
    }
    asker.answeredAtMs = monotonicMs;
    const { key, facts } = this.#options;
    const { port, needsCode, versions, name, addresses } = facts();
    this.#send(asker, {
      type: 'beacon',
      nonce: asker.nonce,
      number: this.#nextNumber(wallMs),
      key,
      port,
      needsCode,
      versions,
      name,
      addresses,
    });
  }

  #send({ link, address }: KnownAsker, answer: DiscoveryAnswer): void {
    const signed = signedBytesOf(answer);
    this.#output.push({ link, to: address, bytes: withSignature(signed, this.#options.sign(signed)) });
  }

  /** PROTOCOL 11.27. */
  #nextNumber(wallMs: number): number {
    this.#number = Math.max(this.#number + 1, Math.floor(wallMs));
    return this.#number;
  }
}
