import type { Moment } from '../../../shared/moment.ts';
import type { Trace } from '../../../shared/trace.ts';
import { runJob, type Job, type JobPorts, type JobResult } from '../../turn/jobs.ts';
import type { DrivenEndpoint, OutgoingDatagram, ReceivedDatagram } from '../../net/driver.ts';
import type { TurnRunner } from '../../turn/turn.ts';

/** The approximate time of a seal or an open on a small machine. */
const workMs = 2;

/** Runs the turns of a role and its jobs in virtual time. Jobs run one after the other, and each takes a while. */
export class SimulatedJobRunner<Change> implements DrivenEndpoint {
  readonly #ports: JobPorts;
  readonly #runner: TurnRunner<Change>;
  readonly #jobs: Job[] = [];
  readonly #underway: { readonly readyAtMs: number; readonly result: JobResult }[] = [];

  /** `run` makes the turn runner, which passes its jobs to `take`. */
  constructor(ports: JobPorts, run: (take: (job: Job) => void) => TurnRunner<Change>) {
    this.#ports = ports;
    this.#runner = run((job) => this.#jobs.push(job));
  }

  handleDatagrams(now: Moment, datagrams: readonly ReceivedDatagram[]): void {
    this.#runner.handleDatagrams(now, datagrams);
    this.#work(now);
  }

  handleTimeout(now: Moment): void {
    const ready = this.#underway.filter(({ readyAtMs }) => readyAtMs <= now.monotonicMs);
    this.#underway.splice(0, ready.length);
    if (ready.length > 0)
      this.#runner.handleJobs(
        now,
        ready.map(({ result }) => result),
      );
    const dueMs = this.#runner.pollTimeout();
    if (dueMs !== undefined && dueMs <= now.monotonicMs) this.#runner.handleTimeout(now);
    this.#work(now);
  }

  /** Runs a command on the turn runner, and begins the jobs that it requested. */
  turn<Result>(now: Moment, command: (runner: TurnRunner<Change>) => Result): Result {
    try {
      return command(this.#runner);
    } finally {
      this.#work(now);
    }
  }

  pollTransmit(): OutgoingDatagram | undefined {
    return this.#runner.pollTransmit();
  }

  pollTimeout(): number | undefined {
    const readyAtMs = this.#underway[0]?.readyAtMs;
    const dueMs = this.#runner.pollTimeout();
    if (readyAtMs === undefined || dueMs === undefined) return readyAtMs ?? dueMs;
    return Math.min(readyAtMs, dueMs);
  }

  setTracesMax(tracesMax: number): void {
    this.#runner.setTracesMax(tracesMax);
  }

  pollTrace(): Trace | undefined {
    return this.#runner.pollTrace();
  }

  #work({ monotonicMs }: Moment): void {
    for (const job of this.#jobs.splice(0)) {
      const output = runJob(this.#ports, job.request);
      if (output instanceof Promise) throw new Error('a job of a simulation ends at once');
      const beginsAtMs = Math.max(monotonicMs, this.#underway.at(-1)?.readyAtMs ?? monotonicMs);
      this.#underway.push({ readyAtMs: beginsAtMs + workMs, result: { number: job.number, output } });
    }
  }
}
