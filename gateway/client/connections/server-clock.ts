import type { PeerKey } from '../../../shared/ids.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { ClientContext } from '../context.ts';

/** Date has no times beyond these (ECMA-262, 21.4.1.1). */
const wallMsMax = 8.64e15;
/** A smaller step of a clock is not visible in a time that the user is shown. */
const clockStepMsMin = 1_000;

/**
 * How far this machine's clock is from the server's. Clocks in these networks are not synchronized, so a time of a peer is
 * shown by the offset of both clocks to the server's. It orders nothing.
 */
export class ServerClock {
  readonly #context: Pick<ClientContext, 'send'>;
  #measured: { readonly offsetMs: number; readonly wallMinusMonotonicMs: number } | undefined;
  /** As measured last, also if this clock was set since. */
  #latestOffsetMs: number | undefined;

  constructor(context: Pick<ClientContext, 'send'>) {
    this.#context = context;
  }

  /** Returns the server's time minus this clock's; undefined if it was not measured since this clock was set. */
  offsetMs(now: Moment): number | undefined {
    this.checkForStep(now);
    return this.#measured?.offsetMs;
  }

  /** Returns the server's time; undefined if it was not measured since this clock was set. */
  serverMs(now: Moment): number | undefined {
    const offsetMs = this.offsetMs(now);
    return offsetMs === undefined ? undefined : now.wallMs + offsetMs;
  }

  /** Forgets the measurement if this clock was set since. On some systems a machine that slept looks the same. */
  checkForStep(now: Moment): void {
    if (
      this.#measured !== undefined &&
      Math.abs(wallMinusMonotonicMs(now) - this.#measured.wallMinusMonotonicMs) > clockStepMsMin
    )
      this.#measured = undefined;
  }

  /** PROTOCOL 6.42. */
  ask(server: PeerKey): void {
    this.#context.send(server, { kind: 'time-request' }, 'time-request');
  }

  /** The answer has travelled for some milliseconds, which are not visible in a time that is shown. */
  handleTime(now: Moment, wallMs: number): void {
    this.#measured = measurement(wallMs - now.wallMs, wallMinusMonotonicMs(now));
    this.#latestOffsetMs = this.#measured?.offsetMs;
  }

  /**
   * Returns the offset at a moment with this difference of wall and monotonic clock, by what was measured since; undefined
   * where it cannot be known. An undefined difference is another process's: few clocks are ever set, so the present offset
   * is the best guess.
   */
  offsetMsAt(wallMinusMonotonicMs: number | undefined): number | undefined {
    if (this.#measured === undefined) return undefined;
    const setMs =
      wallMinusMonotonicMs === undefined ? 0 : this.#measured.wallMinusMonotonicMs - wallMinusMonotonicMs;
    if (Math.abs(setMs) <= clockStepMsMin) return this.#measured.offsetMs;
    // The wall clock was set ahead, or the machine slept and its monotonic clock with it.
    if (setMs > 0) return undefined;
    return measurement(Math.round(this.#measured.offsetMs + setMs), 0)?.offsetMs;
  }

  /** Returns a time of a sender by this clock; unchanged where one of the two clocks was not measured. */
  toLocalMs(sentAtMs: number, sendersOffsetMs: number | undefined): number {
    if (sendersOffsetMs === undefined || this.#measured === undefined) return sentAtMs;
    const localMs = sentAtMs + sendersOffsetMs - this.#measured.offsetMs;
    return Math.abs(localMs) <= wallMsMax ? localMs : sentAtMs;
  }

  /**
   * Returns a time of the server by this clock; undefined before the first measurement. For times that are shown again
   * after the next measurement.
   */
  serverToLocalMs(serverMs: number): number | undefined {
    if (this.#latestOffsetMs === undefined) return undefined;
    const localMs = serverMs - this.#latestOffsetMs;
    return Math.abs(localMs) <= wallMsMax ? localMs : undefined;
  }
}

/** Returns how far the wall clock is ahead of the monotonic one. It stays the same until the wall clock is set. */
export function wallMinusMonotonicMs({ wallMs, monotonicMs }: Moment): number {
  return wallMs - monotonicMs;
}

/** A larger offset is not plausible, and does not fit into a message. */
function measurement(
  offsetMs: number,
  wallMinusMonotonicMs: number,
): { readonly offsetMs: number; readonly wallMinusMonotonicMs: number } | undefined {
  return Math.abs(offsetMs) <= wallMsMax ? { offsetMs, wallMinusMonotonicMs } : undefined;
}
