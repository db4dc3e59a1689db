import { type Address, isSameAddress } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { datagramBytesMax } from '../../shared/limits.ts';
import { encodeFrame, type Frame, writeClassic } from '../../shared/wire/frames.ts';
import { tagBytes, transportLayout } from '../../shared/wire/layout.ts';
import type { Parameters, Profile } from '../../shared/wire/parameters.ts';
import type { TransportPacket } from '../../shared/wire/packet.ts';
import type { DatagramSlab } from './datagram-slab.ts';
import type { Channel, CloseReason, EndpointEvent, NetworkChange, Token } from './events.ts';
import { Flow } from './flow/flow.ts';
import type { FlowOptions, FlowEvents } from './flow/flow-options.ts';
import { rttInitialMs } from './flow/settings.ts';
import type { OutputQueue } from './output-queue.ts';
import { Path } from './path.ts';
import type { Opened, PacketCrypto } from './packet-crypto.ts';
import { oldKeysProbeTimeouts, livenessTimeoutMsMax, livenessTimeoutMsMin, idleTimeoutMs } from './timing.ts';

/** How a connection that both sides have confirmed came to be. */
export interface Opening {
  readonly peer: PeerKey;
  readonly address: Address;
  readonly session: PacketCrypto;
  readonly peerParameters: Parameters;
  /** What this side has told that it wants. */
  readonly wish: Profile;
  /** What both keep to. */
  readonly profile: Profile;
  /** The CONFIRMATION that opened it at the responder, to know its copies; null for the initiator. */
  readonly confirmation: Uint8Array | null;
}

/** What all connections of an endpoint share. */
export interface ConnectionConfig {
  readonly outlet: OutputQueue;
  readonly random: (byteCount: number) => Uint8Array;
  readonly flowOptions: (opening: Opening) => Omit<FlowOptions, 'outlet' | 'localDatagramBytesMax'>;
  /** The largest UDP payload that leaves for this address without fragmentation, in bytes. */
  readonly localDatagramBytesMax: (to: Address) => number;
}

/** One live connection: a session's keys, a path to the peer, and the flow of messages over both. */
export class Connection {
  readonly peer: PeerKey;
  readonly session: PacketCrypto;
  readonly wish: Profile;
  readonly profile: Profile;
  /** Its place among all meetings of the endpoint (half-open and live): later is larger. */
  readonly meeting: number;
  /** When the last handshake beside this connection began, or the peer was asked whether it needs one (RESET). */
  besideAtMs = Number.NEGATIVE_INFINITY;
  readonly #outlet: OutputQueue;
  readonly #flow: Flow;
  readonly #path: Path;
  #confirmation: Uint8Array | null;
  #closing: CloseReason | undefined;
  #lastReceivedAtMs: number;
  readonly #ears: FlowEars;

