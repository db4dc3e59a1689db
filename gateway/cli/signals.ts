import { constants } from 'node:os';

/**
 * npm and a starting script forward a signal that the terminal has already sent to every process. Signals that
 * arrive within this time count as one.
 */
const echoMs = 1_000;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Calls `end` at the first signal. A later signal ends the process at once, with the exit code that shells use. */
export function onEndRequest(end: () => void): void {
  let firstAtMs: number | undefined;
  for (const signal of signals) {
    process.on(signal, () => {
      const nowMs = performance.now();
      if (firstAtMs === undefined) {
        firstAtMs = nowMs;
        end();
      } else if (nowMs - firstAtMs > echoMs) process.exit(128 + constants.signals[signal]);
    });
  }
}
