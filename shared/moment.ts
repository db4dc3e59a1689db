/**
 * A point in time as both clocks show it. Deadlines and intervals use `monotonicMs`, which never jumps;
 * `wallMs` is only shown to people: the clocks of these machines are not set by anybody (DESIGN section 5).
 */
export interface Moment {
  /** Milliseconds since an arbitrary start, never decreasing. */
  readonly monotonicMs: number;
  /** Whole milliseconds since 1970-01-01T00:00Z as this machine believes it. */
  readonly wallMs: number;
}
