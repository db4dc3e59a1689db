import type { Address } from '../../shared/address.ts';
import type { Grease } from '../../shared/chat/grease.ts';
import type { ProtocolMessage } from '../../shared/chat/kinds.ts';
import type { InstanceId, PeerKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { EndpointAction, EndpointEvent } from '../transport/events.ts';
import { pushMessage } from '../turn/push-message.ts';
import type { Job, JobResult } from '../turn/jobs.ts';
import { PendingJobs, type RunJob } from '../turn/pending-jobs.ts';
import type { ClientEvent } from './client-event.ts';

/** The actions of the client's parts on the outside. They take effect after the turn's commit. */
export interface ClientContext {
  transport(action: EndpointAction): void;
  /** Sends over the current connection to `peer`. `token` comes back in the endpoint's events. */
  send(peer: PeerKey, message: ProtocolMessage, token: string): void;
  readonly runJob: RunJob;
  emit(event: ClientEvent): void;
}

/** What the core itself can do besides: it follows which connection to each peer is used. */
export interface CoreContext extends ClientContext {
  /** Notes what the event says of connections. Returns false if it is about one that is not the peer's current connection. */
  followConnection(event: EndpointEvent): boolean;
  /** The connection to `peer` that is used; undefined without one. */
  currentConnection(peer: PeerKey): LiveConnection | undefined;
  /** Whether the connection to this process of the peer is believed to live. */
  isLive(peer: PeerKey, instance: InstanceId): boolean;
}

/** A live connection to one process of a peer. */
interface LiveConnection {
  readonly instance: InstanceId;
  readonly address: Address;
  readonly handshakeHash: Uint8Array;
}

/**
 * Follows the live connections to each peer. A peer may have several: a gateway and its copy, or a gateway that has started
 * again and its previous process. The client uses the one that connected last, its current one.
 */
class LiveConnections {
  /** The current one last. */
  readonly #byPeer = new Map<PeerKey, readonly LiveConnection[]>();

  current(peer: PeerKey): LiveConnection | undefined {
    return this.#byPeer.get(peer)?.at(-1);
  }

  has(peer: PeerKey, instance: InstanceId): boolean {
    return this.#byPeer.get(peer)?.some((one) => one.instance === instance) === true;
  }

  set(peer: PeerKey, connection: LiveConnection): void {
    this.delete(peer, connection.instance);
    this.#byPeer.set(peer, [...(this.#byPeer.get(peer) ?? []), connection]);
  }

  move(peer: PeerKey, { instance, address }: Pick<LiveConnection, 'instance' | 'address'>): void {
    const all = this.#byPeer.get(peer) ?? [];
    if (all.length === 0) return;
    this.#byPeer.set(
      peer,
      all.map((one) => (one.instance === instance ? { ...one, address } : one)),
    );
  }

  /** Forgets one connection to the peer; without `instance` all. */
  delete(peer: PeerKey, instance?: InstanceId): void {
    const others = this.#byPeer
      .get(peer)
      ?.filter((one) => instance !== undefined && one.instance !== instance);
    if (others === undefined || others.length === 0) this.#byPeer.delete(peer);
    else this.#byPeer.set(peer, others);
  }
}

/** Collects the effects that the parts of the client request, until the turn has committed. */
export class ClientEffects implements CoreContext {
  readonly #actions: EndpointAction[] = [];
  readonly #events: ClientEvent[] = [];
  readonly #jobs = new PendingJobs();
  readonly #connections = new LiveConnections();
  readonly #grease: Grease | null;

  constructor(grease: Grease | null) {
    this.#grease = grease;
  }

  transport(action: EndpointAction): void {
    if (action.type === 'close' || action.type === 'refuse')
      this.#connections.delete(action.peer, action.instance);
    this.#actions.push(action);
  }

  followConnection(event: EndpointEvent): boolean {
    switch (event.type) {
      case 'connected':
        this.#connections.set(event.peer, {
          instance: event.instance,
          address: event.address,
          handshakeHash: event.handshakeHash,
        });
        return true;
      case 'moved':
        this.#connections.move(event.peer, { instance: event.instance, address: event.address });
        // Without a current connection the client has closed the one that moved.
        return this.#connections.current(event.peer)?.instance === event.instance;
      case 'disconnected': {
        const isCurrent = this.#isCurrent(event.peer, event.instance);
        this.#connections.delete(event.peer, event.instance);
        return isCurrent;
      }
      default:
        break;
    }
    if (!('peer' in event) || event.instance === null) return true;
    return this.#isCurrent(event.peer, event.instance);
  }

  currentConnection(peer: PeerKey): LiveConnection | undefined {
    return this.#connections.current(peer);
  }

  isLive(peer: PeerKey, instance: InstanceId): boolean {
    return this.#connections.has(peer, instance);
  }

  send(peer: PeerKey, message: ProtocolMessage, token: string): void {
    const instance = this.#connections.current(peer)?.instance;
    pushMessage(this.#actions, this.#grease, { peer, instance, message, token });
  }

  get runJob(): RunJob {
    return this.#jobs.run;
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
    return this.#jobs.poll();
  }

  handleJob(now: Moment, result: JobResult): void {
    this.#jobs.handleResult(now, result);
  }

  #isCurrent(peer: PeerKey, instance: InstanceId): boolean {
    const current = this.#connections.current(peer);
    return current === undefined || current.instance === instance;
  }

  /** Forgets everything after a fault. Results of jobs that are under way change nothing. */
  clear(): void {
    this.#actions.length = 0;
    this.#events.length = 0;
    this.#jobs.clear();
  }
}
