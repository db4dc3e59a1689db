import type { Address } from '../../shared/address.ts';
import type { InstanceId, PeerKey } from '../../shared/ids.ts';

/**
 * `displaced`: the connection of a gateway that gives way to another gateway with the same key. The other
 * registration stays. `banned`: the connection of a banned key, or from a banned address. The server closes a displaced or
 * banned connection when the gateway has been told.
 */
export type ConnectionState = 'unregistered' | 'registered' | ClosingState;

/** Why the server closes a connection when it has told the gateway. */
export type ClosingState = 'displaced' | 'banned';

export interface Connection {
  readonly address: Address;
  /** PROTOCOL 4.1: equal at both ends, and of this connection only. */
  readonly handshakeHash: Uint8Array;
  readonly state: ConnectionState;
}

/** Names one connection: two gateways with one key have one each. */
export interface ConnectionId {
  readonly peer: PeerKey;
  readonly instance: InstanceId;
}

/** The connections that are open now. They are never on disk, so a fault of the store does not touch them. */
export class Connections {
  readonly #byPeer = new Map<PeerKey, Map<InstanceId, Connection>>();

  /** A newer connection takes the place of an older one of the same instance, and has to register for itself. */
  open({ peer, instance }: ConnectionId, { address, handshakeHash }: Omit<Connection, 'state'>): void {
    const all = this.#byPeer.get(peer) ?? new Map<InstanceId, Connection>();
    this.#byPeer.set(peer, all.set(instance, { address, handshakeHash, state: 'unregistered' }));
  }

  move(id: ConnectionId, address: Address): void {
    const connection = this.find(id);
    if (connection !== undefined) this.#byPeer.get(id.peer)?.set(id.instance, { ...connection, address });
  }

  setState(id: ConnectionId, state: ConnectionState): void {
    const connection = this.find(id);
    if (connection !== undefined) this.#byPeer.get(id.peer)?.set(id.instance, { ...connection, state });
  }

  /** Forgets the connection and returns it. */
  close(id: ConnectionId): Connection | undefined {
    const connection = this.find(id);
    const all = this.#byPeer.get(id.peer);
    all?.delete(id.instance);
    if (all?.size === 0) this.#byPeer.delete(id.peer);
    return connection;
  }

  find({ peer, instance }: ConnectionId): Connection | undefined {
    return this.#byPeer.get(peer)?.get(instance);
  }

  has(peer: PeerKey): boolean {
    return this.#byPeer.has(peer);
  }

  /** The connection on which the peer has registered, undefined without one. */
  registered(peer: PeerKey): InstanceId | undefined {
    for (const [instance, { state }] of this.#byPeer.get(peer) ?? [])
      if (state === 'registered') return instance;
    return undefined;
  }

  isRegistered(id: ConnectionId): boolean {
    return this.find(id)?.state === 'registered';
  }

  peers(): Iterable<PeerKey> {
    return this.#byPeer.keys();
  }
}
