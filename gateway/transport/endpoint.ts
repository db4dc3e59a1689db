import { type Address, formatAddress } from '../../shared/address.ts';
import { type InstanceId, instanceIdFromBytes, type PeerKey, peerKeyFromBytes } from '../../shared/ids.ts';
import {
  channelCreditsMax,
  datagramBytesBase,
  ratedAddressesMax,
  ratedGroupsMax,
  reassemblyBytesMax,
  registeredRates,
  sendQueuesBytesMax,
  unknownRates,
} from '../../shared/limits.ts';
import type { Trace } from '../../shared/trace.ts';
import { decodePacket } from '../../shared/wire/decode.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import { greaseVersion, isGreaseVersion, type RandomBytes } from '../../shared/wire/grease.ts';
import { protocolVersion, resetLayout, versionLayout } from '../../shared/wire/layout.ts';
import type { ConnectionIndex, Packet, PacketOf } from '../../shared/wire/packet.ts';
import type { Profile } from '../../shared/wire/parameters.ts';
import { ConnectionTable } from './connection/connection-table.ts';
import type { CongestionController, RttState } from './congestion/controller.ts';
import { Copa } from './congestion/copa.ts';
import { DelayTarget } from './congestion/delay-target.ts';
import type { EndpointAction, EndpointEvent, NetworkChange, PeerClass } from './events.ts';
import { type AnswerLimits, answerLimits } from './answer-limits.ts';
import { type BudgetHolder, budgetShares, FairBudget } from './fair-budget.ts';
import { FairRate, type PacketRates } from './fair-rate.ts';
import type { FlowOptions } from './flow/flow-options.ts';
import { Handshake } from './handshake/handshake.ts';
import { HandshakeContext } from './handshake/handshake-context.ts';
import { RefusedPeers } from './handshake/refused-peers.ts';
import { type EndpointCounters, OutputQueue, type Transmit } from './output-queue.ts';
import type { KeyPair, TransportCrypto } from './ports.ts';
import { OncePerInterval } from './once-per-interval.ts';
import { type KeyLimits, keyLimits, resetIntervalMs, versionIntervalMs } from './timing.ts';
import { VersionReports } from './version-reports.ts';

export interface EndpointOptions {
  /** The identity of this endpoint; peers know its public key. */
  readonly keys: KeyPair;
  readonly crypto: TransportCrypto;
  /** Cryptographic randomness in a gateway, seeded in a simulation. */
  readonly random: RandomBytes;
  /** Randomness for reserved values, which are sent at each extension point (PROTOCOL 2.7); null (the default) sends none. */
  readonly grease?: RandomBytes | null;
  /** The versions that this program speaks, this one first; default: only this one. */
  readonly versions?: readonly number[];
  /** Whether to answer initiators that do not know this endpoint's key, and so show it (PROTOCOL 4.12); default true. */
  readonly answersXX?: boolean;
  /** Whether the role refuses connections with this peer (PROTOCOL 4.14), asked at each handshake; default: none. */
  readonly refusesPeer?: (peer: PeerKey) => boolean;
  /** The profile to request from this peer, asked at each handshake and at `renegotiate-profile`; default `normal`. */
  readonly profileOf?: (peer: PeerKey) => Profile;
  /**
   * The class of a peer until `classify` says another one; default `established`, for which few limits hold. The endpoint of a
   * role that meets strangers needs `unknown`.
   */
  readonly newPeerClass?: PeerClass;
  /** The largest UDP payload that leaves for this address without fragmentation, in bytes; default 1,200. */
  readonly localDatagramBytesMax?: (to: Address) => number;
  /** Makes the controller of a new path; default Copa. */
  readonly controller?: () => CongestionController;
  /** Makes the controller of bulk, when a path carries bulk for the first time; default DelayTarget. */
  readonly bulkController?: FlowOptions['bulkController'];
  /** Whether bulk leaves only with `releaseBulk`, so that other endpoints of the process go first; default: after all else of this one. */
  readonly holdsBulk?: boolean;
  /** When the keys of a connection are changed; default `keyLimits` of timing.ts. */
  readonly keyLimits?: KeyLimits;
  /** How many traces are kept until they are polled; default 0 (none). */
  readonly tracesMax?: number;
}

