import type { Moment } from '../../../shared/moment.ts';
import type { Clock } from '../../net/clock.ts';

/** Time that passes only when it is told to. */
export class VirtualClock implements Clock {
  #monotonicMs = 0;
  /** What the wall clock shows at monotonic 0; may be set at any time: wall clocks jump. */
  wallOffsetMs: number;

  /** 2025-01-01T00:00Z unless told: any fixed time, so that runs repeat. */
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
