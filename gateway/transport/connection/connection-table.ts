import {
  addressGroup,
  type Address,
  formatAddress,
  isLoopback,
  isSameAddress,
} from '../../../shared/address.ts';
import type { InstanceId, PeerKey } from '../../../shared/ids.ts';
import {
  connectionsMax,
  connectionsWithoutLimitMax,
  groupConnectionsMax,
  peerConnectionsMax,
  sentClosesMax,
} from '../../../shared/limits.ts';
import type { ConnectionIndex } from '../../../shared/wire/packet.ts';
import { Connection, type ConnectionConfig, framesBytesMax, type HandshakeResult } from './connection.ts';
import { DatagramSlab } from '../datagram-slab.ts';
import { Deadlines } from '../deadlines.ts';
import type { CloseReason, EndpointEvent, NetworkChange, PeerClass } from '../events.ts';
import type { BudgetHolder } from '../fair-budget.ts';
import type { OutputQueue } from '../output-queue.ts';

/** A CLOSE that was sent, kept to answer a peer that missed it. */
interface SentClose {
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** The live connections, at most one for each instance of a peer, and the CLOSE datagrams of those that this side closed. */
export class ConnectionTable {
  readonly #output: OutputQueue;
  readonly #config: ConnectionConfig;
  readonly #byIndex = new Map<ConnectionIndex, Connection>();
  /** The newest last. */
  readonly #byPeer = new Map<PeerKey, Connection[]>();
  /** By the peer's index and address: a RESET contains only these. */
  readonly #byRemote = new Map<string, Connection>();
  readonly #deadlines = new Deadlines<Connection>();
  /** Connections that have data to send, or a new deadline, since the last flush. */
  readonly #changed = new Set<Connection>();
  /** Flushed connections without an updated deadline. The update can wait until their datagrams have left. */
  readonly #filled = new Set<Connection>();
  /** Connections with bulk that could leave, the earliest first. */
  readonly #bulkHeld = new Set<Connection>();
  /** Connections that refused a message for want of room, the earliest first. */
  readonly #refused = new Set<Connection>();
  /** The oldest first. */
  readonly #sentCloses = new Map<ConnectionIndex, SentClose>();
  readonly #scratch = new Uint8Array(framesBytesMax);
  readonly #slab = new DatagramSlab();
  #generations = 0;