/** The state of a live connection, for display. */
export interface PeerStatistics {
  readonly peer: PeerKey;
  readonly address: Address;
  readonly profile: Profile;
  /** Null before the first acknowledgement. */
  readonly roundTripMs: number | null;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  /** Messages, or fragments of them, that were sent again. */
  readonly retransmissions: number;
  readonly keyChanges: number;
  /** How often both sides have exchanged new keys (PROTOCOL 5.18). */
  readonly keyExchanges: number;
  readonly bytesInFlight: number;
  /** The largest UDP payload that the path is known to carry. */
  readonly datagramBytes: number;
}

/** What an endpoint currently keeps; each number has its maximum in shared/limits.ts. */
export interface EndpointHoldings {
  readonly connections: number;
  readonly dials: number;
  readonly halfOpens: number;
  /** Bytes of messages that are incomplete, or that wait for earlier ones. */
  readonly reassemblyBytes: number;
  /** Bytes of unacknowledged messages. */
  readonly sendQueuesBytes: number;
}

/**
 * docs/protocol/transport.md without I/O. Give it datagrams, time and actions, then drain all the polls. All times are monotonic
 * milliseconds. No datagram makes it throw or grow without bound.
 */
export class Endpoint {
  readonly key: PeerKey;
  /** New for each endpoint. It tells this one from others with the same key. */
  readonly instance: InstanceId;
  readonly #grease: RandomBytes | null;
  readonly #versions: readonly number[];
  readonly #output: OutputQueue;
  readonly #table: ConnectionTable;
  readonly #handshake: Handshake;
  readonly #reassembly: FairBudget;
  readonly #sendQueues: FairBudget;
  readonly #answers: AnswerLimits;
  readonly #resets = new OncePerInterval(resetIntervalMs, ratedAddressesMax);
  readonly #versionAnswers = new OncePerInterval(versionIntervalMs, ratedAddressesMax);
  readonly #versionReports = new VersionReports();
  readonly #refusedPeers = new RefusedPeers();

