import { formatAddress, parseAddress, type Address } from '../../shared/address.ts';
import type { ServerChange } from '../../shared/bridge/server-change.ts';
import { rejectionOf } from '../../shared/chat/codes.ts';
import type { ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import { parsePeerKey, type PeerKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { CloseReason } from '../../shared/wire/packet.ts';
import type { EndpointEvent } from '../transport/events.ts';
import { candidatesOf } from './address-lookup-handler.ts';
import type { ClosingState, Connection, ConnectionId, Connections } from './connections.ts';
import type { ServerContext } from './context.ts';
import type { MailboxService } from './mailbox-service.ts';
import type { PeerClasses } from './peer-classes.ts';
import type { Registry } from './registry.ts';
import type { RoomService } from './rooms/room-service.ts';
import type { RosterPublisher } from './roster-publisher.ts';
import type { StartupReconnector } from './startup-reconnector.ts';

/** The states of connections that the server closes. Each is the token of its last message, too: a `register-rejected`. */
const closeReasons = { displaced: 'displaced', banned: 'refused' } as const satisfies Record<
  ClosingState,
  CloseReason
>;

/** The token of a message after which the server closes the connection. */
export function isClosingToken(token: string): token is ClosingState {
  return token === 'displaced' || token === 'banned';
}

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
  readonly rooms: RoomService;
  readonly reconnector: StartupReconnector;
  readonly classes: PeerClasses;
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

  /** A newer connection may take the place of an older one of the same instance. Then nothing that was in flight on the older one counts. */
  handleConnected({ peer, instance }: ConnectionId, opened: Omit<Connection, 'state'>): void {
    const { context, connections, roster, mailbox, rooms } = this.#options;
    if (context.isStopping) return context.perform({ type: 'close', peer, reason: 'goodbye' });
    const wasRegistered = connections.isRegistered({ peer, instance });
    connections.open({ peer, instance }, opened);
    if (!wasRegistered) return;
    roster.unsubscribe(peer);
    mailbox.handleDeparture(peer);
    rooms.handleDeparture(peer);
  }

  handleMoved(nowMs: number, { peer, instance }: ConnectionId, address: Address): void {
    const { context, connections, registry } = this.#options;
    const id = { peer, instance };
    connections.move(id, address);
    if (!connections.isRegistered(id) || !registry.isOnline(peer)) return;
    context.emit({ type: 'moved', nickname: registry.nameOf(peer), address: formatAddress(address) });
    // The candidates that the client reported stay until it reports others.
    this.setCandidates(nowMs, id, registry.find(peer)?.candidates.slice(1) ?? []);
  }

  setCandidates(nowMs: number, id: ConnectionId, reported: readonly string[]): void {
    const { connections, registry, roster } = this.#options;
    const address = connections.find(id)?.address;
    if (address === undefined) return;
    if (registry.move(id.peer, candidatesOf(address, reported))) roster.publish(nowMs);
  }

  handleDisconnected(now: Moment, event: Extract<EndpointEvent, { type: 'disconnected' }>): void {
    const { peer, instance, cause } = event;
    const { connections, roster, mailbox, rooms } = this.#options;
    const connection = connections.close({ peer, instance });
    if (connection?.state === 'displaced' || this.#isOnlineElsewhere(event)) return;
    // The client's process has started again at the same address, and registers now. It never seems to go offline.
    if (cause === 'replaced') {
      roster.unsubscribe(peer);
      rooms.handleDeparture(peer);
      return mailbox.handleDeparture(peer);
    }
    this.depart(now, peer, departureCauses[cause]);
    // PROTOCOL 5.8: after this machine's sleep all clients seem silent. Most are still at the same address, and wait
    // to try again.
    if (cause === 'idle-timeout' && connection !== undefined) this.#dial(peer, connection.address);
  }

  /** Ends the connection of a peer that sends too much nonsense. */
  refuse(now: Moment, { peer, instance }: ConnectionId): void {
    const { context, connections } = this.#options;
    if (connections.find({ peer, instance }) === undefined) return;
    context.perform({ type: 'refuse', peer, instance });
    this.handleDisconnected(now, { type: 'disconnected', peer, instance, cause: 'refused' });
  }

  /** A message found no connection of this instance. */
  handleNoConnection(now: Moment, id: ConnectionId): void {
    if (!this.#isOnlineElsewhere(id)) this.depart(now, id.peer, 'unreachable');
  }

  /** Ignores the failed dial if the client has reconnected by itself. */
  handleDialFailed(now: Moment, dial: string): void {
    if (!dial.startsWith(reconnectPrefix)) return;
    const peer = parsePeerKey(dial.slice(reconnectPrefix.length));
    if (peer === undefined) return;
    const { context, reconnector } = this.#options;
    if (reconnector.willDialAgain(now.monotonicMs, peer)) return;
    if (!context.isOnline(peer)) this.depart(now, peer, 'unreachable');
  }

  /** Another gateway with the same key is online now. Tells this one. The server then closes its connection. */
  displace(id: ConnectionId, registration: number): void {
    const { connections, roster, mailbox, rooms } = this.#options;
    // Nothing that is in flight to it counts for the other one.
    roster.unsubscribe(id.peer);
    mailbox.handleDeparture(id.peer);
    rooms.handleDeparture(id.peer);
    if (connections.find(id) === undefined) return;
    this.tellAndClose(id, 'displaced', { kind: 'register-rejected', registration, suggestion: null });
  }

  /** Sends the last message of a connection. `handleTold` closes it. */
  tellAndClose(
    id: ConnectionId,
    state: ClosingState,
    message: Omit<ProtocolMessageOf<'register-rejected'>, 'code' | 'retryAfterMs'>,
  ): void {
    const { context, connections } = this.#options;
    connections.setState(id, state);
    context.answer(id, { ...message, ...rejectionOf(state) }, state);
  }

  /** The gateway has heard why its connection ends, or cannot be told. A gateway that has registered since then stays. */
  handleTold({ peer, instance }: ConnectionId, state: ClosingState): void {
    const { context, connections } = this.#options;
    if (connections.find({ peer, instance })?.state !== state) return;
    connections.close({ peer, instance });
    context.perform({ type: 'close', peer, instance, reason: closeReasons[state] });
  }

  depart(now: Moment, peer: PeerKey, cause: DepartureCause): void {
    const { context, connections, registry, roster, mailbox, rooms, classes } = this.#options;
    roster.unsubscribe(peer);
    rooms.handleDeparture(peer);
    const instance = connections.registered(peer);
    if (instance !== undefined) connections.setState({ peer, instance }, 'unregistered');
    classes.handleDeparture(peer);
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

  /** Whether the registration belongs to a connection of another instance, which is open. */
  #isOnlineElsewhere({ peer, instance }: ConnectionId): boolean {
    const { connections, registry } = this.#options;
    const presence = registry.find(peer)?.presence;
    if (presence?.state !== 'online' || presence.instanceId === instance) return false;
    return connections.find({ peer, instance: presence.instanceId }) !== undefined;
  }

  #dial(peer: PeerKey, seenAt: Address): void {
    const dial = `${reconnectPrefix}${peer}`;
    this.#options.context.perform({ type: 'dial', dial, candidates: [seenAt], expected: peer });
  }
}
