import { type Address, isSameAddress, type InterfaceAddress } from '../../../shared/address.ts';
import { parsePeerKey, type PeerKey } from '../../../shared/ids.ts';
import {
  allClaimDialsBurst,
  allClaimDialsIntervalMs,
  claimDialsBurst,
  claimDialsIntervalMs,
} from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { EndpointAction, EndpointEvent } from '../../transport/events.ts';
import { BackOff } from '../../turn/back-off.ts';
import { KeyedTokenBucket } from '../../turn/keyed-token-bucket.ts';
import type { ClientContext } from '../context.ts';
import type { Blocks } from '../contacts/blocks.ts';
import type { Contacts } from '../contacts/contacts.ts';
import { AddressLookup } from './address-lookup.ts';
import { usableCandidates, type UsableCandidates } from './candidates.ts';
import type { Session } from './session.ts';

/** How a message can travel to a peer now, when a connection may be opened for it. */
export type Route =
  /** The connection to the peer's own gateway lives. */
  | { readonly type: 'direct' }
  /** It is being opened; `attempt` counts its attempts. */
  | { readonly type: 'connecting'; readonly attempt: number }
  /** The peer is offline or does not answer: the message goes through its mailbox on the server. */
  | { readonly type: 'server'; readonly server: PeerKey }
  /** There is no route. The next attempt is at this wall time, null when that is unknown. */
  | { readonly type: 'none'; readonly nextAttemptAtMs: number | null }
  /** The user has to decide first whether this is still the right key. */
  | { readonly type: 'key-conflict' }
  /** The user has blocked the peer. */
  | { readonly type: 'blocked' };

/** How a message can travel to a peer now over what is open already. */
export type CurrentRoute =
  | { readonly type: 'direct' }
  | { readonly type: 'server'; readonly server: PeerKey }
  | { readonly type: 'none' };

/** Sends something to peers, and follows the routes to them. */
export interface RouteFollower {
  /** Peers for which something waits. */
  waitingPeers(): Iterable<PeerKey>;
  /** Whether something waits for this peer that is worth a new connection. */
  wantsConnection(peer: PeerKey): boolean;
  /** The route to this peer may be another one now, or something new waits for it: sends what can be sent. */
  proceed(now: Moment, peer: PeerKey): void;
}

export interface ReachabilityOptions {
  readonly context: ClientContext;
  readonly session: Session;
  readonly contacts: Contacts;
  readonly blocks: Pick<Blocks, 'has'>;
  /** This machine's interface addresses right now. */
  readonly interfaces: () => readonly InterfaceAddress[];
}

/** Where a peer may be tried, and where it is connected already. */
export interface PeerPlace extends UsableCandidates {
  readonly connectedAt: Address | null;
}

type DialTargets = Required<Pick<Extract<EndpointAction, { type: 'dial' }>, 'candidates' | 'claims'>>;

type Connection =
  | { readonly state: 'dialing' }
  | { readonly state: 'connected'; readonly address: Address }
  /** The peer did not answer a short while ago. Until then its mailbox on the server is used. */
  | { readonly state: 'avoided'; readonly untilMs: number; readonly untilWallMs: number };

type ServerState =
  | { readonly state: 'online'; readonly key: PeerKey }
  | { readonly state: 'unreachable'; readonly nextAttemptAtMs: number | null }
  | { readonly state: 'away' };

/**
 * The one place that knows how each peer can be reached: directly, through the server, or not now. It opens and keeps the
 * direct connections. Its followers send messages and receipts; `settle` at the end of each input of the client lets them
 * use what has changed. A failure to reach a peer is local to this client.
 */
