import { parentPort, workerData } from 'node:worker_threads';
import { runChatStorm } from './chat-storm.ts';
import { runTransportStorm } from '../transport/transport-storm.ts';

/** A thread of `npm run simulate`: seeds come in, one at a time, and what their storms did goes out. */

export type StormKind = 'chat' | 'transport';

export interface SeedAnswer {
  readonly seed: number;
  /** How much of what, to be added up. */
  readonly sums: Readonly<Record<string, number>>;
  readonly failure: string | null;
}

const kind: StormKind = workerData === 'transport' ? 'transport' : 'chat';

parentPort?.on('message', (seed: number) => {
  parentPort?.postMessage(answerOf(seed));
});

function answerOf(seed: number): SeedAnswer {
  try {
    return { seed, sums: kind === 'transport' ? transportSums(seed) : chatSums(seed), failure: null };
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { seed, sums: {}, failure };
  }
}

function chatSums(seed: number): SeedAnswer['sums'] {
  const report = runChatStorm(seed);
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

function transportSums(seed: number): SeedAnswer['sums'] {
  const { messages, outcomes, restarts, virtualSeconds } = runTransportStorm(seed);
  return { messages, ...outcomes, restarts, 's of virtual time': virtualSeconds };
}
