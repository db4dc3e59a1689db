import type { Address } from '../../shared/address.ts';
import type { Moment } from '../../shared/moment.ts';
import type { Trace } from '../../shared/trace.ts';
import type { Job, JobResult } from './jobs.ts';
import type { Role, TurnStore } from './role.ts';
import type { EndpointAction, EndpointEvent, NetworkChange } from '../transport/events.ts';

/** What a turn needs of an endpoint; times in monotonic milliseconds. */
export interface TurnEndpoint {
  handleDatagram(nowMs: number, from: Address, bytes: Uint8Array): void;
  handleTimeout(nowMs: number): void;
  handleNetworkChange(nowMs: number, change: NetworkChange): void;
  apply(nowMs: number, action: EndpointAction): void;
  pollEvent(): EndpointEvent | undefined;
  /** Makes datagrams of what was sent, which counts the attempts that they are. */
  flush(): void;
  /** Whether bulk could leave, and waits for `releaseBulk`. */
  readonly isBulkHeld: boolean;
  releaseBulk(nowMs: number): void;
  pollTransmit(): { readonly to: Address; readonly bytes: Uint8Array } | undefined;
  pollTimeout(): number | undefined;
  setTracesMax(tracesMax: number): void;
  pollTrace(): Trace | undefined;
}

export interface TurnOptions<Change> {
  readonly endpoint: TurnEndpoint;
  readonly role: Role<Change>;
  readonly store: TurnStore;
  /** What the role tells the outside, after the commit that made it true. The disk may still take the commit at this moment. */
  readonly onChange: (change: Change) => void;
  /** Slow work that the role wants done; what comes of it is given to `handleJobs`. A role without such work needs none. */
  readonly onJob?: (job: Job) => void;
  /** An input failed (disk full, or a bug): its writes are undone, and the role has taken everything from the store. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Runs one role: inputs, the endpoint's events and what is due go to the role inside one transaction; after its one commit the role's
 * effects are released. Pages are told first, and read while the disk takes the commit. What a peer relies on leaves once the disk has it.
 * It has no I/O: net's driver and the simulated network both run it.
 */
export class TurnRunner<Change> {
  readonly #options: TurnOptions<Change>;
  /** What a sync has failed with. The store may hold what the disk does not, so that the role does nothing more. */
  #lost: { readonly error: unknown } | undefined;

  constructor(options: TurnOptions<Change>) {
    this.#options = options;
  }

  /** Takes the datagrams that one tick brought: one turn, one commit. */
  handleDatagrams(
    now: Moment,
    datagrams: readonly { readonly from: Address; readonly bytes: Uint8Array }[],
  ): void {
    for (const { from, bytes } of datagrams) {
      this.#options.endpoint.handleDatagram(now.monotonicMs, from, bytes);
    }
    this.#turn(now);
  }

  handleTimeout(now: Moment): void {
    this.#options.endpoint.handleTimeout(now.monotonicMs);
    this.#turn(now);
  }

  /** Takes the results of jobs since the last time: one turn, one commit. */
  handleJobs(now: Moment, results: readonly JobResult[]): void {
    const { role } = this.#options;
    this.#turn(now, ...results.map((result) => () => role.handleJob?.(now, result)));
  }

  handleNetworkChange(now: Moment, change: NetworkChange): void {
    const { endpoint, role } = this.#options;
    endpoint.handleNetworkChange(now.monotonicMs, change);
    this.#turn(now, () => role.handleNetworkChange?.(now));
  }

