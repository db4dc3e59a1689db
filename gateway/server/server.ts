import { formatAddress } from '../../shared/address.ts';
import type { ServerChange } from '../../shared/bridge/server-change.ts';
import type { Grease } from '../../shared/chat/grease.ts';
import type { JoinCode, PeerKey, ServerEpoch, SigningKey } from '../../shared/ids.ts';
import type { ProveJoinCode } from '../../shared/join-code.ts';
import type { Moment } from '../../shared/moment.ts';
import type { Sha256 } from '../../shared/rooms/entry.ts';
import { StoreError } from '../store/errors.ts';
import type { ServerStore } from '../store/server-store.ts';
import type { EndpointAction, EndpointEvent } from '../transport/events.ts';
import { Eraser } from '../turn/eraser.ts';
import { FaultBackOff } from '../turn/fault-back-off.ts';
import type { Job, JobResult } from '../turn/jobs.ts';
import { errorToken, OpenErrors } from '../turn/open-errors.ts';
import { PendingJobs } from '../turn/pending-jobs.ts';
import { type OutgoingMessage, pushMessage } from '../turn/push-message.ts';
import type { Role } from '../turn/role.ts';
import type { Signer, SigningKeyCheck } from '../turn/signer.ts';
import { AddressLookupHandler } from './address-lookup-handler.ts';
import { CheckRelay } from './check-relay.ts';
import { type ConnectionId, Connections } from './connections.ts';
import type { ServerContext } from './context.ts';
import { JoinCodeCheck } from './join-code-check.ts';
import { MailKeyService } from './mail-key-service.ts';
import { PeerClasses } from './peer-classes.ts';
import { isClosingToken } from './presence-tracker.ts';
import { RefusalCounts } from './refusal-counts.ts';
import { isRoomToken } from './rooms/room-fan-out.ts';
import { isRosterToken } from './roster-publisher.ts';
import type { ServerAdmin } from './server-admin.ts';
import { buildServerCore, type ServerCore, type ServerCoreOptions } from './server-core.ts';
import { StartupReconnector } from './startup-reconnector.ts';

export interface ServerOptions {
  readonly store: ServerStore;
  readonly epoch: ServerEpoch;
  /** The server's own. */
  readonly key: PeerKey;
  readonly signingKey: SigningKey;
  readonly signer: Signer;
  readonly isSigningKeyOf: SigningKeyCheck;
  /** Returns the signing key of a peer; undefined where no identity has this key. */
  readonly signingKeyOf: (peer: PeerKey) => SigningKey | undefined;
  readonly sha256: Sha256;
  readonly random: (byteCount: number) => Uint8Array;
  readonly proveJoinCode: ProveJoinCode;
  /** Makes a join code that no one can guess. */
  readonly newJoinCode: () => JoinCode;
  /** Sends unknown things now and then; null: never. */
  readonly grease: Grease | null;
}

/** The server role: registration, the client table for all clients, and mailboxes for clients that are away. */
export class Server implements Role<ServerChange> {
  readonly #coreOptions: ServerCoreOptions;
  readonly #actions: EndpointAction[] = [];
  readonly #changes: ServerChange[] = [];
  readonly #connections = new Connections();
  readonly #reconnector = new StartupReconnector();
  readonly #classes: PeerClasses;
  readonly #openErrors = new OpenErrors();
  readonly #refusals = new RefusalCounts();
  readonly #jobs = new PendingJobs();
  readonly #eraser = new Eraser({ runJob: this.#jobs.run });
  /** Connections that got too many errors in this turn. */
  readonly #refused: ConnectionId[] = [];
  readonly #faultBackOff = new FaultBackOff(1_000, 30_000);
  #core: ServerCore;
  /** The time of the message that is handled now. */
  #nowMs = Number.NEGATIVE_INFINITY;
  #isStopping = false;

