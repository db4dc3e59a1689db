import type { Moment } from '../../../shared/moment.ts';
import { defaultQuotas, type Quotas } from '../../../shared/quotas.ts';
import type { EntrySize, RoomRecord } from '../../store/server-store.ts';
import type { RoomPorts } from './ports.ts';
import type { OpenRoom, RoomLogs } from './room-logs.ts';

/** The server looks this often at what its rooms may keep. */
const sweepIntervalMs = 60_000;
/** Entries that are cut off in one turn, so that no turn takes long. */
const cutInTurnMax = 1_000;
const dayMs = 86_400_000;
/** A room that the operator has closed stays readable for so long. */
const closedKeepMs = 30 * dayMs;

export interface RoomRetentionOptions {
  readonly ports: RoomPorts;
  readonly logs: RoomLogs;
  readonly onErased: (now: Moment) => void;
}

/** PROTOCOL 10.26: cuts off what a room does not keep. A signed checkpoint takes its place. */
export class RoomRetention {
  readonly #options: RoomRetentionOptions;
  #sweepDueMs = Number.POSITIVE_INFINITY;

  constructor(options: RoomRetentionOptions) {
    this.#options = options;
  }

  start(nowMs: number): void {
    this.#sweepDueMs = nowMs + sweepIntervalMs;
  }

  handleTimeout(now: Moment): void {
    if (this.#sweepDueMs > now.monotonicMs) return;
    const due =
      this.#options.ports.store.rooms.all().find((record) => this.#isDue(now, record)) ?? this.#overQuota();
    // One step in a turn. What is left comes in the next one.
    const hasMore = due !== undefined && this.#step(now, due);
    this.#sweepDueMs = hasMore ? now.monotonicMs : now.monotonicMs + sweepIntervalMs;
  }

  pollTimeout(): number {
    return this.#sweepDueMs;
  }

  #quotas(): Quotas {
    return this.#options.ports.store.facts.get().quotas ?? defaultQuotas;
  }

  /** Bytes of all rooms over what the operator gives them. */
  #excessOfAll(): number {
    return this.#options.logs.usage.total - this.#quotas().roomsBytesMax;
  }

  /** The largest room of the key with most bytes, where all rooms together take too much. */
  #overQuota(): RoomRecord | undefined {
    const { ports, logs } = this.#options;
    const largest = this.#excessOfAll() > 0 ? logs.usage.largest() : undefined;
    return largest === undefined ? undefined : ports.store.rooms.find(largest);
  }

  #isDue({ wallMs }: Moment, record: RoomRecord): boolean {
    const { room, closedAtMs, retention, entries } = record;
    if (closedAtMs !== null && closedAtMs + closedKeepMs < wallMs) return true;
    if (entries === 0) return false;
    if (excessOf(record, this.#quotas().roomBytesMax) !== undefined) return true;
    if (retention.days === undefined) return false;
    const [oldest] = this.#options.ports.store.rooms.oldest(room, 1);
    return oldest !== undefined && oldest.takenAtMs < wallMs - retention.days * dayMs;
  }

  /** Returns whether there may be more to do. */
  #step(now: Moment, record: RoomRecord): boolean {
    const { ports, logs, onErased } = this.#options;
    onErased(now);
    if (record.closedAtMs !== null && record.closedAtMs + closedKeepMs < now.wallMs) {
      if (ports.store.rooms.remove(record.room, cutInTurnMax)) logs.forget(record.room);
      return true;
    }
    const open = logs.find(record.room);
    return open !== undefined && this.#cut(now, open);
  }

  #cut(now: Moment, room: OpenRoom): boolean {
    const { ports, logs } = this.#options;
    const { record } = room;
    const own = excessOf(record, this.#quotas().roomBytesMax) ?? { entries: 0, bytes: 0 };
    const isLargest = logs.usage.largest() === record.room;
    const excess = isLargest ? { ...own, bytes: Math.max(own.bytes, this.#excessOfAll()) } : own;
    const cut = cutOf(now.wallMs, record, excess, ports.store.rooms.oldest(record.room, cutInTurnMax));
    const last = cut.at(-1);
    if (last === undefined) return false;
    const state = logs.stateAtCut(room);
    logs.advance(state, last.seq, cutInTurnMax);
    logs.putCheckpoint(state, 'cut');
    ports.store.rooms.cut(record.room, last.seq);
    room.cutPoint = state.head;
    const bytes = cut.reduce((sum, entry) => sum + entry.bytes, 0);
    logs.putRecord(room, {
      ...record,
      entries: record.entries - cut.length,
      bytes: Math.max(0, record.bytes - bytes),
    });
    // Members that started later than the beginning of the log start at the cut now.
    for (const { key, startSeq } of room.members.values())
      if (startSeq > 0 && startSeq <= last.seq) ports.store.rooms.removeCheckpoint(record.room, key);
    return true;
  }
}

/** The oldest entries that the room does not keep. */
function cutOf(
  wallMs: number,
  record: RoomRecord,
  excess: Excess,
  oldest: readonly EntrySize[],
): EntrySize[] {
  const { days } = record.retention;
  const keptSinceMs = days === undefined ? Number.NEGATIVE_INFINITY : wallMs - days * dayMs;
  let bytes = 0;
  const cut: EntrySize[] = [];
  for (const entry of oldest) {
    const isKept = cut.length >= excess.entries && bytes >= excess.bytes && entry.takenAtMs >= keptSinceMs;
    if (isKept) break;
    cut.push(entry);
    bytes += entry.bytes;
  }
  return cut;
}

interface Excess {
  readonly entries: number;
  readonly bytes: number;
}

/** The entries and bytes over the bounds of the room; undefined within them. */
function excessOf({ retention, entries, bytes }: RoomRecord, roomBytesMax: number): Excess | undefined {
  const { count = Number.POSITIVE_INFINITY } = retention;
  const bytesMax = Math.min(retention.bytes ?? roomBytesMax, roomBytesMax);
  if (entries <= count && bytes <= bytesMax) return undefined;
  return { entries: Math.max(0, entries - count), bytes: Math.max(0, bytes - bytesMax) };
}