  constructor(options: EndpointOptions) {
    const {
      keys,
      crypto,
      random,
      grease = null,
      versions = [protocolVersion],
      answersXX = true,
      refusesPeer = () => false,
      profileOf = () => 'normal',
      newPeerClass = 'established',
      localDatagramBytesMax = () => datagramBytesBase,
      controller = () => new Copa(),
      bulkController = (nowMs: number, rtt: RttState) => new DelayTarget(nowMs, rtt),
      holdsBulk = false,
      keyLimits: limits = keyLimits,
      tracesMax = 0,
    } = options;
    const evict = (holder: BudgetHolder): void => this.#table.evict(this.#output.nowMs, holder);
    this.#reassembly = new FairBudget(budgetShares(reassemblyBytesMax), evict);
    this.#sendQueues = new FairBudget(budgetShares(sendQueuesBytesMax), evict);
    // PROTOCOL 7.9: an endpoint for which each new peer is established meets no strangers.
    this.#answers = answerLimits(newPeerClass !== 'established');
    this.key = peerKeyFromBytes(keys.publicKey);
    this.instance = instanceIdFromBytes(random(8));
    this.#grease = grease;
    this.#versions = versions;
    this.#output = new OutputQueue(tracesMax);
    this.#table = new ConnectionTable({
      output: this.#output,
      random,
      grease,
      crypto,
      keyLimits: limits,
      newPeerClass,
      reassembly: this.#reassembly,
      sendQueues: this.#sendQueues,
      packetRates: { unknown: packetRates(unknownRates), registered: packetRates(registeredRates) },
      localDatagramBytesMax,
      holdsBulk,
      flowOptions: ({ profile, peerParameters }) => ({
        profile,
        controller,
        bulkController,
        ownCredits: channelCreditsMax,
        peerCredits: peerParameters.credits,
      }),
    });
    const context = new HandshakeContext({
      keys,
      crypto,
      random,
      grease,
      versions,
      instance: this.instance,
      answersXX,
      refusesPeer,
      refusedPeers: this.#refusedPeers,
      profileOf,
      keyLimits: limits,
    });
    this.#handshake = new Handshake(this.key, context, this.#output, this.#table, this.#answers);
  }

  // --- state -------------------------------------------------------------------------------------------

  get counters(): Readonly<EndpointCounters> {
    return this.#output.counters;
  }

  /** Live and closing connections. When it is 0 after `close` actions, every CLOSE has been sent. */
  get connectionCount(): number {
    return this.#table.size;
  }

  get dialCount(): number {
    return this.#handshake.dialsRunning;
  }

  holdings(nowMs: number): EndpointHoldings {
    return {
      connections: this.#table.size,
      dials: this.#handshake.dialsRunning,
      halfOpens: this.#handshake.halfOpenCount(nowMs),
      reassemblyBytes: this.#reassembly.bytes,
      sendQueuesBytes: this.#sendQueues.bytes,
    };
  }

  statistics(): PeerStatistics[] {
    return Array.from(this.#table, ({ peer, address, profile, packetCrypto, keyExchanges, flow }) => ({
      peer,
      address,
      profile,
      roundTripMs: flow.rtt.hasSample ? flow.rtt.smoothedMs : null,
      packetsSent: flow.counters.packetsSent,
      packetsReceived: flow.counters.packetsReceived,
      packetsLost: flow.counters.packetsLost,
      retransmissions: flow.counters.retransmissions,
      keyChanges: packetCrypto.keyChanges,
      keyExchanges,
      bytesInFlight: flow.bytesInFlight,
      datagramBytes: flow.datagramBytes,
    }));
  }

  // --- inputs ------------------------------------------------------------------------------------------

  /** Takes over the memory of `bytes`: decrypts in place, and `received` events share it. */
  handleDatagram(nowMs: number, from: Address, bytes: Uint8Array): void {
    this.#output.nowMs = nowMs;
    this.#output.arrived(nowMs, from, bytes);
    const decoded = decodePacket(bytes);
    switch (decoded.type) {
      case 'packet':
        if (this.#output.isTracing) this.#output.traceArrivedPacket(decoded.packet);
        return this.#handlePacket(nowMs, from, decoded.packet, bytes);
      case 'other-version':
        return this.#handleOtherVersion(nowMs, from, bytes.length, decoded);
      case 'dropped':
        return this.#output.drop(decoded.cause);
      default:
        return decoded satisfies never;
    }
  }

  handleTimeout(nowMs: number): void {
    this.#output.nowMs = nowMs;
    this.#handshake.handleTimeout(nowMs);
    this.#table.handleTimeout(nowMs);
  }

  /** PROTOCOL 5.15: probes each peer and restarts each dial at once. */
  handleNetworkChange(nowMs: number, change: NetworkChange): void {
    this.#output.nowMs = nowMs;
    this.#handshake.handleNetworkChange(nowMs);
    this.#table.handleNetworkChange(nowMs, change);
  }

  apply(nowMs: number, action: EndpointAction): void {
    this.#output.nowMs = nowMs;
    switch (action.type) {
      case 'dial':
        return this.#handshake.dial(nowMs, action);
      case 'redial': {
        const connection = this.#table.withPeer(action.peer);
        if (connection === undefined || connection.closing !== undefined) return;
        return this.#handshake.redial(nowMs, connection, action);
      }
      case 'send': {
        const { peer, instance, channel, bytes, token } = action;
        const connection = this.#table.withPeer(peer, instance);
        if (connection === undefined || connection.closing !== undefined) {
          const cause = 'no-connection';
          return this.#output.emit({ type: 'undelivered', peer, instance: instance ?? null, token, cause });
        }
        if (!connection.send(channel, bytes, token)) this.#table.awaitRoom(connection);
        return this.#table.update(connection);
      }
      case 'send-unreliable': {
        const connection = this.#table.withPeer(action.peer, action.instance);
        if (connection === undefined || connection.closing !== undefined) return;
        connection.sendUnreliable(action.bytes);
        return this.#table.update(connection);
      }
      case 'close': {
        const { peer, instance, reason } = action;
        for (const connection of this.#table.allOf(peer)) {
          if (instance !== undefined && connection.instance !== instance) continue;
          connection.beginClose(reason);
          this.#table.update(connection);
        }
        return;
      }
      case 'refuse': {
        this.#refusedPeers.add(nowMs, action.peer);
        const connection = this.#table.withPeer(action.peer, action.instance);
        connection?.beginClose('refused');
        if (connection !== undefined) this.#table.refuse(nowMs, connection);
        return;
      }
      case 'prefer':
        for (const connection of this.#table.allOf(action.peer))
          connection.isPreferred = connection.instance === action.instance;
        return;
      case 'classify':
        return this.#table.classify(nowMs, action.peer, action.class);
      case 'renegotiate-profile':
        for (const connection of this.#table.allOf(action.peer))
          this.#handshake.renegotiateProfile(nowMs, connection);
        return;
      default:
        return action satisfies never;
    }
  }

  /** Keeps up to `tracesMax` traces from now on; 0 turns tracing off. */
  setTracesMax(tracesMax: number): void {
    this.#output.setTracesMax(tracesMax);
  }

  // --- outputs -----------------------------------------------------------------------------------------

  /**
   * Makes datagrams of everything that may leave now, and emits their `attempt` events. Call it after all inputs of a turn
   * to get those events in the same turn; otherwise `pollTransmit` does it.
   */
  flush(): void {
    this.#table.flush(this.#output.nowMs);
  }

  /** Whether bulk could leave, and waits for `releaseBulk`. */
  get isBulkHeld(): boolean {
    return this.#table.isBulkHeld;
  }

  /** Makes datagrams of the bulk that may leave by now, behind all else. */
  releaseBulk(nowMs: number): void {
    this.#output.nowMs = nowMs;
    this.flush();
    this.#table.releaseBulk(nowMs);
  }

  pollTransmit(): Transmit | undefined {
    this.flush();
    return this.#output.pollTransmit();
  }

  pollEvent(): EndpointEvent | undefined {
    return this.#output.pollEvent();
  }

  pollTrace(): Trace | undefined {
    return this.#output.pollTrace();
  }

  pollTimeout(): number | undefined {
    this.flush();
    const dialMs = this.#handshake.earliestDeadlineMs();
    const connectionMs = this.#table.earliestDeadlineMs();
    if (dialMs === undefined || connectionMs === undefined) return dialMs ?? connectionMs;
    return Math.min(dialMs, connectionMs);
  }

  // --- packets -----------------------------------------------------------------------------------------

  #handlePacket(nowMs: number, from: Address, packet: Packet, bytes: Uint8Array): void {
    switch (packet.type) {
      case 'transport':
        return this.#handleTransport(nowMs, from, packet, bytes);
      case 'initiation':
        return this.#handshake.handleInitiation(nowMs, from, packet);
      case 'retry':
        return this.#handshake.handleRetry(nowMs, from, packet);
      case 'response':
        return this.#handshake.handleResponse(nowMs, from, packet);
      case 'confirmation':
        if (!this.#handshake.handleConfirmation(nowMs, from, packet)) {
          this.#answerUnknown(nowMs, from, packet.receiver, bytes);
        }
        return;
      case 'reset':
        return this.#handleReset(nowMs, from, packet);
      case 'version':
        return this.#handleVersion(nowMs, from, packet);
      default:
        return packet satisfies never;
    }
  }

  #handleTransport(nowMs: number, from: Address, packet: PacketOf<'transport'>, bytes: Uint8Array): void {
    const live = this.#table.withIndex(packet.receiver);
    if (live === undefined && !this.#handshake.isConfirming(packet.receiver)) {
      return this.#answerUnknown(nowMs, from, packet.receiver, bytes);
    }
    if (live?.handleTransport(nowMs, from, packet) === false) return;
    const connection = live ?? this.#handshake.completeDial(nowMs, from, packet);
    if (connection === undefined) return;
    this.#table.update(connection);
    this.#table.endIfClosedByPeer(connection);
  }

  /** PROTOCOL 4.9: a RESET is only a hint. It names the peer's index, and the counter of a packet of this endpoint. */
  #handleReset(nowMs: number, from: Address, { answered }: PacketOf<'reset'>): void {
    const view = new DataView(answered.buffer, answered.byteOffset, answered.length);
    const remoteIndex = view.getUint32(0);
    if (this.#handshake.handleResetOfConfirming(nowMs, from, remoteIndex, answered)) return;
    const live = this.#table.withRemote(from, remoteIndex);
    const counter = (view.getUint32(4) & 0x7fff_ffff) * 0x1_0000_0000 + view.getUint32(8);
    if (live === undefined || live.closing !== undefined || counter >= live.packetCrypto.nextCounter) {
      return this.#output.drop('unknown-connection');
    }
    this.#handshake.handleReset(nowMs, live);
  }

  /** PROTOCOL 4.9: answers a packet of an unknown connection with RESET, which is smaller than the packet and rate-limited. */
  #answerUnknown(nowMs: number, from: Address, index: ConnectionIndex, bytes: Uint8Array): void {
    this.#output.drop('unknown-connection');
    if (!this.#answers.others.hasRoom(nowMs, from)) return;
    if (!this.#resets.allow(nowMs, formatAddress(from))) return;
    this.#answers.others.take(nowMs, from);
    const close = this.#table.closeFor(index, from);
    const answered = bytes.subarray(resetLayout.answered, resetLayout.length);
    this.#output.answer(nowMs, from, close ?? encodePacket({ type: 'reset', answered }));
  }

  // --- other versions ------------------------------------------------------------------------------------

  #handleVersion(nowMs: number, from: Address, packet: PacketOf<'version'>): void {
    if (!this.#handshake.handleVersion(nowMs, from, packet)) return;
    const real = packet.versions.filter((version) => !isGreaseVersion(version));
    this.#emitOtherVersion(nowMs, from, Math.max(0, ...real));
  }

  #handleOtherVersion(
    nowMs: number,
    from: Address,
    length: number,
    met: { readonly version: number; readonly checksum: number },
  ): void {
    this.#output.drop('other-version');
    this.#emitOtherVersion(nowMs, from, met.version);
    // PROTOCOL 3.2: never more bytes than arrived, at most one per second and address.
    const versions = [...this.#versions];
    if (length < versionLayout.versions + versions.length) return;
    const hasRoom = length > versionLayout.versions + versions.length;
    if (this.#grease !== null && hasRoom) versions.push(greaseVersion(this.#grease));
    if (!this.#answers.others.hasRoom(nowMs, from)) return;
    if (!this.#versionAnswers.allow(nowMs, formatAddress(from))) return;
    this.#answers.others.take(nowMs, from);
    this.#output.answer(
      nowMs,
      from,
      encodePacket({ type: 'version', answeredChecksum: met.checksum, versions }),
    );
  }

  #emitOtherVersion(nowMs: number, from: Address, version: number): void {
    const others = this.#versionReports.report(nowMs, from);
    if (others !== undefined) this.#output.emit({ type: 'other-version', from, version, others });
  }
}

function packetRates({ connection, group, all }: typeof unknownRates | typeof registeredRates): PacketRates {
  return { connection, shared: new FairRate({ all, group }, ratedGroupsMax) };
}
