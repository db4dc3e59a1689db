import { type Address, isSameAddress } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { EndpointEvent } from '../transport/events.ts';
import { BackOff } from '../turn/back-off.ts';
import type { ClientContext } from './context.ts';
import { AddressLookup } from './address-lookup.ts';
import type { Route, CurrentRoute } from './routes.ts';

type Link =
  | { readonly state: 'dialing' }
  | { readonly state: 'connected'; readonly address: Address }
  /** Did not answer a short while ago: the server's mailbox is used meanwhile. */
  | { readonly state: 'avoided'; readonly untilMs: number; readonly untilWallMs: number };

/** What the links must know of the rest of the client, asked each time anew. */
export interface PeerConnectionsOptions {
  /** Whether this is a person of whom there is more to remember than a connection. */
  isKnown(peer: PeerKey): boolean;
  /** Online by the newest roster. */
  isOnline(peer: PeerKey): boolean;
  /** Addresses that may be tried for the person, best first; `isFresh` when the server has said so since it last changed. */
  whereabouts(peer: PeerKey): { readonly isFresh: boolean; readonly candidates: readonly Address[] };
  /** How this client stands to the server. */
  server():
    | { readonly state: 'online'; readonly key: PeerKey }
    | { readonly state: 'unreachable'; readonly nextTryAtMs: number | null }
    | { readonly state: 'away' };
}

