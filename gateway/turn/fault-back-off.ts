import { BackOff } from './back-off.ts';

/** A fault after this much time without one says nothing about the previous faults. */
const faultMemoryMs = 120_000;

/**
 * How long a role pauses after a fault. A disk that stays full makes each next input a fault, too: without a pause the
 * role would dial, or offer its mail again, as fast as it can.
 */
export class FaultBackOff {
  readonly #backOff: BackOff;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(firstMs: number, maxMs: number) {
    this.#backOff = new BackOff(firstMs, maxMs);
  }

  /**
   * Returns when the pause ends, in monotonic milliseconds. A fault during a pause does not extend it. The first fault
   * after it begins a longer one.
   */
  untilAfterFault(nowMs: number): number {
    if (nowMs < this.#untilMs) return this.#untilMs;
    if (nowMs - this.#untilMs > faultMemoryMs) this.#backOff.reset();
    return (this.#untilMs = nowMs + this.#backOff.next());
  }
}
