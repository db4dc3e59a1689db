import { constants } from 'node:os';
import { isatty } from 'node:tty';

/**
 * npm and a starting script forward a signal that the terminal has already sent to every process. Signals that
 * arrive within this time count as one.
 */
const echoMs = 1_000;

/**
 * Returns whether this program runs in a window: any of its standard streams is a terminal. `nohup`, `systemd-run` and a
 * shell with all three redirected leave none.
 */
export function hasWindow(): boolean {
  return [0, 1, 2].some((descriptor) => isatty(descriptor));
}

/**
 * Calls `end` at the first signal. A later signal ends the process at once, with the exit code that shells use. SIGHUP
 * tells that the window has closed. Without a window it means nothing: Node forgets that `nohup` wants it ignored.
 */
export function onEndRequest(end: () => void, isInWindow = hasWindow()): void {
  let firstAtMs: number | undefined;
  if (!isInWindow) process.on('SIGHUP', () => undefined);
  for (const signal of ['SIGINT', 'SIGTERM', ...(isInWindow ? (['SIGHUP'] as const) : [])] as const) {
    process.on(signal, () => {
      const nowMs = performance.now();
      if (firstAtMs === undefined) {
        firstAtMs = nowMs;
        end();
      } else if (nowMs - firstAtMs > echoMs) process.exit(128 + constants.signals[signal]);
    });
  }
}
