import type { Moment } from '../../shared/moment.ts';
import type { Job, JobKind, JobOutput, JobRequest, JobResult } from './jobs.ts';

/** Called in a later turn with the result of the job. */
export type JobDone<Kind extends JobKind = JobKind> = (now: Moment, output: JobOutput<Kind>) => void;

/** Starts slow work. `done` is called in a later turn, or never after a fault. */
export type RunJob = <Kind extends JobKind>(request: JobRequest<Kind>, done: JobDone<Kind>) => void;

/** The jobs that a role has asked for, until their results come. */
export class PendingJobs {
  readonly #jobs: Job[] = [];
  readonly #pending = new Map<number, JobDone>();
  /** Keeps rising after a fault, so that a late result is never taken for that of another job. */
  #lastNumber = 0;

  readonly run: RunJob = (request, done) => {
    const number = ++this.#lastNumber;
    // The number ties the callback to the request: it is only called with an output of this kind.
    this.#pending.set(number, done);
    this.#jobs.push({ number, request });
  };

  poll(): Job | undefined {
    return this.#jobs.shift();
  }

  handleResult(now: Moment, { number, output }: JobResult): void {
    const done = this.#pending.get(number);
    this.#pending.delete(number);
    done?.(now, output);
  }

  /** Forgets everything after a fault. Results of jobs that are under way change nothing. */
  clear(): void {
    this.#jobs.length = 0;
    this.#pending.clear();
  }
}
