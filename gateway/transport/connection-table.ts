import { type Address, formatAddress, isLoopback, isSameAddress } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { goodbyesKeptMax } from '../../shared/limits.ts';
import type { ConnectionIndex } from '../../shared/wire/packet.ts';
import { Connection, type ConnectionConfig, framesBytesMax, type Opening } from './connection.ts';
import { DatagramSlab } from './datagram-slab.ts';
import { Deadlines } from './deadlines.ts';
import type { CloseReason, NetworkChange } from './events.ts';
import type { OutputQueue } from './output-queue.ts';

/** A goodbye that was said, for whoever has not heard it. */
interface Goodbye {
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** The live connections, at most one to each peer, and the goodbyes of those that this side has closed. */
export class ConnectionTable {
  readonly #outlet: OutputQueue;
  readonly #surroundings: ConnectionConfig;
  readonly #byIndex = new Map<ConnectionIndex, Connection>();
  readonly #byPeer = new Map<PeerKey, Connection>();
  /** By the peer's index and address, which is all that a RESET tells. */
  readonly #byRemote = new Map<string, Connection>();
  readonly #deadlines = new Deadlines<Connection>();
  /** Those that have something to say, or a new deadline, since the last flush. */
  readonly #changed = new Set<Connection>();
  /** Those whose deadline was not looked at since: that can wait until what they say has left. */
  readonly #filled = new Set<Connection>();
  /** The oldest first. */
  readonly #goodbyes = new Map<ConnectionIndex, Goodbye>();
  readonly #scratch = new Uint8Array(framesBytesMax);
  readonly #slab = new DatagramSlab();
  #meetings = 0;

  constructor(surroundings: ConnectionConfig) {
    this.#outlet = surroundings.outlet;
    this.#surroundings = surroundings;
  }

  get size(): number {
    return this.#byIndex.size;
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#byIndex.values();
  }

  withIndex(index: ConnectionIndex): Connection | undefined {
    return this.#byIndex.get(index);
  }

  withPeer(peer: PeerKey): Connection | undefined {
    return this.#byPeer.get(peer);
  }

  withRemote(from: Address, remoteIndex: ConnectionIndex): Connection | undefined {
    return this.#byRemote.get(remoteKey(from, remoteIndex));
  }

  /** What was said last in the connection that had this index, if this side has closed it and `from` was its peer. */
  goodbyeFor(index: ConnectionIndex, from: Address): Uint8Array | undefined {
    const goodbye = this.#goodbyes.get(index);
    return goodbye !== undefined && isSameAddress(goodbye.to, from) ? goodbye.bytes : undefined;
  }

  /** Numbers half-open and live meetings in one row: tells which of two came later. */
  nextMeeting(): number {
    return ++this.#meetings;
  }

  /** PROTOCOL 4.7: a newer connection to the same peer takes the place of the older one. */
  open(nowMs: number, opening: Opening): Connection {
    const older = this.#byPeer.get(opening.peer);
    if (older !== undefined) {
      older.handBack('replaced');
      this.#forget(older);
    }
    const connection = new Connection(nowMs, opening, this.nextMeeting(), this.#surroundings);
    const { localIndex, remoteIndex } = connection.session;
    this.#byIndex.set(localIndex, connection);
    this.#byPeer.set(opening.peer, connection);
    this.#byRemote.set(remoteKey(opening.address, remoteIndex), connection);
    this.update(connection);
    return connection;
  }

  /** After every change of a connection: what it wants to send leaves with the next flush. */
  update(connection: Connection): void {
    this.#changed.add(connection);
  }

  /**
   * PROTOCOL 5.15: whoever still knows a connection sees by its next packet where this side is now; whoever does not
   * says so (PROTOCOL 4.9).
   */
  handleNetworkChange(nowMs: number, change: NetworkChange): void {
    for (const connection of this.#byIndex.values()) {
      // Nothing outside leads to this very machine.
      if (change === 'addresses' && isLoopback(connection.address.host)) continue;
      connection.handleNetworkChange(nowMs, change);
      this.update(connection);
    }
  }

  /** Ends the connection when its peer has said goodbye. */
  endIfClosedByPeer(connection: Connection): void {
    const reason = connection.closedByPeer;
    if (reason === undefined) return;
    connection.handBack('closed');
    this.#forget(connection);
    this.#tellDisconnected(connection, reason);
  }

  earliestDeadlineMs(): number | undefined {
    this.#settleDeadlines();
    return this.#deadlines.earliest();
  }

  handleTimeout(nowMs: number): void {
    this.#settleDeadlines();
    for (let due = this.#deadlines.takeDue(nowMs); due !== undefined; due = this.#deadlines.takeDue(nowMs)) {
      const death = due.handleTimeout(nowMs);
      if (death === undefined) {
        this.update(due);
        continue;
      }
      due.handBack('unreachable');
      if (due.closing !== undefined) this.#sayClose(nowMs, due);
      else {
        this.#forget(due);
        this.#tellDisconnected(due, death);
      }
    }
  }

  /** Makes datagrams of everything that may leave: all that one turn has brought goes together. */
  flush(nowMs: number): void {
    if (this.#changed.size === 0) return;
    for (const connection of this.#changed) {
      const { address } = connection;
      if (connection.fill(nowMs, this.#scratch, this.#slab)) this.#moved(connection, address);
      if (connection.isReadyToClose) this.#sayClose(nowMs, connection);
      else this.#filled.add(connection);
    }
    this.#changed.clear();
  }

  #settleDeadlines(): void {
    for (const connection of this.#filled) this.#deadlines.set(connection, connection.deadlineMs);
    this.#filled.clear();
  }

  /** PROTOCOL 5.10: one CLOSE, not acknowledged; what the peer still sends is answered by the same again. */
  #sayClose(nowMs: number, connection: Connection): void {
    const bytes = connection.sayClose(nowMs, connection.closing ?? 'goodbye');
    connection.handBack('closed');
    this.#forget(connection);
    this.#goodbyes.set(connection.session.localIndex, { to: connection.address, bytes });
    for (const oldest of this.#goodbyes.keys()) {
      if (this.#goodbyes.size <= goodbyesKeptMax) return;
      this.#goodbyes.delete(oldest);
    }
  }

  #moved(connection: Connection, oldAddress: Address): void {
    const { remoteIndex } = connection.session;
    const oldKey = remoteKey(oldAddress, remoteIndex);
    if (this.#byRemote.get(oldKey) === connection) this.#byRemote.delete(oldKey);
    this.#byRemote.set(remoteKey(connection.address, remoteIndex), connection);
    if (connection.closing !== undefined) return;
    this.#outlet.emit({ type: 'moved', peer: connection.peer, address: connection.address });
  }

  #forget(connection: Connection): void {
    const { localIndex, remoteIndex } = connection.session;
    this.#byIndex.delete(localIndex);
    this.#byPeer.delete(connection.peer);
    const key = remoteKey(connection.address, remoteIndex);
    if (this.#byRemote.get(key) === connection) this.#byRemote.delete(key);
    this.#deadlines.delete(connection);
    this.#changed.delete(connection);
    this.#filled.delete(connection);
  }

  /** The role that closed has forgotten the peer already and is told nothing. */
  #tellDisconnected(connection: Connection, cause: 'unreachable' | 'silence' | CloseReason): void {
    if (connection.closing !== undefined) return;
    this.#outlet.emit({ type: 'disconnected', peer: connection.peer, cause });
  }
}

function remoteKey(address: Address, remoteIndex: ConnectionIndex): string {
  return `${remoteIndex} ${formatAddress(address)}`;
}
