import { encodeMessage } from '../../shared/chat/codec.ts';
import type { ProtocolMessageOf, RosterRow } from '../../shared/chat/kinds.ts';
import type { PeerKey, ServerEpoch } from '../../shared/ids.ts';
import { rosterChunkRowsMax } from '../../shared/limits.ts';
import type { RosterDelta } from './roster-log.ts';

/** The least time between two publications: a burst of changes is one roster. */
const publishIntervalMs = 250;
/** Encoded chunks that are kept: subscribers that lack the same rows get the same bytes. */
const encodedMax = 64;

/** The client table with its versions. */
export interface RosterTable {
  /** The published version of the table. */
  readonly version: number;
  /** When a change that is not published yet may be published, undefined without one. */
  readonly publishDueMs: number | undefined;
  /** Gives versions to the changes that may be published. */
  publish(nowMs: number): void;
  /** The version from which a subscriber at `version` can get a delta; 0 if it needs a full snapshot. */
  resumableFrom(version: number): number;
  since(version: number, rowsMax: number): RosterDelta;
  row(key: PeerKey): RosterRow;
}

export interface RosterPublisherOptions {
  readonly epoch: ServerEpoch;
  readonly table: RosterTable;
  readonly send: (to: PeerKey, bytes: Uint8Array, token: string) => void;
}

interface Subscriber {
  /** The version that the subscriber has acknowledged. */
  known: number;
  inFlight: { readonly token: string; readonly to: number; readonly last: boolean } | undefined;
  /** When the last chunk was sent. */
  sentAtMs: number;
  /** A chunk (possibly empty) was not sent and must be resent. */
  isOwed: boolean;
  /** The queue to the subscriber had no room. It gets nothing until there is room again. */
  isQueueFull: boolean;
}

/**
 * Publishes the client table to every client that is online. Each client gets the rows that it lacks, in chunks, one in
 * flight at a time. Later changes go into the next chunk, so no client gets an older state after a newer one, or a state twice.
 */
export class RosterPublisher {
  readonly #options: RosterPublisherOptions;
  readonly #subscribers = new Map<PeerKey, Subscriber>();
  readonly #encoded = new Map<number, { readonly delta: RosterDelta; readonly bytes: Uint8Array }>();
  #tokenCount = 0;
  #lastPublishedMs = Number.NEGATIVE_INFINITY;
  /** A subscriber waits for the next publication. */
  #isWanted = false;