  constructor(nowMs: number, opening: Opening, meeting: number, surroundings: ConnectionConfig) {
    this.peer = opening.peer;
    this.session = opening.session;
    this.wish = opening.wish;
    this.profile = opening.profile;
    this.meeting = meeting;
    this.#outlet = surroundings.outlet;
    this.#confirmation = opening.confirmation;
    this.#path = new Path(opening.address, surroundings.random);
    this.#ears = new FlowEars(this.#outlet, this.peer);
    this.#flow = new Flow(nowMs, {
      ...surroundings.flowOptions(opening),
      outlet: this.#ears,
      localDatagramBytesMax: () => surroundings.localDatagramBytesMax(this.address),
    });
    this.#lastReceivedAtMs = nowMs;
  }

  // --- state ---------------------------------------------------------------------------------------------

  get address(): Address {
    return this.#path.address;
  }

  get flow(): Pick<Flow, 'rtt' | 'counters' | 'bytesInFlight' | 'datagramBytes'> {
    return this.#flow;
  }

  /** The reason for which this side wants to leave, once what was queued before is through. */
  get closing(): CloseReason | undefined {
    return this.#closing;
  }

  /** Closing, and nothing is left to wait for. */
  get isReadyToClose(): boolean {
    return this.#closing !== undefined && this.#flow.isIdle;
  }

  /** The peer has said goodbye. */
  get closedByPeer(): CloseReason | undefined {
    return this.#ears.closed;
  }

  /** When the last packet came that opened. */
  get lastReceivedAtMs(): number {
    return this.#lastReceivedAtMs;
  }

  get deadlineMs(): number {
    const pathMs = this.#path.deadlineMs ?? Number.POSITIVE_INFINITY;
    return Math.min(this.#silentFromMs, this.#flow.deadlineMs, pathMs);
  }

  /** PROTOCOL 5.8. The same sum decides: a difference would be rounded otherwise, and the deadline come for ever. */
  get #silentFromMs(): number {
    return this.#lastReceivedAtMs + idleTimeoutMs;
  }

  // --- inputs --------------------------------------------------------------------------------------------

  send(nowMs: number, channel: Channel, bytes: Uint8Array, token: Token): void {
    if (this.#flow.send(nowMs, channel, bytes, token)) return;
    this.#outlet.emit({ type: 'undelivered', peer: this.peer, token, cause: 'queue-full' });
  }

  sendUnreliable(bytes: Uint8Array): void {
    this.#flow.sendUnreliable(bytes);
  }

  beginClose(reason: CloseReason): void {
    this.#closing ??= reason;
  }

  /** True when the packet was this connection's peer's: sealed with the keys, and not seen before. */
  handleTransport(nowMs: number, from: Address, packet: TransportPacket): boolean {
    const opening = this.session.open(nowMs, packet, oldKeysProbeTimeouts * this.#flow.probeTimeoutMs);
    if (opening.type === 'refused') {
      this.#outlet.drop(nowMs, from, opening.cause);
      return false;
    }
    this.handleOpened(nowMs, from, packet, opening);
    return true;
  }

  handleOpened(nowMs: number, from: Address, packet: TransportPacket, opening: Opened): void {
    this.#lastReceivedAtMs = nowMs;
    this.#confirmation = null;
    const reception = this.#flow.handleFrames(nowMs, packet.counter, opening.plaintext);
    if (reception !== 'taken') this.#outlet.drop(nowMs, from, reception);
    this.#path.observe(nowMs, from, packet.header.length + packet.sealed.length, opening.isNewest);
    const { challenges = [], responses = [] } = this.#ears;
    this.#ears.challenges = this.#ears.responses = undefined;
    // PROTOCOL 5.11: a challenge is answered to where it came from.
    for (const data of challenges) this.#say(nowMs, from, { type: 'path-response', data });
    for (const data of responses) this.#path.handleResponse(nowMs, data);
  }

  /** PROTOCOL 4.6: a copy of the CONFIRMATION says that nothing sealed has reached the initiator yet. */
  handleConfirmationAgain(nowMs: number, from: Address, message: Uint8Array): void {
    this.#outlet.drop(nowMs, from, 'duplicate');
    const known = this.#confirmation;
    if (known?.length !== message.length || !known.every((byte, index) => byte === message[index])) return;
    if (isSameAddress(from, this.address)) this.confirm(nowMs);
  }

  /** PROTOCOL 4.1: the first sealed packet shows the initiator that the responder has the keys. */
  confirm(nowMs: number): void {
    const isClassic = this.wish === 'classic';
    this.#say(nowMs, this.address, isClassic ? { type: 'classic' } : { type: 'padding', byteCount: 1 });
  }

  /** PROTOCOL 4.9: asks the peer to say something; returns by when it should have. */
  askForSign(nowMs: number): number {
    this.#flow.probe();
    const patienceMs = Math.max(livenessTimeoutMsMin, 3 * this.#flow.probeTimeoutMs);
    return nowMs + Math.min(livenessTimeoutMsMax, patienceMs);
  }

  /** Says something at once. From other addresses, another path may lead to the peer. */
  handleNetworkChange(nowMs: number, change: NetworkChange): void {
    if (change === 'addresses') this.#flow.beginPath(nowMs);
    this.#flow.probe();
  }

  /** Does what is due, or tells why the connection is dead. */
  handleTimeout(nowMs: number): 'unreachable' | 'silence' | undefined {
    // PROTOCOL 5.8: 45 s without any packet, also when the machine slept through all of them.
    if (this.#silentFromMs <= nowMs) return 'silence';
    return this.#flow.deadlineMs <= nowMs ? this.#flow.handleTimeout(nowMs) : undefined;
  }

  // --- outputs -------------------------------------------------------------------------------------------

  /** Puts everything that may leave now into datagrams. True when the path has changed. */
  fill(nowMs: number, scratch: Uint8Array, slab: DatagramSlab): boolean {
    const moved = this.#runPath(nowMs);
    // PROTOCOL 4.1: whichever of these packets opens first at the initiator tells what this side wants.
    const isTelling = this.#confirmation !== null && this.wish === 'classic';
    const at = isTelling ? writeClassic(scratch, 0) : 0;
    for (;;) {
      const end = this.#flow.fill(nowMs, this.session.nextCounter, scratch, at);
      if (end === at) return moved;
      const bytes = this.session.seal(nowMs, scratch.subarray(0, end), slab);
      this.#outlet.transmit(nowMs, {
        to: this.address,
        bytes,
        peer: this.peer,
        attempt: this.#flow.filledAttempt,
        tokens: this.#outlet.isTracing ? this.#flow.filledTokens() : noTokens,
      });
    }
  }

  /** The sealed goodbye; it is sent once, and again to whoever goes on talking. */
  sayClose(nowMs: number, reason: CloseReason): Uint8Array {
    return this.#say(nowMs, this.address, { type: 'close', reason });
  }

  /** Hands back what is not acknowledged and frees what was half received. */
  handBack(cause: Extract<EndpointEvent, { type: 'undelivered' }>['cause']): void {
    for (const token of this.#flow.takeUnacknowledged()) {
      this.#outlet.emit({ type: 'undelivered', peer: this.peer, token, cause });
    }
  }

  #runPath(nowMs: number): boolean {
    const { host } = this.address;
    const { rtt } = this.#flow;
    const roundMs = rtt.hasSample ? rtt.probeTimeoutMs : rttInitialMs;
    const { moved, challenges } = this.#path.handleTimeout(nowMs, roundMs);
    // RFC 9000 9.4: "an endpoint MUST immediately reset the congestion controller and round-trip time estimator for the
    // new path to initial values [...] unless the only change in the peer's address is its port number."
    if (moved && this.address.host !== host) this.#flow.beginPath(nowMs);
    for (const { to, data } of challenges) this.#say(nowMs, to, { type: 'path-challenge', data });
    return moved;
  }

  /** A packet of one frame that is not the flow's. */
  #say(nowMs: number, to: Address, frame: Frame): Uint8Array {
    const bytes = this.session.seal(nowMs, encodeFrame(frame));
    this.#outlet.answer(nowMs, to, bytes, this.peer);
    return bytes;
  }
}

