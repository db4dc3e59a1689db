import { encodeMessage } from '../../shared/chat/codec.ts';
import type { RosterRow, ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import type { PeerKey, ServerEpoch } from '../../shared/ids.ts';
import { rosterPiecePeopleMax } from '../../shared/limits.ts';
import type { RosterDelta } from './roster-log.ts';

/** A burst of changes is one roster: at most one in this time (DESIGN section 4). */
const rosterIntervalMs = 250;
/** Pieces that are kept as bytes: readers who lack the same get the same. */
const encodedMax = 64;

/** The client table with its versions. */
export interface RosterTable {
  /** The version of the table as it may be told. */
  readonly version: number;
  /** When something may be told that could not be told yet. */
  readonly publishDueMs: number | undefined;
  /** Gives versions to what has changed, as far as it may be told. */
  publish(nowMs: number): void;
  /** The version from which somebody who has this one can be told the rest; 0: only all of it. */
  resumableFrom(version: number): number;
  since(version: number, rowsMax: number): RosterDelta;
  row(key: PeerKey): RosterRow;
}

export interface RosterPublisherOptions {
  readonly epoch: ServerEpoch;
  /** Asked each time anew: after a fault it is another one. */
  readonly table: () => RosterTable;
  readonly send: (to: PeerKey, bytes: Uint8Array, token: string) => void;
}

interface Reader {
  /** The version that is there for certain. */
  known: number;
  underway: { readonly token: string; readonly to: number; readonly last: boolean } | undefined;
  /** When the last piece left. */
  sentAtMs: number;
  /** A piece did not leave after all, and be it the news that there is none. */
  isOwed: boolean;
}

/**
 * Tells everybody online how the client table changes: what each lacks, in pieces, one on its way to each at a time. What
 * changes meanwhile is in the next one, so that nobody is told an older state after a newer one, or one state twice.
 */
export class RosterPublisher {
  readonly #options: RosterPublisherOptions;
  readonly #readers = new Map<PeerKey, Reader>();
  readonly #encoded = new Map<number, { readonly gap: RosterDelta; readonly bytes: Uint8Array }>();
  #tokens = 0;
  #lastRoundMs = Number.NEGATIVE_INFINITY;
  /** Somebody is to be told something in the next round. */
  #isRoundWanted = false;

  constructor(options: RosterPublisherOptions) {
    this.#options = options;
  }

  /**
   * Somebody has come, who has so much of a table. Gets what is lacking at once, and if it is nothing, hears so; without
   * anything of this table, it begins anew.
   */
  addReader(nowMs: number, key: PeerKey, has: ProtocolMessageOf<'register'>['roster']): void {
    const { epoch, table } = this.#options;
    const known =
      has?.epoch === epoch && has.version <= table().version ? table().resumableFrom(has.version) : 0;
    const reader: Reader = { known, underway: undefined, sentAtMs: nowMs, isOwed: false };
    this.#readers.set(key, reader);
    this.#sendTo(nowMs, key, reader);
  }

  removeReader(key: PeerKey): void {
    this.#readers.delete(key);
  }

  get dueMs(): number | undefined {
    const { publishDueMs } = this.#options.table();
    const wantedMs = this.#isRoundWanted ? Number.NEGATIVE_INFINITY : publishDueMs;
    return wantedMs === undefined ? undefined : Math.max(wantedMs, this.#lastRoundMs + rosterIntervalMs);
  }

  /** Tells everybody what is due. */
  publish(nowMs: number): void {
    const { dueMs } = this;
    if (dueMs === undefined || nowMs < dueMs) return;
    this.#lastRoundMs = nowMs;
    this.#isRoundWanted = false;
    const table = this.#options.table();
    table.publish(nowMs);
    for (const [key, reader] of this.#readers) {
      if (reader.underway !== undefined || (reader.known === table.version && !reader.isOwed)) continue;
      // Rounds are common to all, so that all lack the same: whoever has come just now waits for the next one.
      if (nowMs - reader.sentAtMs < rosterIntervalMs) this.#isRoundWanted = true;
      else this.#sendTo(nowMs, key, reader);
    }
  }

  /** A piece has arrived. */
  settled(nowMs: number, key: PeerKey, token: string): void {
    const reader = this.#readers.get(key);
    if (reader?.underway?.token !== token) return;
    const { to, last } = reader.underway;
    reader.known = to;
    reader.underway = undefined;
    if (!last) this.#sendTo(nowMs, key, reader);
    else if (to !== this.#options.table().version) this.#isRoundWanted = true;
  }

  /** A piece found no room on the way: it is in the next round. */
  crowdedOut(nowMs: number, key: PeerKey, token: string): void {
    const reader = this.#readers.get(key);
    if (reader?.underway?.token !== token) return;
    reader.underway = undefined;
    reader.sentAtMs = nowMs;
    reader.isOwed = true;
    this.#isRoundWanted = true;
  }

  /** After a fault: what the failed turn wanted to tell was not told. What had left before may arrive, and does no harm. */
  restart(): void {
    this.#encoded.clear();
    for (const reader of this.#readers.values()) {
      reader.isOwed ||= reader.underway !== undefined;
      reader.underway = undefined;
      reader.known = this.#options.table().resumableFrom(reader.known);
    }
    this.#isRoundWanted = true;
  }

  #sendTo(nowMs: number, key: PeerKey, reader: Reader): void {
    const table = this.#options.table();
    // Of who went long ago nothing is told any more: whoever lags so far behind begins anew.
    reader.known = table.resumableFrom(reader.known);
    const gap = table.since(reader.known, rosterPiecePeopleMax);
    const token = `${tokenPrefix}${++this.#tokens}`;
    reader.underway = { token, to: gap.to, last: gap.last };
    reader.sentAtMs = nowMs;
    reader.isOwed = false;
    this.#options.send(key, this.#bytes(table, reader.known, gap), token);
  }

  #bytes(table: RosterTable, from: number, gap: RosterDelta): Uint8Array {
    const made = this.#encoded.get(from);
    if (made !== undefined && isSameGap(made.gap, gap)) return made.bytes;
    const bytes = encodeMessage({
      kind: 'roster',
      epoch: this.#options.epoch,
      from,
      to: gap.to,
      last: gap.last,
      people: gap.keys.map((key) => table.row(key)),
    });
    if (this.#encoded.size >= encodedMax) this.#encoded.clear();
    this.#encoded.set(from, { gap, bytes });
    return bytes;
  }
}

/** Behind one version rows only ever leave, when they change again: as many up to the same version are the same. */
function isSameGap(one: RosterDelta, other: RosterDelta): boolean {
  return one.to === other.to && one.last === other.last && one.keys.length === other.keys.length;
}

const tokenPrefix = 'roster:';

export function isRosterToken(token: string): boolean {
  return token.startsWith(tokenPrefix);
}
