import { type Address, formatAddress } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { ratedAddressesMax } from '../../shared/limits.ts';
import type { Trace } from '../../shared/trace.ts';
import { decodePacket } from '../../shared/wire/decode.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import { protocolVersion, versionLayout } from '../../shared/wire/layout.ts';
import type { ConnectionId, Packet, PacketOf } from '../../shared/wire/packet.ts';
import type { Connection } from './connection.ts';
import { ConnectionTable } from './connection-table.ts';
import type { EndpointAction, EndpointEvent } from './events.ts';
import { Handshake } from './handshake.ts';
import { type EndpointCounters, Outlet, type Transmit } from './outlet.ts';
import { RateLimit } from './rate-limit.ts';
import { otherVersionIntervalMs, resetIntervalMs, versionIntervalMs } from './timing.ts';

export interface EndpointOptions {
  /** Who this endpoint is to its peers. */
  readonly key: PeerKey;
  /** Cryptographic randomness in a gateway, seeded in a simulation. */
  readonly random: (byteCount: number) => Uint8Array;
  /** Traces kept until somebody polls them; 0 (none) unless told. */
  readonly tracesMax?: number;
}

/**
 * docs/PROTOCOL.md without I/O: datagrams, time and actions go in, then everything is drained by the polls. All
 * times are monotonic milliseconds. No datagram throws, and none grows what is kept without bound.
 */
export class Endpoint {
  readonly #outlet: Outlet;
  readonly #table: ConnectionTable;
  readonly #handshake: Handshake;
  readonly #resets = new RateLimit(resetIntervalMs, ratedAddressesMax);
  readonly #versions = new RateLimit(versionIntervalMs, ratedAddressesMax);
  readonly #otherVersions = new RateLimit(otherVersionIntervalMs, ratedAddressesMax);

  constructor(options: EndpointOptions) {
    this.#outlet = new Outlet(options.tracesMax ?? 0);
    this.#table = new ConnectionTable(this.#outlet);
    this.#handshake = new Handshake(options.key, options.random, this.#outlet, this.#table);
  }

  // --- state -------------------------------------------------------------------------------------------

  get counters(): Readonly<EndpointCounters> {
    return this.#outlet.counters;
  }

  /** Connections that live or are being closed. When it is 0 after `close` actions, every goodbye is said. */
  get connectionCount(): number {
    return this.#table.size;
  }

  get dialCount(): number {
    return this.#handshake.dialsRunning;
  }

  // --- inputs ------------------------------------------------------------------------------------------

  handleDatagram(nowMs: number, from: Address, bytes: Uint8Array): void {
    this.#outlet.arrived(nowMs, from, bytes);
    const decoded = decodePacket(bytes);
    switch (decoded.type) {
      case 'packet':
        return this.#handlePacket(nowMs, from, decoded.packet);
      case 'other-version':
        return this.#handleOtherVersion(nowMs, from, bytes.length, decoded);
      case 'dropped':
        return this.#outlet.drop(nowMs, from, decoded.cause);
      default:
        return decoded satisfies never;
    }
  }

  handleTimeout(nowMs: number): void {
    this.#handshake.handleTimeout(nowMs);
    this.#table.handleTimeout(nowMs);
  }

  apply(nowMs: number, action: EndpointAction): void {
    switch (action.type) {
      case 'dial':
        return this.#handshake.dial(nowMs, action);
      case 'send': {
        const { peer, channel, bytes, token } = action;
        const connection = this.#table.withPeer(peer);
        if (connection === undefined || connection.closing !== undefined) {
          return this.#outlet.tell({ type: 'undelivered', peer, token, cause: 'no-connection' });
        }
        connection.send(nowMs, channel, bytes, token);
        return this.#table.update(nowMs, connection);
      }
      case 'close': {
        const connection = this.#table.withPeer(action.peer);
        if (connection === undefined) return;
        connection.beginClose(action.reason);
        return this.#table.update(nowMs, connection);
      }
      default:
        return action satisfies never;
    }
  }

  /** Keeps up to so many traces from now on; 0 when nobody watches. */
  setTracesMax(tracesMax: number): void {
    this.#outlet.setTracesMax(tracesMax);
  }

  // --- outputs -----------------------------------------------------------------------------------------

  pollTransmit(): Transmit | undefined {
    return this.#outlet.pollTransmit();
  }

  pollEvent(): EndpointEvent | undefined {
    return this.#outlet.pollEvent();
  }

  pollTrace(): Trace | undefined {
    return this.#outlet.pollTrace();
  }

  pollTimeout(): number | undefined {
    const dialMs = this.#handshake.earliestDeadlineMs();
    const connectionMs = this.#table.earliestDeadlineMs();
    if (dialMs === undefined || connectionMs === undefined) return dialMs ?? connectionMs;
    return Math.min(dialMs, connectionMs);
  }

