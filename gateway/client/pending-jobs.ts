import type { EnvelopeHead } from '../../shared/chat/envelope.ts';
import type { Moment } from '../../shared/moment.ts';
import type { Job, JobResult } from '../turn/jobs.ts';

/** Slow work that a part of the client wants done. */
export type JobRequest =
  | { readonly type: 'seal'; readonly head: EnvelopeHead; readonly plaintext: Uint8Array }
  | { readonly type: 'open'; readonly head: EnvelopeHead; readonly sealed: Uint8Array };

/** Called in a later turn; without bytes for what cannot be sealed or opened. */
export type JobDone = (now: Moment, bytes: Uint8Array | undefined) => void;

/** The client's jobs: who waits for which. */
export class PendingJobs {
  readonly #jobs: Job[] = [];
  readonly #waiting = new Map<number, JobDone>();
  /** Rises over faults, too, so that a late result is never taken for another's. */
  #last = 0;

  begin(work: JobRequest, done: JobDone): void {
    const number = ++this.#last;
    this.#waiting.set(number, done);
    this.#jobs.push({ ...work, number });
  }

  pollJob(): Job | undefined {
    return this.#jobs.shift();
  }

  handleJob(now: Moment, { number, bytes }: JobResult): void {
    const done = this.#waiting.get(number);
    this.#waiting.delete(number);
    done?.(now, bytes);
  }

  /** After a fault: nobody waits for what was under way. */
  clear(): void {
    this.#jobs.length = 0;
    this.#waiting.clear();
  }
}