/** The direct connections to other people's gateways. A failure to reach somebody is local to this client. */
export class PeerConnections {
  readonly #context: ClientContext;
  readonly #surroundings: PeerConnectionsOptions;
  readonly #links = new Map<PeerKey, Link>();
  readonly #backOffs = new Map<PeerKey, BackOff>();
  readonly #inquiry = new AddressLookup((peer) => {
    const server = this.#surroundings.server();
    if (server.state === 'online')
      this.#context.send(server.key, 'control', { kind: 'locate', key: peer }, 'locate');
  });

  constructor(context: ClientContext, surroundings: PeerConnectionsOptions) {
    this.#context = context;
    this.#surroundings = surroundings;
  }

  /** The way to a person now; opens a connection when the way is direct and none lives. */
  route(now: Moment, peer: PeerKey): Route {
    const server = this.#surroundings.server();
    if (server.state === 'away') return { type: 'none', nextTryAtMs: null };
    // Without a server nobody knows who is online, so the last known addresses are tried all the same.
    const worthTrying = server.state === 'unreachable' || this.#surroundings.isOnline(peer);
    const link = this.#links.get(peer);
    if (worthTrying) {
      if (link?.state === 'connected') return { type: 'direct' };
      if (link?.state === 'dialing') return { type: 'connecting', attempt: 1 };
      const avoided = link?.state === 'avoided' && link.untilMs > now.monotonicMs;
      if (!avoided && this.#approach(now, peer, server.state === 'online'))
        return { type: 'connecting', attempt: 1 };
    }
    if (server.state === 'online') return { type: 'server', server: server.key };
    const own = link?.state === 'avoided' ? link.untilWallMs : null;
    const next = [own, server.nextTryAtMs].filter((wallMs) => wallMs !== null);
    return { type: 'none', nextTryAtMs: next.length === 0 ? null : Math.min(...next) };
  }

  /** The way to a person as it is, for what can wait: nobody is called. */
  standingWay(peer: PeerKey): CurrentRoute {
    const server = this.#surroundings.server();
    if (server.state === 'away') return { type: 'none' };
    if (this.#links.get(peer)?.state === 'connected') return { type: 'direct' };
    return server.state === 'online' ? { type: 'server', server: server.key } : { type: 'none' };
  }

  /** Events of connections to people, and of dials to them. */
  handleEvent(now: Moment, event: EndpointEvent): void {
    switch (event.type) {
      case 'connected':
        this.#links.set(event.peer, { state: 'connected', address: event.address });
        this.#backOffs.delete(event.peer);
        return;
      case 'moved':
        this.#links.set(event.peer, { state: 'connected', address: event.address });
        return;
      case 'dial-failed': {
        const peer = event.dial.slice(dialPrefix.length) as PeerKey;
        // A dial of the peer's own may have succeeded meanwhile.
        if (this.#links.get(peer)?.state !== 'dialing') return;
        this.#avoid(now, peer);
        return;
      }
      case 'disconnected':
        // PROTOCOL 5.8: this machine slept, which says nothing about the peer.
        if (event.cause === 'idle-timeout') this.#links.delete(event.peer);
        else this.#avoid(now, event.peer);
        return;
      default:
        return;
    }
  }

  /** Earlier failures to reach the person say nothing any more. */
  forgive(peer: PeerKey): void {
    if (this.#links.get(peer)?.state === 'avoided') this.#links.delete(peer);
    this.#backOffs.delete(peer);
  }

  /** The same for everybody, since this machine's network is another one now. */
  forgiveAll(): void {
    for (const peer of [...this.#links.keys()]) this.forgive(peer);
  }

  /**
   * The roster says that the person is back, or somewhere else. What goes on at the place of before may go to a process
   * that is gone, and would be noticed by silence only.
   */
  handleReturn(now: Moment, peer: PeerKey): void {
    this.forgive(peer);
    if (this.#links.has(peer)) this.#inquiry.about(now.monotonicMs, peer);
  }

  /** The server has said where the person is. */
  handleWhereabouts(now: Moment, peer: PeerKey): void {
    this.#inquiry.answered(now.monotonicMs, peer);
    const link = this.#links.get(peer);
    const { candidates } = this.#surroundings.whereabouts(peer);
    if (link === undefined || link.state === 'avoided' || candidates.length === 0) return;
    if (link.state === 'dialing') this.#dial(peer, candidates);
    else if (!candidates.some((candidate) => isSameAddress(candidate, link.address)))
      this.#context.transport({ type: 'redial', peer, candidates });
  }

  /** The connection to the server is another one, or none: what it was asked there is not answered any more. */
  handleServerChange(): void {
    this.#inquiry.forgetAll();
  }

  closeAll(): void {
    for (const [peer, link] of this.#links) {
      if (link.state === 'connected') this.#context.transport({ type: 'close', peer, reason: 'goodbye' });
    }
    this.#links.clear();
    this.#backOffs.clear();
    this.#inquiry.forgetAll();
  }

  /** When a question is overdue, or somebody may be tried again for whom `wanted` says that something waits. */
  pollTimeout(wanted: (peer: PeerKey) => boolean): number | undefined {
    let earliest = this.#inquiry.pollTimeout();
    for (const [peer, link] of this.#links) {
      if (link.state !== 'avoided' || (earliest !== undefined && link.untilMs >= earliest)) continue;
      if (wanted(peer)) earliest = link.untilMs;
    }
    return earliest;
  }

  /** Lets go of avoidances that are over, and of questions without an answer. */
  handleTimeout(now: Moment): void {
    for (const peer of this.#inquiry.handleTimeout(now.monotonicMs))
      if (!this.#links.has(peer)) this.#avoid(now, peer);
    for (const [peer, link] of this.#links) {
      if (link.state === 'avoided' && link.untilMs <= now.monotonicMs) this.#links.delete(peer);
    }
  }

  /** Goes to where the person is, or asks for that first; false when there is nowhere to go. */
  #approach(now: Moment, peer: PeerKey, hasServer: boolean): boolean {
    if (this.#inquiry.isAbout(peer)) return true;
    const { isFresh, candidates } = this.#surroundings.whereabouts(peer);
    if (hasServer && !isFresh) this.#inquiry.about(now.monotonicMs, peer);
    else if (candidates.length > 0) this.#dial(peer, candidates);
    else return false;
    return true;
  }

  #dial(peer: PeerKey, candidates: readonly Address[]): void {
    this.#links.set(peer, { state: 'dialing' });
    this.#context.transport({ type: 'dial', dial: dialPrefix + peer, candidates, expected: peer });
  }

  #avoid(now: Moment, peer: PeerKey): void {
    // Anybody can come and go under ever new keys.
    if (!this.#surroundings.isKnown(peer)) {
      this.#links.delete(peer);
      this.#backOffs.delete(peer);
      return;
    }
    let backOff = this.#backOffs.get(peer);
    if (backOff === undefined) this.#backOffs.set(peer, (backOff = new BackOff(2_000, 60_000)));
    const waitMs = backOff.next();
    this.#links.set(peer, {
      state: 'avoided',
      untilMs: now.monotonicMs + waitMs,
      untilWallMs: now.wallMs + waitMs,
    });
  }
}

const dialPrefix = 'person:';
