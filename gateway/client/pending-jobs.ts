import type { Moment } from '../../shared/moment.ts';
import type { Job, JobKind, JobOutput, JobRequest, JobResult } from '../turn/jobs.ts';

/** Called in a later turn with the result of the job. */
export type JobDone<Kind extends JobKind = JobKind> = (now: Moment, output: JobOutput<Kind>) => void;

/** The client's jobs, and the callback that waits for each. */
export class PendingJobs {
  readonly #jobs: Job[] = [];
  readonly #waiting = new Map<number, JobDone>();
  /** Rises over faults, too: a late result never reaches the callback of another job. */
  #last = 0;

  begin<Kind extends JobKind>(request: JobRequest<Kind>, done: JobDone<Kind>): void {
    const number = ++this.#last;
    // The number ties the callback to the request: it is only called with an output of this kind.
    this.#waiting.set(number, done as JobDone);
    this.#jobs.push({ number, request });
  }

  pollJob(): Job | undefined {
    return this.#jobs.shift();
  }

  handleJob(now: Moment, { number, output }: JobResult): void {
    const done = this.#waiting.get(number);
    this.#waiting.delete(number);
    done?.(now, output);
  }

  /** After a fault: no callback waits for a job that was under way. */
  clear(): void {
    this.#jobs.length = 0;
    this.#waiting.clear();
  }
}