  constructor(config: ConnectionConfig) {
    this.#output = config.output;
    this.#config = config;
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

  /** Returns the connection to this instance of the peer, or the newest one that does not close. */
  withPeer(peer: PeerKey, instance?: InstanceId): Connection | undefined {
    const all = this.#byPeer.get(peer);
    if (instance !== undefined) return all?.find((one) => one.instance === instance);
    return all?.findLast(({ closing }) => closing === undefined) ?? all?.at(-1);
  }

  allOf(peer: PeerKey): readonly Connection[] {
    return [...(this.#byPeer.get(peer) ?? [])];
  }

  /**
   * PROTOCOL 4.7: returns the connections that a new one would replace: those of the same instance, and those at the same
   * address, since two processes cannot have one.
   */
  replacedBy(peer: PeerKey, instance: InstanceId, address: Address): readonly Connection[] {
    return this.allOf(peer).filter((one) => one.instance === instance || isSameAddress(one.address, address));
  }

  withRemote(from: Address, remoteIndex: ConnectionIndex): Connection | undefined {
    return this.#byRemote.get(remoteKey(from, remoteIndex));
  }

  /** The CLOSE of the connection that had this index, if this side closed it and `from` was its peer's address. */
  closeFor(index: ConnectionIndex, from: Address): Uint8Array | undefined {
    const close = this.#sentCloses.get(index);
    return close !== undefined && isSameAddress(close.to, from) ? close.bytes : undefined;
  }

  /** Numbers half-open and live connections in one sequence, which shows the later of two. */
  nextGeneration(): number {
    return ++this.#generations;
  }

  open(nowMs: number, result: HandshakeResult): Connection {
    const { peer, peerParameters, address } = result;
    // A class outlives the connection that is replaced.
    const peerClass = this.#byPeer.get(peer)?.at(-1)?.peerClass ?? this.#config.newPeerClass;
    for (const older of this.replacedBy(peer, peerParameters.instance, address)) {
      if (older.instance !== peerParameters.instance) this.endReplaced(older);
      else {
        older.returnUnacknowledged('replaced');
        this.#forget(older);
      }
    }
    this.#makeRoom(nowMs, peer);
    const connection = new Connection(nowMs, result, this.nextGeneration(), peerClass, this.#config);
    const { localIndex, remoteIndex } = connection.packetCrypto;
    this.#byIndex.set(localIndex, connection);
    this.#byPeer.set(peer, [...this.allOf(peer), connection]);
    this.#byRemote.set(remoteKey(address, remoteIndex), connection);
    this.update(connection);
    return connection;
  }

  classify(nowMs: number, peer: PeerKey, peerClass: PeerClass): void {
    for (const connection of this.allOf(peer)) {
      connection.classify(nowMs, peerClass);
      this.update(connection);
    }
  }

  /** PROTOCOL 7.7: closes a connection that uses too much of a budget. */
  evict(nowMs: number, holder: BudgetHolder): void {
    for (const connection of this.#byIndex.values())
      if (connection.holds(holder)) return this.refuse(nowMs, connection);
  }

  /** PROTOCOL 7.1: whether one more connection or dial fits, if an unknown connection may go. */
  mayHaveRoom(dialCount: number): boolean {
    return this.size + dialCount < connectionsMax || this.#oldestUnknown() !== undefined;
  }

  /** PROTOCOL 7.1: makes room for one more connection or dial. Returns false without any. */
  makeRoom(nowMs: number, dialCount: number): boolean {
    if (this.size + dialCount < connectionsMax) return true;
    const oldest = this.#oldestUnknown();
    if (oldest !== undefined) this.refuse(nowMs, oldest);
    return oldest !== undefined;
  }

  /** PROTOCOL 7.11: makes room for a connection that a peer opens from this address. Returns false without any. */
  makeRoomFor(nowMs: number, from: Address, dialCount: number): boolean {
    if (this.size >= connectionsWithoutLimitMax) {
      const group = addressGroup(from);
      let count = 0;
      for (const one of this.#byIndex.values())
        if (one.peerClass !== 'established' && one.addressGroup === group) count++;
      if (count >= groupConnectionsMax) {
        const oldest = this.#oldestUnknown(group);
        if (oldest === undefined) return false;
        this.refuse(nowMs, oldest);
      }
    }
    return this.makeRoom(nowMs, dialCount);
  }

  /** Ends a connection to a process that another process of the peer has replaced. */
  endReplaced(connection: Connection): void {
    connection.returnUnacknowledged('replaced');
    this.#forget(connection);
    this.#emitDisconnected(connection, 'replaced');
  }

  /** Ends the connection at once, with CLOSE. What waits in it is lost. */
  refuse(nowMs: number, connection: Connection): void {
    this.#sendClose(nowMs, connection, connection.closing ?? 'refused');
    this.#emitDisconnected(connection, 'refused');
  }

  /** Must be called after every change of a connection: its data leaves with the next flush. */
  update(connection: Connection): void {
    this.#changed.add(connection);
  }

  /**
   * PROTOCOL 5.15: a peer that still knows the connection learns the new address from the next packet. A peer that has
   * forgotten it answers with RESET (PROTOCOL 4.9).
   */
  handleNetworkChange(nowMs: number, change: NetworkChange): void {
    for (const connection of this.#byIndex.values()) {
      // A change of addresses cannot affect a path within this machine.
      if (change === 'addresses' && isLoopback(connection.address.host)) continue;
      connection.handleNetworkChange(nowMs, change);
      this.update(connection);
    }
  }

  /** Ends the connection if its peer has sent CLOSE. */
  endIfClosedByPeer(connection: Connection): void {
    const reason = connection.closedByPeer;
    if (reason === undefined) return;
    connection.returnUnacknowledged('closed');
    this.#forget(connection);
    this.#emitDisconnected(connection, reason);
  }

  earliestDeadlineMs(): number | undefined {
    this.#updateDeadlines();
    return this.#deadlines.earliest();
  }

  handleTimeout(nowMs: number): void {
    this.#updateDeadlines();
    for (const due of this.#deadlines.takeAllDue(nowMs)) {
      const cause = due.handleTimeout(nowMs);
      if (cause === undefined) {
        this.update(due);
        continue;
      }
      if (cause === 'refused') {
        this.refuse(nowMs, due);
        continue;
      }
      due.returnUnacknowledged('unreachable');
      if (due.closing !== undefined) this.#sendClose(nowMs, due, due.closing);
      else {
        this.#forget(due);
        this.#emitDisconnected(due, cause);
      }
    }
  }

  /** Makes datagrams of everything that may leave, so that the output of one turn shares datagrams. Bulk follows all else. */
  flush(nowMs: number): void {
    if (this.#refused.size > 0) this.#emitWritable();
    if (this.#changed.size === 0) return;
    for (const connection of this.#changed) {
      this.#fill(nowMs, connection, false);
      const { closing } = connection;
      if (closing !== undefined && connection.isReadyToClose) this.#sendClose(nowMs, connection, closing);
      else if (connection.flow.isBulkHeld) this.#bulkHeld.add(connection);
      else this.#bulkHeld.delete(connection);
    }
    this.#changed.clear();
    if (!this.#config.holdsBulk) this.releaseBulk(nowMs);
  }

  /** Whether bulk could leave, and waits for `releaseBulk`. */
  get isBulkHeld(): boolean {
    return this.#bulkHeld.size > 0;
  }

  /** Makes datagrams of the bulk that may leave now. */
  releaseBulk(nowMs: number): void {
    for (const connection of this.#bulkHeld) {
      this.#bulkHeld.delete(connection);
      this.#fill(nowMs, connection, true);
    }
  }

  /** Must be called after a connection refused a message: `writable` follows when there is room. */
  awaitRoom(connection: Connection): void {
    this.#refused.add(connection);
  }

  /** PROTOCOL 7.3: of too many connections to one peer, the oldest that the role does not prefer is closed. */
  #makeRoom(nowMs: number, peer: PeerKey): void {
    const all = this.allOf(peer);
    if (all.length < peerConnectionsMax) return;
    const oldest = all.find(({ isPreferred }) => !isPreferred) ?? all[0];
    if (oldest === undefined) return;
    this.refuse(nowMs, oldest);
  }

  /** Returns the oldest unknown connection of this address group; without one, of the group that has most of them. */
  #oldestUnknown(group?: string): Connection | undefined {
    const counts = new Map<string, number>();
    let oldest: Connection | undefined;
    let most = 0;
    for (const one of this.#byIndex.values()) {
      if (one.peerClass !== 'unknown' || (group !== undefined && one.addressGroup !== group)) continue;
      if (group !== undefined) return one;
      const count = (counts.get(one.addressGroup) ?? 0) + 1;
      counts.set(one.addressGroup, count);
      most = Math.max(most, count);
    }
    for (const one of this.#byIndex.values()) {
      if (one.peerClass !== 'unknown' || counts.get(one.addressGroup) !== most) continue;
      oldest = one;
      break;
    }
    return oldest;
  }

  #fill(nowMs: number, connection: Connection, mayBulkLeave: boolean): void {
    const { address } = connection;
    if (connection.fill(nowMs, this.#scratch, this.#slab, mayBulkLeave))
      this.#handleMoved(connection, address);
    this.#filled.add(connection);
  }

  #emitWritable(): void {
    for (const connection of this.#refused) if (connection.emitWritable()) this.#refused.delete(connection);
  }

  #updateDeadlines(): void {
    for (const connection of this.#filled) this.#deadlines.set(connection, connection.deadlineMs);
    this.#filled.clear();
  }

  /** PROTOCOL 5.10: sends one CLOSE, without acknowledgement. Later packets of the peer get the same datagram again. */
  #sendClose(nowMs: number, connection: Connection, reason: CloseReason): void {
    const bytes = connection.sendClose(nowMs, reason);
    connection.returnUnacknowledged('closed');
    this.#forget(connection);
    this.#sentCloses.set(connection.packetCrypto.localIndex, { to: connection.address, bytes });
    for (const oldest of this.#sentCloses.keys()) {
      if (this.#sentCloses.size <= sentClosesMax) return;
      this.#sentCloses.delete(oldest);
    }
  }

  #handleMoved(connection: Connection, oldAddress: Address): void {
    const { remoteIndex } = connection.packetCrypto;
    const oldKey = remoteKey(oldAddress, remoteIndex);
    if (this.#byRemote.get(oldKey) === connection) this.#byRemote.delete(oldKey);
    this.#byRemote.set(remoteKey(connection.address, remoteIndex), connection);
    if (connection.closing !== undefined) return;
    const { peer, instance, address } = connection;
    this.#output.emit({ type: 'moved', peer, instance, address });
  }

  #forget(connection: Connection): void {
    connection.wipe();
    const { localIndex, remoteIndex } = connection.packetCrypto;
    this.#byIndex.delete(localIndex);
    const others = this.allOf(connection.peer).filter((one) => one !== connection);
    if (others.length > 0) this.#byPeer.set(connection.peer, others);
    else this.#byPeer.delete(connection.peer);
    const key = remoteKey(connection.address, remoteIndex);
    if (this.#byRemote.get(key) === connection) this.#byRemote.delete(key);
    this.#deadlines.delete(connection);
    this.#changed.delete(connection);
    this.#filled.delete(connection);
    this.#refused.delete(connection);
    this.#bulkHeld.delete(connection);
  }

  /** Emits nothing for a connection that the role closed: the role has forgotten the peer already. */
  #emitDisconnected(
    connection: Connection,
    cause: Extract<EndpointEvent, { type: 'disconnected' }>['cause'],
  ): void {
    const { peer, instance, closing } = connection;
    if (closing === undefined) this.#output.emit({ type: 'disconnected', peer, instance, cause });
  }
}

function remoteKey(address: Address, remoteIndex: ConnectionIndex): string {
  return `${remoteIndex} ${formatAddress(address)}`;
}
