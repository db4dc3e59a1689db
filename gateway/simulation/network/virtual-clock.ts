import type { Moment } from '../../../shared/moment.ts';
import type { Clock } from '../../net/clock.ts';

/** A clock that advances only by `advanceTo`. */
export class VirtualClock implements Clock {
  #monotonicMs = 0;
  /** The wall clock at monotonic 0. It may be set at any time, because wall clocks jump. */
  wallOffsetMs: number;

  /** Default: 2025-01-01T00:00Z. A fixed time makes runs repeatable. */
  constructor(wallOffsetMs: number = Date.UTC(2025, 0, 1)) {
    this.wallOffsetMs = wallOffsetMs;
  }

  now(): Moment {
    return { monotonicMs: this.#monotonicMs, wallMs: Math.floor(this.#monotonicMs + this.wallOffsetMs) };
  }

  advanceTo(monotonicMs: number): void {
    if (monotonicMs < this.#monotonicMs) {
      throw new RangeError(`time does not go back from ${this.#monotonicMs} to ${monotonicMs} ms`);
    }
    this.#monotonicMs = monotonicMs;
  }
}
