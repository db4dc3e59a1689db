import type { PeerKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { ClientContext } from './context.ts';

/** Date has no times beyond these (ECMA-262, 21.4.1.1). */
const wallMsMax = 8.64e15;
/** Who is shown a time does not see less than this. */
const settingMsMin = 1_000;

/**
 * How far this machine's clock is from the server's. Nobody sets these clocks, so a time is shown to others by what both
 * lack to the server's; it orders nothing (DESIGN section 5).
 */
export class ServerClock {
  readonly #context: Pick<ClientContext, 'send'>;
  #measured: { readonly offsetMs: number; readonly leadMs: number } | undefined;
  /** As measured last, be it before this clock was set. */
  #latestOffsetMs: number | undefined;

  constructor(context: Pick<ClientContext, 'send'>) {
    this.#context = context;
  }

  /** What this clock lacks to the server's; undefined where it was not measured since it was set. */
  offsetMs(now: Moment): number | undefined {
    this.look(now);
    return this.#measured?.offsetMs;
  }

  /** Forgets what was measured before this clock was set. A machine that slept cannot be told from that on some systems. */
  look(now: Moment): void {
    if (
      this.#measured !== undefined &&
      Math.abs(wallMinusMonotonicMs(now) - this.#measured.leadMs) > settingMsMin
    )
      this.#measured = undefined;
  }

  /** PROTOCOL 6.42. */
  ask(server: PeerKey): void {
    this.#context.send(server, 'control', { kind: 'time-request' }, 'time-request');
  }

  /** The answer has travelled for some milliseconds, which nobody sees in what is shown. */
  handleTime(now: Moment, wallMs: number): void {
    this.#measured = measurement(wallMs - now.wallMs, wallMinusMonotonicMs(now));
    this.#latestOffsetMs = this.#measured?.offsetMs;
  }

  /**
   * What this clock lacked when its lead was `leadMs`, by what was measured since; undefined where nobody can tell. With
   * `leadMs` undefined it was another process's, of which nothing better is known than that few clocks are ever set.
   */
  offsetMsThen(leadMs: number | undefined): number | undefined {
    if (this.#measured === undefined) return undefined;
    const setMs = leadMs === undefined ? 0 : this.#measured.leadMs - leadMs;
    if (Math.abs(setMs) <= settingMsMin) return this.#measured.offsetMs;
    // Ahead it was set, or stood beside a monotonic clock that sleeps with the machine.
    if (setMs > 0) return undefined;
    return measurement(Math.round(this.#measured.offsetMs + setMs), 0)?.offsetMs;
  }

  /** When something was said, by the clock here; as it was told, where one of the two was never measured. */
  timeHere(sentAtMs: number, sendersOffsetMs: number | undefined): number {
    if (sendersOffsetMs === undefined || this.#measured === undefined) return sentAtMs;
    const hereMs = sentAtMs + sendersOffsetMs - this.#measured.offsetMs;
    return Math.abs(hereMs) <= wallMsMax ? hereMs : sentAtMs;
  }

  /**
   * What the clock here shows when the server's shows `serverMs`; undefined before it was measured. For what is said anew
   * when it was measured again.
   */
  hereMs(serverMs: number): number | undefined {
    if (this.#latestOffsetMs === undefined) return undefined;
    const hereMs = serverMs - this.#latestOffsetMs;
    return Math.abs(hereMs) <= wallMsMax ? hereMs : undefined;
  }
}

/** How far the wall clock is ahead of the monotonic one: the same until somebody sets it, whatever time passes. */
export function wallMinusMonotonicMs({ wallMs, monotonicMs }: Moment): number {
  return wallMs - monotonicMs;
}

/** Nobody's clock is further off; and no message could tell it. */
function measurement(
  offsetMs: number,
  leadMs: number,
): { readonly offsetMs: number; readonly leadMs: number } | undefined {
  return Math.abs(offsetMs) <= wallMsMax ? { offsetMs, leadMs } : undefined;
}
