import { formatAddress, parseAddress, type Address } from '../../shared/address.ts';
import type { ServerChange } from '../../shared/bridge/server-change.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { EndpointEvent } from '../transport/events.ts';
import { candidatesOf } from './address-lookup-handler.ts';
import type { Connections } from './connections.ts';
import type { ServerContext } from './context.ts';
import type { MailboxService } from './mailbox-service.ts';
import type { Registry } from './registry.ts';
import type { RosterPublisher } from './roster-publisher.ts';
import type { StartupReconnector } from './startup-reconnector.ts';

/** The token of the `register-rejected` after which the server closes the connection. */
export const displacedToken = 'displaced';

const reconnectPrefix = 'reconnect:';

type DepartureCause = Extract<ServerChange, { type: 'departed' }>['cause'];

const departureCauses = {
  unreachable: 'unreachable',
  'idle-timeout': 'silent',
  goodbye: 'deregistered',
  displaced: 'deregistered',
  refused: 'deregistered',
} as const;

export interface PresenceTrackerOptions {
  readonly context: ServerContext;
  readonly connections: Connections;
  readonly registry: Registry;
  readonly roster: RosterPublisher;
  readonly mailbox: MailboxService;
  readonly reconnector: StartupReconnector;
}

/** Follows the connections to tell which users are online and where, and dials clients that should be connected. */
export class PresenceTracker {
  readonly #options: PresenceTrackerOptions;

  constructor(options: PresenceTrackerOptions) {
    this.#options = options;
  }

  /**
   * Dials the clients that were online when an earlier process of this server ended; they register again at once. Only
   * addresses where the server itself saw them count: a client's own report must not make the server send to others.
   */
  dialExpected(now: Moment): void {
    const { registry, reconnector } = this.#options;
    const expected = [];
    for (const { key, candidates, presence } of registry.all()) {
      if (presence.state !== 'expected') continue;
      const seenAt = parseAddress(candidates[0] ?? '');
      if (seenAt === undefined) registry.markOffline(key, now.wallMs);
      else expected.push({ peer: key, seenAt });
    }
    reconnector.begin(now.monotonicMs, expected);
    this.#dialDue(now.monotonicMs);
  }

  handleTimeout(now: Moment): void {
    const { registry, reconnector } = this.#options;
    this.#dialDue(now.monotonicMs);
    if (!reconnector.isOver(now.monotonicMs)) return;
    for (const { key, presence } of registry.all())
      if (presence.state === 'expected') this.depart(now, key, 'unreachable');
  }

  /** A newer connection took the place of an older one: nothing that was in flight on the older one counts. */
  handleConnected(peer: PeerKey, address: Address): void {
    const { context, connections, roster, mailbox } = this.#options;
    if (context.isStopping) return context.perform({ type: 'close', peer, reason: 'goodbye' });
    connections.open(peer, address);
    roster.unsubscribe(peer);
    mailbox.handleDeparture(peer);
  }

  handleMoved(nowMs: number, peer: PeerKey, address: Address): void {
    const { context, connections, registry } = this.#options;
    connections.move(peer, address);
    if (!context.isOnline(peer)) return;
    context.emit({ type: 'moved', nickname: registry.nameOf(peer), address: formatAddress(address) });
    // The candidates that the client reported stay until it reports others.
    this.setCandidates(nowMs, peer, registry.find(peer)?.candidates.slice(1) ?? []);
  }

  setCandidates(nowMs: number, peer: PeerKey, reported: readonly string[]): void {
    const { connections, registry, roster } = this.#options;
    const address = connections.find(peer)?.address;
    if (address === undefined) return;
    if (registry.move(peer, candidatesOf(address, reported))) roster.publish(nowMs);
  }

  handleDisconnected(now: Moment, { peer, cause }: Extract<EndpointEvent, { type: 'disconnected' }>): void {
    const connection = this.#options.connections.close(peer);
    if (connection?.state === 'displaced') return this.#dialHolder(now, peer);
    this.depart(now, peer, departureCauses[cause]);
    // PROTOCOL 5.8: after this machine's sleep all clients seem silent. Most are still at the same address, and wait
    // to try again.
    if (cause === 'idle-timeout' && connection !== undefined) this.#dial(peer, connection.address);
  }

  /** Ignores the failed dial if the client has reconnected by itself. */
  handleDialFailed(now: Moment, dial: string): void {
    if (!dial.startsWith(reconnectPrefix)) return;
    const peer = dial.slice(reconnectPrefix.length) as PeerKey;
    const { context, reconnector } = this.#options;
    if (reconnector.willDialAgain(now.monotonicMs, peer)) return;
    if (!context.isOnline(peer)) this.depart(now, peer, 'unreachable');
  }

  /** The gateway has heard that it is displaced: the server closes its connection. */
  handleDisplacedAcknowledged(now: Moment, peer: PeerKey): void {
    const { context, connections } = this.#options;
    if (connections.find(peer)?.state !== 'displaced') return;
    connections.close(peer);
    context.perform({ type: 'close', peer, reason: 'displaced' });
    this.#dialHolder(now, peer);
  }

  depart(now: Moment, peer: PeerKey, cause: DepartureCause): void {
    const { context, connections, registry, roster, mailbox } = this.#options;
    roster.unsubscribe(peer);
    connections.setState(peer, 'unregistered');
    const wasOnline = registry.isOnline(peer);
    if (!registry.markOffline(peer, now.wallMs)) return;
    if (wasOnline) context.emit({ type: 'departed', nickname: registry.nameOf(peer), cause });
    mailbox.handleDeparture(peer);
    roster.publish(now.monotonicMs);
  }

  #dialDue(nowMs: number): void {
    const { connections, reconnector } = this.#options;
    for (const { peer, seenAt } of reconnector.take(nowMs))
      if (!connections.has(peer)) this.#dial(peer, seenAt);
  }

  /**
   * The registered gateway has lost its connection to a displaced gateway with the same key, and does
   * not know it yet. The server dials it where it was seen. It is offline if it does not answer there.
   */
  #dialHolder(now: Moment, peer: PeerKey): void {
    const holder = this.#options.registry.find(peer);
    const seenAt = parseAddress(holder?.candidates[0] ?? '');
    if (seenAt === undefined) this.depart(now, peer, 'unreachable');
    else this.#dial(peer, seenAt);
  }

  #dial(peer: PeerKey, seenAt: Address): void {
    const dial = `${reconnectPrefix}${peer}`;
    this.#options.context.perform({ type: 'dial', dial, candidates: [seenAt], expected: peer });
  }
}