  /** Runs a command of the user in a turn of its own. Throws what the store or the command threw; everything is undone. */
  command<Result>(now: Moment, run: () => Result): Result {
    let result: { readonly value: Result } | undefined;
    const failure = this.#turn(now, () => {
      result = { value: run() };
    });
    if (failure !== undefined) throw failure.error;
    if (result === undefined) throw new Error('a turn without a failure has run its command');
    return result.value;
  }

  pollTransmit(): { readonly to: Address; readonly bytes: Uint8Array } | undefined {
    return this.#options.endpoint.pollTransmit();
  }

  get isBulkHeld(): boolean {
    return this.#options.endpoint.isBulkHeld;
  }

  /** Lets bulk leave. The role has no part in it, so that it costs no commit. */
  releaseBulk(now: Moment): void {
    this.#options.endpoint.releaseBulk(now.monotonicMs);
  }

  setTracesMax(tracesMax: number): void {
    this.#options.endpoint.setTracesMax(tracesMax);
  }

  pollTrace(): Trace | undefined {
    return this.#options.endpoint.pollTrace();
  }

  /** The earliest deadline of the endpoint and the role, in monotonic milliseconds. */
  pollTimeout(): number | undefined {
    const endpointMs = this.#options.endpoint.pollTimeout();
    const roleMs = this.#lost === undefined ? this.#options.role.pollTimeout() : undefined;
    if (endpointMs === undefined) return roleMs;
    return roleMs === undefined ? endpointMs : Math.min(endpointMs, roleMs);
  }

  /** Gives what the inputs failed with, or the first round as a whole, if they did. */
  #turn(now: Moment, ...inputs: readonly (() => void)[]): { readonly error: unknown } | undefined {
    const failure = this.#round(now, inputs);
    // What the role asked for may have answers at once (a send without a connection): they get rounds of their own.
    for (let rounds = 0; rounds < roundsMax; rounds++) {
      const event = this.#nextEvent();
      if (event === undefined) return failure;
      this.#round(now, [], event);
    }
    this.#options.onFault(new Error(`a turn did not come to rest in ${roundsMax} rounds`));
    return failure;
  }

  /** Datagrams are made when nothing else is left to do, so that everything of a turn goes together. */
  #nextEvent(): EndpointEvent | undefined {
    const { endpoint } = this.#options;
    const event = endpoint.pollEvent();
    if (event !== undefined) return event;
    endpoint.flush();
    return endpoint.pollEvent();
  }

  #round(
    now: Moment,
    inputs: readonly (() => void)[],
    first?: EndpointEvent,
  ): { readonly error: unknown } | undefined {
    if (this.#lost !== undefined) return this.#refuse(now, this.#lost, first);
    const { endpoint, role, store } = this.#options;
    const effects = new Effects<Change>();
    /** What a role wants after it has read its store again, whatever becomes of the turn. */
    const aftermath = new Effects<Change>();
    let failure: { readonly error: unknown } | undefined;
    let lastError: unknown;
    const failed = (error: unknown): void => {
      failure ??= { error };
      // A turn that the disk has undone as a whole says so to each further input, with one error.
      if (error === lastError) return;
      lastError = error;
      // Memory may hold what the disk does not: nothing more is done on it.
      role.resetFromStore(now);
      aftermath.take(role);
    };
    /** Events with writes that stay unless the commit fails, and events with undone writes. */
    const written: EndpointEvent[] = [];
    const undone: { readonly event: EndpointEvent; readonly cause: unknown }[] = [];
    const attempt = (run: () => void, event?: EndpointEvent): void => {
      try {
        store.savepoint(run);
        effects.take(role);
        if (event !== undefined) written.push(event);
      } catch (error) {
        failed(error);
        if (event !== undefined) undone.push({ event, cause: error });
      }
    };
    store.begin();
    for (const input of inputs) attempt(input);
    const inputFailure = failure;
    for (let event = first ?? endpoint.pollEvent(); event !== undefined; event = endpoint.pollEvent()) {
      const current = event;
      attempt(() => role.handleEvent(now, current), current);
    }
    if (this.#isDue(now)) attempt(() => role.handleTimeout(now));
    const ends = (step: () => void): boolean => {
      try {
        step();
        return true;
      } catch (error) {
        failed(error);
        for (const event of written) undone.push({ event, cause: error });
        return false;
      }
    };
    const isCommitted = ends(() => store.commit());
    if (isCommitted) this.#tell(effects);
    const isOnDisk = isCommitted && ends(() => store.sync());
    if (isCommitted && !isOnDisk) this.#lost = failure;
    for (const { event, cause } of undone) role.handleUncommitted?.(event, cause);
    aftermath.take(role);
    if (failure !== undefined) this.#options.onFault(failure.error);
    // What the disk kept of a turn with a failed input is released like that of any other.
    if (isOnDisk) this.#act(now, effects);
    this.#tell(aftermath);
    this.#act(now, aftermath);
    return isOnDisk ? inputFailure : failure;
  }

  /** Whether the role wants its turn now. A timer would come a millisecond later, and cost a commit of its own. */
  #isDue(now: Moment): boolean {
    const dueMs = this.#options.role.pollTimeout();
    return dueMs !== undefined && dueMs <= now.monotonicMs;
  }

  /** The sender of a message that cannot be stored hears so, and keeps it. */
  #refuse(
    now: Moment,
    lost: { readonly error: unknown },
    first?: EndpointEvent,
  ): { readonly error: unknown } {
    const { endpoint, role } = this.#options;
    for (let event = first ?? endpoint.pollEvent(); event !== undefined; event = endpoint.pollEvent())
      role.handleUncommitted?.(event, lost.error);
    const answers = new Effects<Change>();
    answers.take(role);
    this.#act(now, answers);
    return lost;
  }

  #tell({ changes }: Effects<Change>): void {
    for (const change of changes) this.#options.onChange(change);
  }

  #act(now: Moment, { actions, jobs }: Effects<Change>): void {
    const { endpoint, onJob } = this.#options;
    for (const action of actions) endpoint.apply(now.monotonicMs, action);
    for (const job of jobs) onJob?.(job);
  }
}

/** What a role wants to happen, held until the commit that makes it true is made, or on the disk. */
class Effects<Change> {
  readonly actions: EndpointAction[] = [];
  readonly jobs: Job[] = [];
  readonly changes: Change[] = [];

  take(role: Role<Change>): void {
    for (let action = role.pollAction(); action !== undefined; action = role.pollAction()) {
      this.actions.push(action);
    }
    for (let job = role.pollJob?.(); job !== undefined; job = role.pollJob?.()) this.jobs.push(job);
    for (let change = role.pollChange(); change !== undefined; change = role.pollChange()) {
      this.changes.push(change);
    }
  }
}

/** Far above anything seen: a role and its endpoint answer each other a few times at most. */
const roundsMax = 1_000;
