import type { Job, JobResult, Sealer } from '../turn/jobs.ts';

/** Does a role's slow work beside its turns. What is ready at one time comes back together, for one commit. */
export class JobRunner {
  readonly #sealer: Sealer;
  readonly #onResults: (results: readonly JobResult[]) => void;
  #ready: JobResult[] = [];
  #immediate: NodeJS.Immediate | undefined;
  #isClosed = false;

  constructor(sealer: Sealer, onResults: (results: readonly JobResult[]) => void) {
    this.#sealer = sealer;
    this.#onResults = onResults;
  }

  take(job: Job): void {
    const work =
      job.type === 'seal'
        ? this.#sealer.seal(job.head, job.plaintext)
        : this.#sealer.open(job.head, job.sealed);
    void work.then((bytes) => {
      this.#collect({ number: job.number, bytes });
    });
  }

  /** What is still under way leads to nothing any more. */
  close(): void {
    this.#isClosed = true;
    clearImmediate(this.#immediate);
  }

  #collect(result: JobResult): void {
    if (this.#isClosed) return;
    this.#ready.push(result);
    this.#immediate ??= setImmediate(() => {
      this.#immediate = undefined;
      const results = this.#ready;
      this.#ready = [];
      this.#onResults(results);
    });
  }
}
