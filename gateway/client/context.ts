import type { Grease } from '../../shared/chat/grease.ts';
import type { ProtocolMessage } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { EndpointAction } from '../transport/events.ts';
import { pushMessage } from '../turn/messages.ts';
import type { Job, JobKind, JobOutput, JobRequest, JobResult } from '../turn/jobs.ts';
import type { ClientEvent } from './client-event.ts';

/** The actions of the client's parts on the outside. They take effect after the turn's commit. */
export interface ClientContext {
  transport(action: EndpointAction): void;
  /** Sends over the live connection to `peer`. `token` comes back in the endpoint's events. */
  send(peer: PeerKey, channel: 'control' | 'chat', message: ProtocolMessage, token: string): void;
  /** Starts slow work. `done` is called in a later turn, or never after a fault. */
  runJob<Kind extends JobKind>(request: JobRequest<Kind>, done: JobDone<Kind>): void;
  emit(event: ClientEvent): void;
}

/** Called in a later turn with the result of the job. */
export type JobDone<Kind extends JobKind = JobKind> = (now: Moment, output: JobOutput<Kind>) => void;

/** Collects the effects that the parts of the client request, until the turn has committed. */
export class ClientEffects implements ClientContext {
  readonly #actions: EndpointAction[] = [];
  readonly #events: ClientEvent[] = [];
  readonly #jobs: Job[] = [];
  readonly #pendingJobs = new Map<number, JobDone>();
  readonly #grease: Grease | null;
  /** Keeps rising after a fault, so that a late result is never taken for that of another job. */
  #lastJob = 0;

  constructor(grease: Grease | null) {
    this.#grease = grease;
  }

  transport(action: EndpointAction): void {
    this.#actions.push(action);
  }

  send(peer: PeerKey, channel: 'control' | 'chat', message: ProtocolMessage, token: string): void {
    pushMessage(this.#actions, this.#grease, { peer, channel, message, token });
  }

  runJob<Kind extends JobKind>(request: JobRequest<Kind>, done: JobDone<Kind>): void {
    const number = ++this.#lastJob;
    // The number ties the callback to the request: it is only called with an output of this kind.
    this.#pendingJobs.set(number, done);
    this.#jobs.push({ number, request });
  }

  emit(event: ClientEvent): void {
    this.#events.push(event);
  }

  pollAction(): EndpointAction | undefined {
    return this.#actions.shift();
  }

  pollEvent(): ClientEvent | undefined {
    return this.#events.shift();
  }

  pollJob(): Job | undefined {
    return this.#jobs.shift();
  }

  handleJob(now: Moment, { number, output }: JobResult): void {
    const done = this.#pendingJobs.get(number);
    this.#pendingJobs.delete(number);
    done?.(now, output);
  }

  /** Forgets everything after a fault. Results of jobs that are under way change nothing. */
  clear(): void {
    this.#actions.length = 0;
    this.#events.length = 0;
    this.#jobs.length = 0;
    this.#pendingJobs.clear();
  }
}
