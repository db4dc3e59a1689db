import type { Moment } from '../../shared/moment.ts';

/** Where a driver takes the time from: the machine's clocks, or a virtual one. */
export interface Clock {
  now(): Moment;
}

/** This machine's clocks. The monotonic one stands still while some systems sleep; deadlines then come late. */
export class SystemClock implements Clock {
  now(): Moment {
    return { monotonicMs: performance.now(), wallMs: Date.now() };
  }
}