  // --- packets -----------------------------------------------------------------------------------------

  #handlePacket(nowMs: number, from: Address, packet: Packet): void {
    switch (packet.type) {
      case 'version':
        return this.#handleVersion(nowMs, from, packet);
      case 'hello':
        return this.#handshake.handleHello(nowMs, from, packet);
      case 'welcome':
        return this.#handshake.handleWelcome(nowMs, from, packet);
      case 'confirm':
        if (!this.#handshake.handleConfirm(nowMs, from, packet)) {
          this.#answerUnknown(nowMs, from, packet.connection);
        }
        return;
      case 'reset':
        return this.#handleReset(nowMs, from, packet.connection);
      case 'ack':
      case 'data':
      case 'ping':
      case 'close':
        return this.#handleInConnection(nowMs, from, packet);
      default:
        return packet satisfies never;
    }
  }

  #handleInConnection(
    nowMs: number,
    from: Address,
    packet: PacketOf<'ack' | 'data' | 'ping' | 'close'>,
  ): void {
    const live = this.#liveAt(from, packet.connection);
    const connection = live ?? this.#handshake.takeConfirmed(nowMs, from, packet.connection);
    if (connection === undefined) {
      // PROTOCOL 4.8: an ACK or CLOSE of an unknown connection asks for nothing.
      if (packet.type === 'data' || packet.type === 'ping')
        this.#answerUnknown(nowMs, from, packet.connection);
      else this.#outlet.drop(nowMs, from, 'unknown-connection');
      return;
    }
    switch (packet.type) {
      case 'ack':
        // Number 0 is the CONFIRM's, which takeConfirmed has dealt with.
        if (live !== undefined) connection.handleAck(nowMs, packet.sequence);
        break;
      case 'data':
      case 'ping':
        connection.handleNumbered(nowMs, packet);
        break;
      case 'close':
        return this.#table.closedByPeer(connection, packet.reason);
      default:
        return packet satisfies never;
    }
    this.#table.update(nowMs, connection);
  }

  #handleReset(nowMs: number, from: Address, id: ConnectionId): void {
    if (this.#handshake.handleReset(nowMs, from, id)) return;
    const live = this.#liveAt(from, id);
    if (live === undefined || live.closing !== undefined) {
      return this.#outlet.drop(nowMs, from, 'unknown-connection');
    }
    this.#handshake.dialBeside(nowMs, live);
  }

  /** PROTOCOL 5.13: in this form a connection stays at the addresses that its handshake proved. */
  #liveAt(from: Address, id: ConnectionId): Connection | undefined {
    const live = this.#table.withId(id);
    if (live === undefined) return undefined;
    const { host, port } = live.route.address;
    return host === from.host && port === from.port ? live : undefined;
  }

  /** PROTOCOL 4.8: "I do not know this connection", smaller than what it answers and rate-limited. */
  #answerUnknown(nowMs: number, from: Address, id: ConnectionId): void {
    this.#outlet.drop(nowMs, from, 'unknown-connection');
    if (!this.#resets.allow(nowMs, formatAddress(from))) return;
    const reason = this.#table.reasonOfClosed(id);
    const answer: Packet =
      reason === undefined ? { type: 'reset', connection: id } : { type: 'close', connection: id, reason };
    this.#outlet.answer(nowMs, from, encodePacket(answer));
  }

  // --- other versions ------------------------------------------------------------------------------------

  #handleVersion(nowMs: number, from: Address, packet: PacketOf<'version'>): void {
    if (!this.#handshake.handleVersion(nowMs, from, packet)) return;
    this.#tellOtherVersion(nowMs, from, Math.max(...packet.versions));
  }

  #handleOtherVersion(
    nowMs: number,
    from: Address,
    length: number,
    met: { readonly version: number; readonly checksum: number },
  ): void {
    this.#outlet.drop(nowMs, from, 'other-version');
    this.#tellOtherVersion(nowMs, from, met.version);
    // PROTOCOL 3.2: never more bytes than came, at most one a second to an address.
    const versions = [protocolVersion];
    if (length < versionLayout.versions + versions.length) return;
    if (!this.#versions.allow(nowMs, formatAddress(from))) return;
    this.#outlet.answer(
      nowMs,
      from,
      encodePacket({ type: 'version', answeredChecksum: met.checksum, versions }),
    );
  }

  #tellOtherVersion(nowMs: number, from: Address, version: number): void {
    if (!this.#otherVersions.allow(nowMs, formatAddress(from))) return;
    this.#outlet.tell({ type: 'other-version', from, version });
  }
}