/** Passes on what a flow tells, and keeps what is not the flow's until the packet is read. */
class FlowEars implements FlowEvents {
  challenges: Uint8Array[] | undefined;
  responses: Uint8Array[] | undefined;
  closed: CloseReason | undefined;
  readonly #outlet: OutputQueue;
  readonly #peer: PeerKey;

  constructor(outlet: OutputQueue, peer: PeerKey) {
    this.#outlet = outlet;
    this.#peer = peer;
  }

  attempt(token: Token, attempt: number): void {
    this.#outlet.emit({ type: 'attempt', peer: this.#peer, token, attempt });
  }

  acknowledged(token: Token): void {
    this.#outlet.emit({ type: 'acknowledged', peer: this.#peer, token });
  }

  received(channel: Channel, bytes: Uint8Array): void {
    this.#outlet.emit({ type: 'received', peer: this.#peer, channel, bytes });
  }

  receivedUnreliable(bytes: Uint8Array): void {
    this.#outlet.emit({ type: 'received-unreliable', peer: this.#peer, bytes });
  }

  receivedPathChallenge(data: Uint8Array): void {
    (this.challenges ??= []).push(data);
  }

  receivedPathResponse(data: Uint8Array): void {
    (this.responses ??= []).push(data);
  }

  receivedClose(reason: CloseReason): void {
    this.closed ??= reason;
  }
}

const noTokens: readonly Token[] = [];
/** Room for the frames of the largest packet. */
export const framesBytesMax = datagramBytesMax - transportLayout.sealed - tagBytes;
