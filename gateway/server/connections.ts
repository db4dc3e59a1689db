import type { Address } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';

/**
 * `displaced`: the connection of a gateway that gives way to another gateway with the same key. The other
 * registration stays. The server closes the connection when the gateway has been told.
 */
export type ConnectionState = 'unregistered' | 'registered' | 'displaced';

export interface Connection {
  readonly address: Address;
  readonly state: ConnectionState;
}

/** The connections that are open now. They are never on disk, so a fault of the store does not touch them. */
export class Connections {
  readonly #byPeer = new Map<PeerKey, Connection>();

  /** A newer connection takes the place of an older one, and has to register for itself. */
  open(peer: PeerKey, address: Address): void {
    this.#byPeer.set(peer, { address, state: 'unregistered' });
  }

  move(peer: PeerKey, address: Address): void {
    this.#byPeer.set(peer, { address, state: this.#byPeer.get(peer)?.state ?? 'unregistered' });
  }

  setState(peer: PeerKey, state: ConnectionState): void {
    const connection = this.#byPeer.get(peer);
    if (connection !== undefined) this.#byPeer.set(peer, { address: connection.address, state });
  }

  /** Forgets the connection and returns it. */
  close(peer: PeerKey): Connection | undefined {
    const connection = this.#byPeer.get(peer);
    this.#byPeer.delete(peer);
    return connection;
  }

  find(peer: PeerKey): Connection | undefined {
    return this.#byPeer.get(peer);
  }

  has(peer: PeerKey): boolean {
    return this.#byPeer.has(peer);
  }

  isRegistered(peer: PeerKey): boolean {
    return this.#byPeer.get(peer)?.state === 'registered';
  }

  peers(): Iterable<PeerKey> {
    return this.#byPeer.keys();
  }
}
