import { constants } from 'node:os';

/**
 * npm and a starting script send on what the terminal has sent to all of them already: signals that come so close
 * together are one wish.
 */
const echoMs = 1_000;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first signal asks to end politely; one that comes a while later ends at once, as a shell would report it. */
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
