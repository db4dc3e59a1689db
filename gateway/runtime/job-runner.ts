import { runJob, type Job, type JobPorts, type JobResult } from '../turn/jobs.ts';

export interface JobRunnerOptions {
  readonly ports: JobPorts;
  /** Results that are ready at the same time come together, for one commit. */
  readonly onResults: (results: readonly JobResult[]) => void;
  /** A job failed in a way that its kind does not know: a bug. The role never gets a result. */
  readonly onFault: (error: unknown) => void;
}

/** Does a role's background jobs beside its turns. */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  #ready: JobResult[] = [];
  #immediate: NodeJS.Immediate | undefined;
  #isClosed = false;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  take(job: Job): void {
    this.#run(job).catch((error: unknown) => {
      if (!this.#isClosed) this.#options.onFault(error);
    });
  }

  /** Drops the results of jobs that are not finished. */
  close(): void {
    this.#isClosed = true;
    clearImmediate(this.#immediate);
  }

  async #run({ number, request }: Job): Promise<void> {
    const output = await runJob(this.#options.ports, request);
    if (this.#isClosed) return;
    this.#ready.push({ number, output });
    this.#immediate ??= setImmediate(() => {
      this.#immediate = undefined;
      const results = this.#ready;
      this.#ready = [];
      this.#options.onResults(results);
    });
  }
}
