import { parentPort, workerData } from 'node:worker_threads';
import { runChatStorm } from './chat-storm.ts';
import { version } from '../../cli/version.ts';
import { TraceFile } from '../../trace/trace-file.ts';
import type { TraceListener } from '../../trace/trace-feed.ts';
import { VirtualClock } from '../network/virtual-clock.ts';
import type { KeyLimits } from '../../transport/timing.ts';
import { runFileStorm } from '../files/file-storm.ts';
import { runRoomStorm } from '../rooms/room-storm.ts';
import { runTransportStorm } from '../transport/transport-storm.ts';

/** A thread of `npm run simulate`: takes seeds, one at a time, runs their storms, and answers with counts. */

export type StormKind = 'chat' | 'rooms' | 'files' | 'transport';

export interface SeedRequest {
  readonly seed: number;
  /** A new file for the traces of this seed; null for none. */
  readonly trace: string | null;
  /** For transport storms: limits that replace those that the storm would draw. */
  readonly keyLimits: Partial<KeyLimits>;
}

export interface SeedAnswer {
  readonly seed: number;
  /** Counts by name, to be summed up. */
  readonly sums: Readonly<Record<string, number>>;
  readonly failure: string | null;
}

const virtualStart = new VirtualClock().now();
const wanted: unknown = workerData;
const kind: StormKind = wanted === 'transport' || wanted === 'rooms' || wanted === 'files' ? wanted : 'chat';

parentPort?.on('message', (request: SeedRequest) => {
  parentPort?.postMessage(answerOf(request));
});

function answerOf({ seed, trace, keyLimits }: SeedRequest): SeedAnswer {
  let traceFile: TraceFile | undefined;
  try {
    if (trace !== null) traceFile = new TraceFile(trace, { version, now: virtualStart, onFailure: rethrow });
    const onTrace = traceFile?.write ?? null;
    const sums = sumsOf(seed, onTrace, keyLimits);
    return { seed, sums, failure: null };
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { seed, sums: {}, failure };
  } finally {
    traceFile?.close(virtualStart);
  }
}

function sumsOf(
  seed: number,
  onTrace: TraceListener | null,
  keyLimits: SeedRequest['keyLimits'],
): SeedAnswer['sums'] {
  switch (kind) {
    case 'chat':
      return chatSums(seed, onTrace);
    case 'rooms':
      return roomSums(seed, onTrace);
    case 'files':
      return fileSums(seed, onTrace);
    case 'transport':
      return transportSums(seed, onTrace, keyLimits);
    default:
      return kind satisfies never;
  }
}

function roomSums(seed: number, onTrace: TraceListener | null): SeedAnswer['sums'] {
  const report = runRoomStorm(seed, onTrace);
  return {
    members: report.members,
    messages: report.messages,
    entries: report.entries,
    'refusals at once': report.refusals,
    kills: report.kills,
    'of them inside a turn': report.deathsInTurns,
    'servers lost': report.serverLosses,
    's of virtual time': report.virtualSeconds,
    's until all was right': report.calmSeconds,
  };
}

function fileSums(seed: number, onTrace: TraceListener | null): SeedAnswer['sums'] {
  const report = runFileStorm(seed, onTrace);
  return {
    offers: report.offers,
    'of them ended': report.ended,
    'declined, cancelled, changed or lied about': report.refused,
    'pieces written': report.pieces,
    kills: report.kills,
    'of them inside a turn': report.deathsInTurns,
    'power cuts': report.powerCuts,
    's of virtual time': report.virtualSeconds,
    's until all was right': report.calmSeconds,
  };
}

function chatSums(seed: number, onTrace: TraceListener | null): SeedAnswer['sums'] {
  const report = runChatStorm(seed, { onTrace });
  return {
    messages: report.messages,
    kills: report.kills,
    'of them inside a turn': report.deathsInTurns,
    cuts: report.cuts,
    'servers lost': report.serverLosses,
    'keys changed': report.keyChanges,
    readings: report.readings,
    's of virtual time': report.virtualSeconds,
    's until all was right': report.calmSeconds,
  };
}

function transportSums(
  seed: number,
  onTrace: TraceListener | null,
  keyLimits: Partial<KeyLimits>,
): SeedAnswer['sums'] {
  const report = runTransportStorm(seed, { onTrace, keyLimits });
  return {
    messages: report.messages,
    ...report.outcomes,
    restarts: report.restarts,
    'key exchanges': report.keyExchanges,
    's of virtual time': report.virtualSeconds,
  };
}

function rethrow(error: unknown): never {
  throw error;
}
