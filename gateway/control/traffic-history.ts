import type { Traffic } from '../../shared/bridge/administration.ts';
import { trafficSecondsMax } from '../../shared/limits.ts';

/** What a server has counted since its start. Counts never fall. */
export interface TrafficCounters {
  readonly datagramsReceived: number;
  readonly datagramsSent: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
}

/** What happened between two samples. */
type Sample = TrafficCounters;

/** The last five minutes of a server, a sample for each second. */
export class TrafficHistory {
  readonly #samples: Sample[] = [];
  #previous: TrafficCounters | undefined;

  /** The first sample has no difference yet, and is not shown. */
  add(counters: TrafficCounters): void {
    const previous = this.#previous;
    this.#previous = counters;
    if (previous === undefined) return;
    this.#samples.push(difference(counters, previous));
    if (this.#samples.length > trafficSecondsMax) this.#samples.shift();
  }

  view(): Omit<Traffic, 'connections' | 'logNumber'> {
    const samples = this.#samples;
    return {
      datagramsReceived: samples.map((one) => one.datagramsReceived),
      datagramsSent: samples.map((one) => one.datagramsSent),
      bytesReceived: samples.map((one) => one.bytesReceived),
      bytesSent: samples.map((one) => one.bytesSent),
      refused: countsByCode(samples.map(({ refused }) => refused)),
      dropped: countsByCode(samples.map(({ dropped }) => dropped)),
    };
  }
}

function difference(now: TrafficCounters, before: TrafficCounters): Sample {
  return {
    datagramsReceived: now.datagramsReceived - before.datagramsReceived,
    datagramsSent: now.datagramsSent - before.datagramsSent,
    bytesReceived: now.bytesReceived - before.bytesReceived,
    bytesSent: now.bytesSent - before.bytesSent,
    refused: differences(now.refused, before.refused),
    dropped: differences(now.dropped, before.dropped),
  };
}

/** Only what has changed, so that a quiet second costs little. */
function differences(
  now: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Record<string, number> {
  const changed = Object.entries(now)
    .map(([code, count]) => [code, count - (before[code] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return Object.fromEntries(changed);
}

function countsByCode(samples: readonly Readonly<Record<string, number>>[]): Traffic['refused'] {
  const codes = new Set(samples.flatMap((sample) => Object.keys(sample)));
  return Array.from(codes, (code) => ({ code, counts: samples.map((sample) => sample[code] ?? 0) })).toSorted(
    (one, other) => sum(other.counts) - sum(one.counts),
  );
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
