import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { addressGroup } from '../../../shared/address.ts';
import {
  guestConnectionRates,
  guestHandshakeRates,
  guestRequestConnectionsMax,
  guestRequestRates,
  guestSocketsMax,
  ratedGroupsMax,
} from '../../../shared/limits.ts';
import { FairRate } from '../../transport/fair-rate.ts';
import { FairConnections } from './fair-connections.ts';

/** The part of a page's WebSocket that its bound needs. */
interface PageConnection {
  once(event: 'close', listener: () => void): unknown;
  terminate(): void;
}

/**
 * The bounds of the port for guests, at all its addresses together. Each bound has a share for each address group, so a browser with an
 * address of its own gets in while another address floods.
 */
export class GuestLimits {
  readonly #nowMs: () => number;
  readonly #connectionRate = new FairRate(guestConnectionRates, ratedGroupsMax);
  readonly #requestRate = new FairRate(guestRequestRates, ratedGroupsMax);
  readonly #handshakeRate = new FairRate(guestHandshakeRates, ratedGroupsMax);
  /** TCP connections that serve requests. */
  readonly #connections = new FairConnections<Socket>({
    max: guestRequestConnectionsMax,
    loses: 'oldest',
    cut: (socket) => socket.destroy(),
  });
  /** A flood takes no place of a page that is here already. */
  readonly #pages = new FairConnections<PageConnection>({
    max: guestSocketsMax,
    loses: 'newest',
    cut: (socket) => socket.terminate(),
  });
  /** Connections with a request that is not answered yet. */
  readonly #busy = new WeakSet<Socket>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A connection was accepted. Cuts it off if its address opens too many. */
  connected(socket: Socket): void {
    const host = socket.remoteAddress;
    // A connection has no address if its other end has reset it already.
    if (host === undefined || !this.#take(this.#connectionRate, host)) {
      socket.destroy();
      return;
    }
    const group = addressGroup({ host });
    this.#connections.add(socket, group);
    socket.once('close', () => this.#connections.delete(socket, group));
  }

  /** Whether a request waited for the answer to the one before it, as those of browsers do. */
  waitedForItsTurn({ socket }: IncomingMessage, response: ServerResponse): boolean {
    if (socket.destroyed || this.#busy.has(socket)) return false;
    this.#busy.add(socket);
    response.once('close', () => this.#busy.delete(socket));
    return true;
  }

  takesRequest(host: string): boolean {
    return this.#take(this.#requestRate, host);
  }

  takesPage(host: string): boolean {
    return this.#take(this.#handshakeRate, host);
  }

  /** The connection belongs to a page from now on. */
  becamePage(page: PageConnection, socket: Socket, host: string): void {
    const group = addressGroup({ host });
    this.#connections.delete(socket, group);
    page.once('close', () => this.#pages.delete(page, group));
    this.#pages.add(page, group);
  }

  #take(rate: FairRate, host: string): boolean {
    const nowMs = this.#nowMs();
    return rate.take(nowMs, rate.groupOf(nowMs, addressGroup({ host })));
  }
}