export class Reachability {
  readonly #options: ReachabilityOptions;
  readonly #followers: RouteFollower[] = [];
  readonly #connections = new Map<PeerKey, Connection>();
  readonly #backOffs = new Map<PeerKey, BackOff>();
  /** Dials to addresses that only the peers name, of each peer and of all. */
  readonly #claimsOfPeer = new KeyedTokenBucket(claimDialsBurst, claimDialsIntervalMs);
  readonly #claimsOfAll = new KeyedTokenBucket(allClaimDialsBurst, allClaimDialsIntervalMs);
  readonly #lookup = new AddressLookup((peer) => {
    const server = this.#server();
    if (server.state === 'online')
      this.#options.context.send(server.key, { kind: 'locate', key: peer }, 'locate');
  });
  /** Peers about which a check waits for the server's answer. */
  readonly #wanted = new Set<PeerKey>();
  /** Peers to which the followers have to look again; with `#isAllChanged` each that they have something for. */
  #changed = new Set<PeerKey>();
  #isAllChanged = true;

  constructor(options: ReachabilityOptions) {
    this.#options = options;
    options.contacts.observe((peer) => this.#changed.add(peer));
    options.session.observe(() => {
      this.#isAllChanged = true;
      // The connection to the server was replaced or has ended, so the server will not answer lookups on it.
      this.#lookup.forgetAll();
      this.#wanted.clear();
      if (options.session.isAway) this.closeAll();
    });
  }

  /** `follower` is asked to proceed whenever a route may have changed. Earlier followers come first. */
  follow(follower: RouteFollower): void {
    this.#followers.push(follower);
  }

  /** Something new waits for this peer. */
  wake(peer: PeerKey): void {
    this.#changed.add(peer);
  }

  /** Lets the followers use what has changed, until nothing changes any longer. */
  settle(now: Moment): void {
    while (this.#isAllChanged || this.#changed.size > 0) {
      const [isAll, changed] = [this.#isAllChanged, this.#changed];
      this.#isAllChanged = false;
      this.#changed = new Set();
      for (const follower of this.#followers)
        for (const peer of isAll ? [...follower.waitingPeers()] : changed) follower.proceed(now, peer);
    }
  }

  /** Returns the route to a peer now. Opens a connection when the peer may be reached directly and none lives. */
  route(now: Moment, peer: PeerKey): Route {
    const { contacts, blocks } = this.#options;
    if (blocks.has(peer)) return { type: 'blocked' };
    if (contacts.awaitsKeyDecision(peer)) return { type: 'key-conflict' };
    const server = this.#server();
    if (server.state === 'away') return { type: 'none', nextAttemptAtMs: null };
    // Without a server it is unknown who is online, so the last known addresses are tried.
    const mayBeOnline = server.state === 'unreachable' || contacts.find(peer)?.online === true;
    const connection = this.#connections.get(peer);
    if (mayBeOnline) {
      if (connection?.state === 'connected') return { type: 'direct' };
      if (connection?.state === 'dialing') return { type: 'connecting', attempt: 1 };
      const isAvoided = connection?.state === 'avoided' && connection.untilMs > now.monotonicMs;
      if (!isAvoided && this.#approach(now, peer, server.state === 'online'))
        return { type: 'connecting', attempt: 1 };
    }
    if (server.state === 'online') return { type: 'server', server: server.key };
    const ownAttemptAtMs = connection?.state === 'avoided' ? connection.untilWallMs : null;
    const attempts = [ownAttemptAtMs, server.nextAttemptAtMs].filter((wallMs) => wallMs !== null);
    return { type: 'none', nextAttemptAtMs: attempts.length === 0 ? null : Math.min(...attempts) };
  }

  /** Returns the route to a peer over what is open already, for messages that are not worth a new connection. */
  currentRoute(peer: PeerKey): CurrentRoute {
    const server = this.#server();
    if (server.state === 'away' || this.#options.blocks.has(peer)) return { type: 'none' };
    if (this.#connections.get(peer)?.state === 'connected') return { type: 'direct' };
    return server.state === 'online' ? { type: 'server', server: server.key } : { type: 'none' };
  }

  /** The addresses at which the peer may be tried, and where it is connected. Null for a blocked peer. */
  placeOf(peer: PeerKey): PeerPlace | null {
    if (this.#options.blocks.has(peer)) return null;
    const { seen, claims } = this.#addressesOf(peer);
    const connection = this.#connections.get(peer);
    return { seen, claims, connectedAt: connection?.state === 'connected' ? connection.address : null };
  }

  /** Asks the server for the addresses of a peer, for a check. Returns false if they are known already, or cannot be asked. */
  lookUp(now: Moment, peer: PeerKey): boolean {
    const isAsked = this.#server().state === 'online' && !this.#addressesOf(peer).isFresh;
    if (isAsked) {
      this.#wanted.add(peer);
      this.#lookup.about(now.monotonicMs, peer);
    }
    return isAsked;
  }

  /** Handles events of connections to peers, and of dials to them. */
  handleEvent(now: Moment, event: EndpointEvent): void {
    switch (event.type) {
      case 'connected':
        this.#set(event.peer, { state: 'connected', address: event.address });
        this.#backOffs.delete(event.peer);
        return;
      case 'moved':
        this.#set(event.peer, { state: 'connected', address: event.address });
        return;
      case 'dial-failed': {
        const peer = parsePeerKey(event.dial.slice(dialPrefix.length));
        // Ignore the failed dial if the peer has connected in the meantime.
        if (peer !== undefined && this.#connections.get(peer)?.state === 'dialing') this.#avoid(now, peer);
        return;
      }
      case 'disconnected':
        // PROTOCOL 5.8: this machine slept, which says nothing about the peer.
        if (event.cause === 'idle-timeout') this.#delete(event.peer);
        else this.#avoid(now, event.peer);
        return;
      default:
        return;
    }
  }

  /** Earlier failures to reach the peer no longer count. */
  forgive(peer: PeerKey): void {
    if (this.#connections.get(peer)?.state === 'avoided') this.#delete(peer);
    this.#backOffs.delete(peer);
  }

  /** This machine's network is another one now: earlier failures no longer count. */
  forgiveAll(): void {
    for (const peer of [...this.#connections.keys()]) this.forgive(peer);
    this.#isAllChanged = true;
  }

  /**
   * The roster says that the peer is back, or has another address. A connection to the previous address may lead to a
   * process that is gone, which only its silence would show.
   */
  handleReturn(now: Moment, peer: PeerKey): void {
    this.forgive(peer);
    if (this.#connections.has(peer)) this.#lookup.about(now.monotonicMs, peer);
  }

  /** The server has told the peer's addresses. */
  handleLocation(now: Moment, peer: PeerKey): void {
    this.#lookup.answered(now.monotonicMs, peer);
    if (this.#wanted.delete(peer))
      this.#options.context.emit({ type: 'check-news', news: { type: 'located', peer } });
    this.#changed.add(peer);
    const connection = this.#connections.get(peer);
    if (connection === undefined || connection.state === 'avoided') return;
    const { seen, claims } = this.#addressesOf(peer);
    const isKnownThere =
      connection.state === 'connected' &&
      [...seen, ...claims].some((candidate) => isSameAddress(candidate, connection.address));
    const targets = isKnownThere ? undefined : this.#targets(now, peer, { seen, claims });
    if (targets === undefined) return;
    if (connection.state === 'dialing') this.#dial(peer, targets);
    else this.#options.context.transport({ type: 'redial', peer, ...targets });
  }

  /** PROTOCOL 6.88: ends all connections to a peer that the user has blocked. To the peer it looks like a gateway that ends. */
  closeTo(peer: PeerKey): void {
    this.#options.context.transport({ type: 'close', peer, reason: 'goodbye' });
    this.#backOffs.delete(peer);
    this.#delete(peer);
  }

  closeAll(): void {
    for (const [peer, connection] of this.#connections) {
      if (connection.state === 'connected')
        this.#options.context.transport({ type: 'close', peer, reason: 'goodbye' });
    }
    this.#connections.clear();
    this.#backOffs.clear();
    this.#lookup.forgetAll();
  }

  /** Returns when a lookup is overdue, or when a peer may be tried again for which a follower wants a connection. */
  pollTimeout(): number | undefined {
    let earliest = this.#lookup.pollTimeout();
    for (const [peer, connection] of this.#connections) {
      if (connection.state !== 'avoided') continue;
      if (earliest !== undefined && connection.untilMs >= earliest) continue;
      if (this.#followers.some((follower) => follower.wantsConnection(peer))) earliest = connection.untilMs;
    }
    return earliest;
  }

  /** Avoids peers that the server did not locate in time, and ends the avoiding of others when their wait is over. */
  handleTimeout(now: Moment): void {
    for (const peer of this.#lookup.handleTimeout(now.monotonicMs))
      if (!this.#connections.has(peer)) this.#avoid(now, peer);
    for (const [peer, connection] of this.#connections) {
      if (connection.state === 'avoided' && connection.untilMs <= now.monotonicMs) this.#delete(peer);
    }
  }

  #server(): ServerState {
    const { isAway, isOnline, serverKey, nextAttemptAtMs } = this.#options.session;
    if (isAway) return { state: 'away' };
    if (isOnline && serverKey !== undefined) return { state: 'online', key: serverKey };
    return { state: 'unreachable', nextAttemptAtMs };
  }

  /** Returns addresses that may be tried for the peer. `isFresh`: the server has told them since they changed. */
  #addressesOf(peer: PeerKey): UsableCandidates & { readonly isFresh: boolean } {
    const { contacts, session, interfaces } = this.#options;
    const { isFresh, candidates } = contacts.addressesOf(peer);
    const { observedOnLoopback, serverZone } = session;
    const self = { observedOnLoopback, serverZone, interfaces: interfaces() };
    return { isFresh, ...usableCandidates(candidates, self) };
  }

  /** PROTOCOL 6.72: leaves claims out that come too often. Returns undefined if nothing is left. */
  #targets(now: Moment, peer: PeerKey, { seen, claims }: UsableCandidates): DialTargets | undefined {
    const nowMs = now.monotonicMs;
    const isFree =
      claims.length > 0 &&
      this.#claimsOfAll.freeAtMs(nowMs, '') === undefined &&
      this.#claimsOfPeer.freeAtMs(nowMs, peer) === undefined;
    if (isFree) {
      this.#claimsOfAll.take(nowMs, '');
      this.#claimsOfPeer.take(nowMs, peer);
    } else if (seen.length === 0) return undefined;
    return { candidates: seen, claims: isFree ? claims : [] };
  }

  /** Dials the peer, or asks the server for its addresses first. Returns false when there is no address to try. */
  #approach(now: Moment, peer: PeerKey, hasServer: boolean): boolean {
    if (this.#lookup.isAbout(peer)) return true;
    const { isFresh, seen, claims } = this.#addressesOf(peer);
    if (hasServer && !isFresh) {
      this.#lookup.about(now.monotonicMs, peer);
      return true;
    }
    if (seen.length === 0 && claims.length === 0) return false;
    const targets = this.#targets(now, peer, { seen, claims });
    if (targets === undefined) {
      // Like a dial that failed: there is another try after a while.
      this.#avoid(now, peer);
      return false;
    }
    this.#dial(peer, targets);
    return true;
  }

  #dial(peer: PeerKey, targets: DialTargets): void {
    this.#set(peer, { state: 'dialing' });
    this.#options.context.transport({ type: 'dial', dial: dialPrefix + peer, ...targets, expected: peer });
  }

  #avoid(now: Moment, peer: PeerKey): void {
    // Unknown peers can come and go under ever new keys, so nothing is remembered about them.
    if (this.#options.contacts.find(peer) === undefined) {
      this.#delete(peer);
      this.#backOffs.delete(peer);
      return;
    }
    let backOff = this.#backOffs.get(peer);
    if (backOff === undefined) this.#backOffs.set(peer, (backOff = new BackOff(2_000, 60_000)));
    const waitMs = backOff.next();
    this.#set(peer, {
      state: 'avoided',
      untilMs: now.monotonicMs + waitMs,
      untilWallMs: now.wallMs + waitMs,
    });
  }

  #set(peer: PeerKey, connection: Connection): void {
    this.#connections.set(peer, connection);
    this.#changed.add(peer);
  }

  #delete(peer: PeerKey): void {
    this.#connections.delete(peer);
    this.#changed.add(peer);
  }
}

const dialPrefix = 'peer:';
