import type { Moment } from '../../shared/moment.ts';

/** The time source of a driver: the machine's clocks, or a virtual one. */
export interface Clock {
  now(): Moment;
}

/** This machine's clocks. On some systems the monotonic clock stops during sleep; deadlines are then late. */
export class SystemClock implements Clock {
  now(): Moment {
    return { monotonicMs: performance.now(), wallMs: Date.now() };
  }
}
