/**
 * A point in time on both clocks. Deadlines and intervals use `monotonicMs`, which never jumps. `wallMs` is only shown
 * to users, and never orders anything: the clocks of these machines may be wrong.
 */
export interface Moment {
  /** Milliseconds since an arbitrary start, never decreasing. */
  readonly monotonicMs: number;
  /** Whole milliseconds since 1970-01-01T00:00Z as this machine believes it. */
  readonly wallMs: number;
}