  /**
   * `previous`: the publisher before a fault of the store. This one takes over its subscribers. The chunks of the
   * failed turn were not sent. A chunk that was sent earlier may still arrive, which does no harm.
   */
  constructor(options: RosterPublisherOptions, previous?: RosterPublisher) {
    this.#options = options;
    if (previous === undefined) return;
    for (const [key, { known, inFlight, sentAtMs, isOwed }] of previous.#subscribers) {
      this.#subscribers.set(key, {
        known: options.table.resumableFrom(known),
        inFlight: undefined,
        sentAtMs,
        isOwed: isOwed || inFlight !== undefined,
        // A queue without room refuses the next chunk again, and then tells when it has room.
        isQueueFull: false,
      });
    }
    // An acknowledgement of an earlier chunk must not pass for one of a new chunk.
    this.#tokenCount = previous.#tokenCount;
    this.#lastPublishedMs = previous.#lastPublishedMs;
    this.#isWanted = true;
  }

  /**
   * Subscribes a client that has the version `has` of a table. It gets what it lacks at once, and an empty chunk if
   * that is nothing. Without a version of this table, it gets a full snapshot.
   */
  subscribe(nowMs: number, key: PeerKey, has: ProtocolMessageOf<'register'>['roster']): void {
    const { epoch, table } = this.#options;
    const isOfThisTable = has?.epoch === epoch && has.version <= table.version;
    const known = isOfThisTable ? table.resumableFrom(has.version) : 0;
    const subscriber: Subscriber = {
      known,
      inFlight: undefined,
      sentAtMs: nowMs,
      isOwed: false,
      isQueueFull: false,
    };
    this.#subscribers.set(key, subscriber);
    this.#sendTo(nowMs, key, subscriber);
  }

  unsubscribe(key: PeerKey): void {
    this.#subscribers.delete(key);
  }

  get dueMs(): number | undefined {
    const wantedMs = this.#isWanted ? Number.NEGATIVE_INFINITY : this.#options.table.publishDueMs;
    return wantedMs === undefined ? undefined : Math.max(wantedMs, this.#lastPublishedMs + publishIntervalMs);
  }

  /** Sends what is due to all subscribers. */
  publish(nowMs: number): void {
    const { dueMs } = this;
    if (dueMs === undefined || nowMs < dueMs) return;
    this.#lastPublishedMs = nowMs;
    this.#isWanted = false;
    const { table } = this.#options;
    table.publish(nowMs);
    for (const [key, subscriber] of this.#subscribers) {
      const isCurrent = subscriber.known === table.version && !subscriber.isOwed;
      if (subscriber.inFlight !== undefined || subscriber.isQueueFull || isCurrent) continue;
      // All subscribers share a publication, so that all lack the same rows. One that has just come waits for the next.
      if (nowMs - subscriber.sentAtMs < publishIntervalMs) this.#isWanted = true;
      else this.#sendTo(nowMs, key, subscriber);
    }
  }

  /** The subscriber has received a chunk. */
  handleAcknowledged(nowMs: number, key: PeerKey, token: string): void {
    const subscriber = this.#subscribers.get(key);
    if (subscriber?.inFlight?.token !== token) return;
    const { to, last } = subscriber.inFlight;
    subscriber.known = to;
    subscriber.inFlight = undefined;
    if (!last) this.#sendTo(nowMs, key, subscriber);
    else if (to !== this.#options.table.version) this.#isWanted = true;
  }

  /** The queue to the subscriber was full: the chunk goes into the first publication after there is room. */
  handleQueueFull(nowMs: number, key: PeerKey, token: string): void {
    const subscriber = this.#subscribers.get(key);
    if (subscriber?.inFlight?.token !== token) return;
    subscriber.inFlight = undefined;
    subscriber.sentAtMs = nowMs;
    subscriber.isOwed = true;
    subscriber.isQueueFull = true;
  }

  /**
   * The queue to this client has room again. Its chunk goes into the next publication, not out at once: the interval
   * between publications keeps all subscribers at the same version, so that they share the encoded bytes.
   */
  handleWritable(key: PeerKey): void {
    const subscriber = this.#subscribers.get(key);
    if (subscriber?.isQueueFull !== true) return;
    subscriber.isQueueFull = false;
    this.#isWanted = true;
  }

  #sendTo(nowMs: number, key: PeerKey, subscriber: Subscriber): void {
    const { table, send } = this.#options;
    // Old removals are pruned. A subscriber that is further behind gets a full snapshot.
    subscriber.known = table.resumableFrom(subscriber.known);
    const delta = table.since(subscriber.known, rosterChunkRowsMax);
    const token = `${tokenPrefix}${++this.#tokenCount}`;
    subscriber.inFlight = { token, to: delta.to, last: delta.last };
    subscriber.sentAtMs = nowMs;
    subscriber.isOwed = false;
    send(key, this.#encode(subscriber.known, delta), token);
  }

  #encode(from: number, delta: RosterDelta): Uint8Array {
    const { epoch, table } = this.#options;
    const encoded = this.#encoded.get(from);
    if (encoded !== undefined && isSameDelta(encoded.delta, delta)) return encoded.bytes;
    const bytes = encodeMessage({
      kind: 'roster',
      epoch,
      from,
      to: delta.to,
      last: delta.last,
      rows: delta.keys.map((key) => table.row(key)),
    });
    if (this.#encoded.size >= encodedMax) this.#encoded.clear();
    this.#encoded.set(from, { delta, bytes });
    return bytes;
  }
}

/** Rows only ever leave a delta, by changing again. Two deltas of one size between the same versions are the same. */
function isSameDelta(one: RosterDelta, other: RosterDelta): boolean {
  return one.to === other.to && one.last === other.last && one.keys.length === other.keys.length;
}

const tokenPrefix = 'roster:';

export function isRosterToken(token: string): boolean {
  return token.startsWith(tokenPrefix);
}