  constructor(options: ServerOptions) {
    const { store, proveJoinCode, grease } = options;
    const context = this.#makeContext(grease);
    this.#classes = new PeerClasses(context);
    this.#coreOptions = {
      ...options,
      context,
      connections: this.#connections,
      reconnector: this.#reconnector,
      classes: this.#classes,
      addressLookup: new AddressLookupHandler(),
      checks: new CheckRelay(context),
      joinCodeCheck: new JoinCodeCheck(proveJoinCode),
      eraser: this.#eraser,
      mailKeys: new MailKeyService(store, context),
    };
    this.#core = buildServerCore(this.#coreOptions);
  }

  /** To be asked for in each turn: after a fault it is another object. */
  get admin(): ServerAdmin {
    return this.#core.admin;
  }

  /** What this process refused, by code. */
  refusals(): Record<string, number> {
    return this.#refusals.all();
  }

  /** Dials the clients that were online when an earlier process of this server ended. */
  start(now: Moment): void {
    this.#core.presence.dialExpected(now);
    this.#core.rooms.start(now);
    // An earlier process may have left words in the WAL.
    this.#eraser.eraseSoon(now);
  }

  /** Says goodbye to all connected clients, and to those that connect before the server is gone. */
  stop(): void {
    this.#isStopping = true;
    for (const peer of this.#connections.peers())
      this.#actions.push({ type: 'close', peer, reason: 'goodbye' });
  }

  handleEvent(now: Moment, event: EndpointEvent): void {
    const { presence, dispatcher, registrations } = this.#core;
    this.#openErrors.handleEvent(event);
    switch (event.type) {
      case 'connected':
        return presence.handleConnected(event, event);
      case 'moved':
        presence.handleMoved(now.monotonicMs, event, event.address);
        return registrations.enforceBansOn(now, event.peer);
      case 'disconnected':
        return presence.handleDisconnected(now, event);
      case 'dial-failed':
        return presence.handleDialFailed(now, event.dial);
      case 'received':
        if (this.#openErrors.isRefused(event)) return;
        this.#nowMs = now.monotonicMs;
        dispatcher.handleBytes(now, event, event.bytes);
        return this.#endRefused(now);
      case 'acknowledged':
        return this.#handleAcknowledged(now, event, event.token);
      case 'undelivered':
        return this.#handleUndelivered(now, event);
      case 'other-version': {
        const from = formatAddress(event.from);
        const { version, others } = event;
        this.#changes.push({ type: 'other-version', from, version, others });
        return;
      }
      case 'received-unreliable':
        return dispatcher.handleUnreliable(now, event, event.bytes);
      case 'attempt':
        return;
      case 'writable':
        if (!this.#connections.isRegistered(event)) return;
        this.#core.roster.handleWritable(event.peer);
        return this.#core.rooms.handleWritable(now.monotonicMs, event.peer);
      default:
        return event satisfies never;
    }
  }

  handleTimeout(now: Moment): void {
    const { presence, roster, mailbox, rooms } = this.#core;
    presence.handleTimeout(now);
    roster.publish(now.monotonicMs);
    mailbox.handleTimeout(now.monotonicMs);
    rooms.handleTimeout(now);
    this.#eraser.handleTimeout(now);
    this.#classes.handleTimeout(now.monotonicMs);
  }

  pollTimeout(): number {
    const { roster, mailbox, rooms } = this.#core;
    return Math.min(
      roster.dueMs ?? Infinity,
      mailbox.pollTimeout(),
      rooms.pollTimeout(),
      this.#reconnector.dueMs ?? Infinity,
      this.#classes.dueMs ?? Infinity,
      this.#eraser.pollTimeout() ?? Infinity,
    );
  }

  pollAction(): EndpointAction | undefined {
    return this.#actions.shift();
  }

  pollJob(): Job | undefined {
    return this.#jobs.poll();
  }

  handleJob(now: Moment, result: JobResult): void {
    this.#jobs.handleResult(now, result);
  }

  pollChange(): ServerChange | undefined {
    return this.#changes.shift();
  }

  /**
   * Builds names, mail and presence from the store again; a client that is still connected stays online. The mailbox
   * service repeats what the failed turn did not send, or the client asks again.
   */
  resetFromStore(now: Moment): void {
    this.#actions.length = 0;
    this.#refused.length = 0;
    this.#changes.length = 0;
    this.#jobs.clear();
    this.#eraser.eraseSoon(now);
    this.#reconnector.begin(now.monotonicMs, []);
    this.#core = buildServerCore(this.#coreOptions, {
      previous: this.#core,
      now,
      pausedUntilMs: this.#faultBackOff.untilAfterFault(now.monotonicMs),
    });
  }

  handleUncommitted(event: EndpointEvent, cause: unknown): void {
    const isDiskFull = cause instanceof StoreError && cause.retry;
    if (isDiskFull && event.type === 'received')
      this.#core.dispatcher.handleDiskFull(event.peer, event.bytes);
  }

  #handleAcknowledged(now: Moment, id: ConnectionId, token: string): void {
    const { presence, roster, mailbox, rooms } = this.#core;
    const { peer } = id;
    if (isClosingToken(token)) presence.handleTold(id, token);
    else if (!this.#connections.isRegistered(id)) return;
    else if (isRosterToken(token)) roster.handleAcknowledged(now.monotonicMs, peer, token);
    else if (isRoomToken(token)) rooms.handleAcknowledged(now.monotonicMs, peer, token);
    else mailbox.handleTransportDone(now.monotonicMs, peer, token);
  }

  #handleUndelivered(now: Moment, event: Extract<EndpointEvent, { type: 'undelivered' }>): void {
    const { presence, roster, mailbox, rooms } = this.#core;
    const { peer, instance, token } = event;
    if (instance === null) return;
    switch (event.cause) {
      case 'no-connection':
        // A server that stops has closed all connections itself. It still remembers which clients were online.
        return this.#isStopping ? undefined : presence.handleNoConnection(now, { peer, instance });
      case 'queue-full':
        if (isClosingToken(token)) return presence.handleTold({ peer, instance }, token);
        if (!this.#connections.isRegistered({ peer, instance })) return;
        // The peer reads too slowly. A chunk of the roster waits for `writable`. An envelope is offered again later, like
        // one that was never confirmed: its timer runs for the answer of the recipient's disk, which may stay out anyway.
        if (isRosterToken(token)) roster.handleQueueFull(now.monotonicMs, peer, token);
        else if (isRoomToken(token)) rooms.handleQueueFull(peer, token);
        else mailbox.handleTransportDone(now.monotonicMs, peer, token);
        return;
      case 'unreachable':
      case 'closed':
      case 'replaced':
        // `disconnected` or `connected` follows, and settles all messages at once.
        return;
      default:
        return event.cause satisfies never;
    }
  }

  /** PROTOCOL 7.13: a peer that does not take its errors gets no more, and is refused. */
  #push(grease: Grease | null, outgoing: OutgoingMessage): void {
    const { peer, instance, token } = outgoing;
    if (token === errorToken && instance !== undefined) {
      const id = { peer, instance };
      if (
        !this.#openErrors.add(this.#nowMs, id, this.#connections.isRegistered(id) ? 'registered' : 'unknown')
      )
        return void this.#refused.push(id);
    }
    this.#refusals.add(outgoing.message);
    pushMessage(this.#actions, grease, outgoing);
  }

  #endRefused(now: Moment): void {
    for (let id = this.#refused.shift(); id !== undefined; id = this.#refused.shift())
      this.#core.presence.refuse(now, id);
  }

  #makeContext(grease: Grease | null): ServerContext {
    const isStopping = (): boolean => this.#isStopping;
    return {
      get isStopping() {
        return isStopping();
      },
      isOnline: (peer) =>
        this.#connections.registered(peer) !== undefined && this.#core.registry.isOnline(peer),
      perform: (action) => void this.#actions.push(action),
      answer: ({ peer, instance }, message, token = message.kind) => {
        this.#push(grease, { peer, instance, message, token });
      },
      send: (peer, message, token = message.kind) => {
        const instance = this.#connections.registered(peer);
        this.#push(grease, { peer, instance, message, token });
      },
      emit: (change) => void this.#changes.push(change),
    };
  }
}
