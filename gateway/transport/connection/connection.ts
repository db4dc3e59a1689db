import { type Address, addressGroup, isSameAddress } from '../../../shared/address.ts';
import type { InstanceId, PeerKey } from '../../../shared/ids.ts';
import { datagramBytesBase, datagramBytesMax, messageTokens } from '../../../shared/limits.ts';
import {
  encodeFrame,
  encodeGreaseClose,
  type Frame,
  writeClassic,
  writeGrease,
} from '../../../shared/wire/frames.ts';
import { tagBytes, transportLayout } from '../../../shared/wire/layout.ts';
import type { Parameters, Profile } from '../../../shared/wire/parameters.ts';
import type { TransportPacket } from '../../../shared/wire/packet.ts';
import type { DatagramSlab } from '../datagram-slab.ts';
import type { Channel, CloseReason, EndpointEvent, NetworkChange, PeerClass, Token } from '../events.ts';
import type { BudgetHolder, FairBudget } from '../fair-budget.ts';
import { ConnectionRate, type PacketRatesOfClasses } from '../fair-rate.ts';
import { Flow } from '../flow/flow.ts';
import type { FlowOptions, FlowEvents, FlowTimer } from '../flow/flow-options.ts';
import type { SentPacket } from '../flow/sent-packets.ts';
import { rttInitialMs } from '../flow/settings.ts';
import type { OutputQueue } from '../output-queue.ts';
import type { TransportCrypto } from '../ports.ts';
import { KeyExchange } from './key-exchange.ts';
import { Path } from './path.ts';
import type { Opened, PacketCrypto } from './packet-crypto.ts';
import {
  type KeyLimits,
  oldKeysProbeTimeouts,
  livenessTimeoutMsMax,
  livenessTimeoutMsMin,
  idleTimeoutMs,
  unknownMs,
} from '../timing.ts';

/** Addresses of a dial beside a connection. `claims`: those that only the peer names. */
export interface RedialTargets {
  readonly candidates: readonly Address[];
  readonly claims: readonly Address[];
}

/** The result of a handshake that both sides have confirmed. */
export interface HandshakeResult {
  readonly peer: PeerKey;
  readonly address: Address;
  readonly packetCrypto: PacketCrypto;
  /** Equal on both sides, and of no other connection. */
  readonly handshakeHash: Uint8Array;
  readonly peerParameters: Parameters;
  /** The profile that this side asked for in the handshake. */
  readonly requestedProfile: Profile;
  /** The profile that both sides use. */
  readonly profile: Profile;
  /** The CONFIRMATION that completed the handshake at the responder, to recognize its copies; null for the initiator. */
  readonly confirmation: Uint8Array | null;
}

/** The options that all connections of an endpoint share. */
export interface ConnectionConfig {
  readonly output: OutputQueue;
  readonly random: (byteCount: number) => Uint8Array;
  /** Randomness for reserved frames; null sends none. */
  readonly grease: ((byteCount: number) => Uint8Array) | null;
  readonly crypto: Pick<TransportCrypto, 'keyPair' | 'sharedSecret' | 'hkdf'>;
  readonly keyLimits: KeyLimits;
  /** The class of a peer of which the role has said nothing. */
  readonly newPeerClass: PeerClass;
  /** Memory for messages that wait for missing fragments or for earlier messages. */
  readonly reassembly: FairBudget;
  /** Memory for messages that wait to be sent or acknowledged. */
  readonly sendQueues: FairBudget;
  readonly packetRates: PacketRatesOfClasses;
  readonly flowOptions: (
    result: HandshakeResult,
  ) => Omit<FlowOptions, 'events' | 'localDatagramBytesMax' | 'budget' | 'sendBudget'>;
  /** The largest UDP payload that leaves for this address without fragmentation, in bytes. */
  readonly localDatagramBytesMax: (to: Address) => number;
  /** Whether bulk leaves only with `releaseBulk`. */
  readonly holdsBulk: boolean;
}

/** One live connection: packet keys, a path to the peer, and the flow of messages over both. */
export class Connection {
  readonly peer: PeerKey;
  /** The peer's process. */
  readonly instance: InstanceId;
  readonly packetCrypto: PacketCrypto;
  readonly requestedProfile: Profile;
  readonly profile: Profile;
  /** Whether the role wants to keep this one of all connections to the peer (PROTOCOL 7.3). */
  isPreferred = false;
  /** Counts half-open and live connections of the endpoint: a later one has a larger generation. */
  readonly generation: number;
  /** When the last redial of this peer began, or the last liveness check after a RESET. */
  lastRedialAtMs = Number.NEGATIVE_INFINITY;
  /** Where a redial goes if the peer does not answer the liveness check. */
  redialTo: RedialTargets = noTargets;
  /** When another process of the peer connected last. */
  succeededAtMs = Number.NEGATIVE_INFINITY;
  /** A character for each byte: a string takes a third of the memory of a byte array. */
  readonly #handshakeHash: string;
  readonly #output: OutputQueue;
  readonly #flow: Flow;
  readonly #path: Path;
  readonly #keyExchange: KeyExchange;
  readonly #reassembly: BudgetHolder;
  readonly #sendQueue: BudgetHolder;
  readonly #packetRates: PacketRatesOfClasses;
  /** Undefined for an established peer, which has no limit. */
  #rate: ConnectionRate | undefined;
  /** When an unknown peer is refused; undefined for any other one. */
  #refusedAtMs: number | undefined;
  readonly #grease: ((byteCount: number) => Uint8Array) | null;
  /** The packet number from which the next packet carries a reserved frame. */
  #greaseFrom: number;
  #confirmation: Uint8Array | null;
  #closing: CloseReason | undefined;
  #lastReceivedAtMs: number;
  #closedByPeer: CloseReason | undefined;

  constructor(
    nowMs: number,
    result: HandshakeResult,
    generation: number,
    peerClass: PeerClass,
    config: ConnectionConfig,
  ) {
    this.peer = result.peer;
    this.instance = result.peerParameters.instance;
    this.packetCrypto = result.packetCrypto;
    this.#handshakeHash = String.fromCharCode(...result.handshakeHash);
    this.requestedProfile = result.requestedProfile;
    this.profile = result.profile;
    this.generation = generation;
    this.#output = config.output;
    this.#confirmation = result.confirmation;
    this.#path = new Path(result.address, config.random);
    this.#keyExchange = new KeyExchange(nowMs, {
      // Only a responder has a CONFIRMATION of its peer.
      role: result.confirmation === null ? 'initiator' : 'responder',
      packetCrypto: result.packetCrypto,
      crypto: config.crypto,
      random: config.random,
      limits: config.keyLimits,
    });
    const group = addressGroup(result.address);
    this.#reassembly = config.reassembly.open(group, peerClass);
    this.#sendQueue = config.sendQueues.open(group, peerClass);
    this.#packetRates = config.packetRates;
    this.classify(nowMs, peerClass);
    this.#flow = new Flow(nowMs, {
      ...config.flowOptions(result),
      budget: this.#reassembly,
      sendBudget: this.#sendQueue,
      events: new FlowEventEmitter(this.#output, this.peer, this.instance),
      localDatagramBytesMax: () => config.localDatagramBytesMax(this.address),
    });
    // PROTOCOL 8.20: the profile `classic` is for programs that do no more than they must.
    this.#grease = this.profile === 'classic' ? null : config.grease;
    this.#greaseFrom =
      this.#grease === null ? Number.POSITIVE_INFINITY : (this.#grease(1)[0] ?? 0) % greaseFirstPackets;
    this.#lastReceivedAtMs = nowMs;
  }

  // --- state ---------------------------------------------------------------------------------------------

  get address(): Address {
    return this.#path.address;
  }

  /** How well the role knows the peer. */
  get peerClass(): PeerClass {
    return this.#reassembly.peerClass;
  }

  /** The group of `address`, by which shares are counted. */
  get addressGroup(): string {
    return this.#reassembly.group.name;
  }

  /** The hash of the handshake: 64 bytes that only both ends know. */
  get handshakeHash(): Uint8Array {
    return Uint8Array.from(this.#handshakeHash, (character) => character.charCodeAt(0));
  }

  get flow(): Pick<Flow, 'rtt' | 'counters' | 'bytesInFlight' | 'datagramBytes' | 'isBulkHeld'> {
    return this.#flow;
  }

  /** How often both sides have exchanged new keys. */
  get keyExchanges(): number {
    return this.#keyExchange.completed;
  }

  /** Why this side closes the connection, once everything queued before is acknowledged; undefined while it stays open. */
  get closing(): CloseReason | undefined {
    return this.#closing;
  }

  /** True when the connection closes and nothing waits for an acknowledgement. */
  get isReadyToClose(): boolean {
    return this.#closing !== undefined && this.#flow.isIdle;
  }

  /** The reason in the CLOSE of the peer, if one arrived. */
  get closedByPeer(): CloseReason | undefined {
    return this.#closedByPeer;
  }

  /** When the last genuine packet arrived. */
  get lastReceivedAtMs(): number {
    return this.#lastReceivedAtMs;
  }

  get deadlineMs(): number {
    const pathMs = this.#path.deadlineMs ?? Number.POSITIVE_INFINITY;
    const refusedAtMs = this.#refusedAtMs ?? Number.POSITIVE_INFINITY;
    return Math.min(this.#idleTimeoutAtMs, this.#flow.deadlineMs, pathMs, refusedAtMs);
  }

  /** PROTOCOL 5.8. Deadline and decision use this one sum. A difference would round otherwise, and the deadline would recur forever. */
  get #idleTimeoutAtMs(): number {
    return this.#lastReceivedAtMs + idleTimeoutMs;
  }

  // --- inputs --------------------------------------------------------------------------------------------

  /** Queues the message, or emits `undelivered` and returns false when there is no room. */
  send(channel: Channel, bytes: Uint8Array, token: Token): boolean {
    if (this.#flow.send(channel, bytes, token)) return true;
    const { peer, instance } = this;
    this.#output.emit({ type: 'undelivered', peer, instance, token, cause: 'queue-full' });
    return false;
  }

  /** Emits `writable` for the channels that refused a message and have room again. Returns whether no further one waits for it. */
  emitWritable(): boolean {
    const channels = this.#flow.takeWritableChannels();
    if (this.#closing !== undefined) return true;
    const { peer, instance } = this;
    for (const channel of channels) this.#output.emit({ type: 'writable', peer, instance, channel });
    return !this.#flow.awaitsRoom;
  }

  sendUnreliable(bytes: Uint8Array): void {
    this.#flow.sendUnreliable(bytes);
  }

  beginClose(reason: CloseReason): void {
    this.#closing ??= reason;
  }

  /** PROTOCOL 7.6 and 7.10: an unknown peer has 5 s, which begin again when the role says once more that it is unknown. */
  classify(nowMs: number, peerClass: PeerClass): void {
    this.#refusedAtMs = peerClass === 'unknown' ? nowMs + unknownMs : undefined;
    this.#assignShares(nowMs, this.addressGroup, peerClass);
  }

  /** Whether the connection holds this part of a budget. */
  holds(holder: BudgetHolder): boolean {
    return holder === this.#reassembly || holder === this.#sendQueue;
  }

  /** Returns true for a genuine packet of this connection's peer: sealed with its keys, and not seen before. */
  handleTransport(nowMs: number, from: Address, packet: TransportPacket): boolean {
    if (this.#rate?.take(nowMs) === false) {
      this.#output.drop('limit');
      return false;
    }
    const opened = this.packetCrypto.open(nowMs, packet, oldKeysProbeTimeouts * this.#flow.probeTimeoutMs);
    if (opened.type === 'refused') {
      this.#output.drop(opened.cause);
      return false;
    }
    this.handleOpened(nowMs, from, packet, opened);
    return true;
  }

  handleOpened(nowMs: number, from: Address, packet: TransportPacket, opened: Opened): void {
    this.#lastReceivedAtMs = nowMs;
    this.#confirmation = null;
    if (this.#output.isTracing) this.#output.traceArrivedPacket(packet, this.peer, opened.plaintext);
    const { messagesReceived } = this.#flow.counters;
    const reception = this.#flow.handleFrames(nowMs, packet.counter, opened.plaintext);
    const messages = this.#flow.counters.messagesReceived - messagesReceived;
    this.#rate?.charge(messageTokens * messages + Math.floor(packet.sealed.length / datagramBytesBase));
    if (reception.dropped !== undefined) this.#output.drop(reception.dropped);
    this.#closedByPeer ??= reception.close;
    this.#path.observe(nowMs, from, packet.header.length + packet.sealed.length, opened.isNewest);
    // PROTOCOL 5.11: the response goes to the address that the challenge came from.
    if (reception.pathChallenge !== undefined) this.#answerChallenge(nowMs, from, reception.pathChallenge);
    for (const data of reception.pathResponses) this.#path.handleResponse(nowMs, data);
    for (const share of reception.keyShares) {
      const outcome = this.#keyExchange.handleShare(nowMs, share);
      if (outcome === 'settled') this.#flow.cancelKeyShare();
      else if (outcome !== 'ignored') this.#flow.sendKeyShare(outcome);
    }
  }

  /** PROTOCOL 4.6: a copy of the CONFIRMATION shows that no sealed packet has reached the initiator yet. */
  handleDuplicateConfirmation(nowMs: number, from: Address, message: Uint8Array): void {
    this.#output.drop('duplicate');
    const known = this.#confirmation;
    if (known?.length !== message.length || !known.every((byte, index) => byte === message[index])) return;
    if (isSameAddress(from, this.address) && this.#rate?.take(nowMs) !== false) this.confirm(nowMs);
  }

  /** PROTOCOL 4.1: the first sealed packet shows the initiator that the responder has the keys. */
  confirm(nowMs: number): void {
    const isClassic = this.requestedProfile === 'classic';
    this.#sendFrame(nowMs, this.address, isClassic ? { type: 'classic' } : { type: 'padding', byteCount: 1 });
  }

  /** PROTOCOL 4.9: sends a probe to the peer; returns the time by which the peer should have answered. */
  checkLiveness(nowMs: number): number {
    this.#flow.probe();
    const timeoutMs = Math.max(livenessTimeoutMsMin, 3 * this.#flow.probeTimeoutMs);
    return nowMs + Math.min(livenessTimeoutMsMax, timeoutMs);
  }

  /** Sends a probe at once. After a change of addresses another path may lead to the peer, so the flow starts over. */
  handleNetworkChange(nowMs: number, change: NetworkChange): void {
    if (change === 'addresses') this.#flow.beginPath(nowMs);
    this.#flow.probe();
  }

  /** Does the work that is due. Returns the cause when the connection is dead. */
  handleTimeout(nowMs: number): 'unreachable' | 'idle-timeout' | 'refused' | undefined {
    // PROTOCOL 5.8: 45 s without any packet, even if the machine slept all that time.
    if (this.#idleTimeoutAtMs <= nowMs) return 'idle-timeout';
    if (this.#refusedAtMs !== undefined && this.#refusedAtMs <= nowMs) return 'refused';
    const due = this.#flow.deadlineMs <= nowMs ? this.#flow.handleTimeout(nowMs) : undefined;
    // PROTOCOL 7.12.
    return due === 'stalled' ? 'refused' : due;
  }

  // --- outputs -------------------------------------------------------------------------------------------

  /** Puts everything that may leave now into datagrams, bulk only where it is permitted. Returns true when the path has changed. */
  fill(nowMs: number, scratch: Uint8Array, slab: DatagramSlab, mayBulkLeave: boolean): boolean {
    const moved = this.#runPath(nowMs);
    this.#runKeyExchange(nowMs);
    // PROTOCOL 4.1: the initiator learns the profile from the first of these packets that it opens, so each one carries it.
    const mustSendClassic = this.#confirmation !== null && this.requestedProfile === 'classic';
    const classicEnd = mustSendClassic ? writeClassic(scratch, 0) : 0;
    const { packetsToAcknowledge } = this.#flow.counters;
    for (;;) {
      const { nextCounter } = this.packetCrypto;
      const isGreaseDue = nextCounter >= this.#greaseFrom;
      const at = isGreaseDue ? this.#writeGrease(scratch, classicEnd) : classicEnd;
      const end = this.#flow.fill(nowMs, nextCounter, scratch, at, mayBulkLeave);
      if (end === at) {
        // PROTOCOL 7.8.
        this.#rate?.earn(this.#flow.counters.packetsToAcknowledge - packetsToAcknowledge);
        return moved;
      }
      if (isGreaseDue) this.#greaseFrom = nextCounter + greasePacketsBetween;
      const frames = scratch.subarray(0, end);
      const bytes = this.packetCrypto.seal(nowMs, frames, slab);
      const isTracing = this.#output.isTracing;
      this.#output.transmit(nowMs, {
        to: this.address,
        bytes,
        peer: this.peer,
        attempt: this.#flow.filledAttempt,
        tokens: isTracing ? this.#flow.filledTokens() : noTokens,
        plaintext: isTracing ? frames : undefined,
      });
    }
  }

  #writeGrease(target: Uint8Array, at: number): number {
    return this.#grease === null ? at : writeGrease(target, at, this.#grease);
  }

  /** Sends CLOSE once. Returns the datagram, which answers later packets of the peer. */
  sendClose(nowMs: number, reason: CloseReason): Uint8Array {
    const isGrease = this.#grease !== null && reason === 'goodbye';
    const plaintext = isGrease ? encodeGreaseClose(this.#grease) : encodeFrame({ type: 'close', reason });
    return this.#sendPlaintext(nowMs, this.address, plaintext);
  }

  /** Emits `undelivered` for each unacknowledged message and frees half-received messages. */
  returnUnacknowledged(cause: Extract<EndpointEvent, { type: 'undelivered' }>['cause']): void {
    for (const token of this.#flow.takeUnacknowledged()) {
      this.#output.emit({ type: 'undelivered', peer: this.peer, instance: this.instance, token, cause });
    }
  }

  /** Erases the keys, and gives all shares back. The connection must not be used afterwards. */
  wipe(): void {
    this.#reassembly.release();
    this.#sendQueue.release();
    this.#rate?.release();
    this.packetCrypto.wipe();
    this.#keyExchange.wipe();
  }

  #assignShares(nowMs: number, group: string, peerClass: PeerClass): void {
    this.#reassembly.reassign(group, peerClass);
    this.#sendQueue.reassign(group, peerClass);
    if (peerClass === 'established') {
      this.#rate?.release();
      this.#rate = undefined;
    } else if (this.#rate === undefined)
      this.#rate = new ConnectionRate(this.#packetRates, nowMs, group, peerClass);
    else this.#rate.assign(nowMs, group, peerClass);
  }

  #answerChallenge(nowMs: number, from: Address, data: Uint8Array): void {
    const { rtt } = this.#flow;
    if (!this.#path.mayAnswer(nowMs, from, rtt.hasSample ? rtt.smoothedMs : 0)) return;
    this.#sendFrame(nowMs, from, { type: 'path-response', data });
  }

  #runKeyExchange(nowMs: number): void {
    this.packetCrypto.acknowledgedCounter = this.#flow.largestAcknowledged;
    if (this.#keyExchange.awaitsAcknowledgement) {
      if (!this.#flow.isKeyShareOpen) this.#keyExchange.useMixedKey(nowMs);
    } else if (this.#closing === undefined && this.#keyExchange.isDue(nowMs)) {
      this.#flow.sendKeyShare(this.#keyExchange.open());
    }
  }

  #runPath(nowMs: number): boolean {
    const { host } = this.address;
    const { rtt } = this.#flow;
    const roundMs = rtt.hasSample ? rtt.probeTimeoutMs : rttInitialMs;
    const { moved, challenges } = this.#path.handleTimeout(nowMs, roundMs);
    // RFC 9000 9.4: "an endpoint MUST immediately reset the congestion controller and round-trip time estimator for the
    // new path to initial values [...] unless the only change in the peer's address is its port number."
    if (moved && this.address.host !== host) {
      this.#flow.beginPath(nowMs);
      this.#assignShares(nowMs, addressGroup(this.address), this.peerClass);
    }
    for (const { to, data } of challenges) this.#sendFrame(nowMs, to, { type: 'path-challenge', data });
    return moved;
  }

  /** Sends a packet with one frame that is not part of the flow. */
  #sendFrame(nowMs: number, to: Address, frame: Frame): Uint8Array {
    return this.#sendPlaintext(nowMs, to, encodeFrame(frame));
  }

  #sendPlaintext(nowMs: number, to: Address, plaintext: Uint8Array): Uint8Array {
    const bytes = this.packetCrypto.seal(nowMs, plaintext);
    this.#output.answer(nowMs, to, bytes, this.peer, plaintext);
    return bytes;
  }
}

/** Turns the events of a flow into events of the endpoint. */
class FlowEventEmitter implements FlowEvents {
  readonly #output: OutputQueue;
  readonly #peer: PeerKey;
  readonly #instance: InstanceId;

  constructor(output: OutputQueue, peer: PeerKey, instance: InstanceId) {
    this.#output = output;
    this.#peer = peer;
    this.#instance = instance;
  }

  attempt(token: Token, attempt: number): void {
    this.#output.emit({ type: 'attempt', peer: this.#peer, instance: this.#instance, token, attempt });
  }

  acknowledged(token: Token): void {
    this.#output.emit({ type: 'acknowledged', peer: this.#peer, instance: this.#instance, token });
  }

  received(channel: Channel, bytes: Uint8Array): void {
    this.#output.emit({ type: 'received', peer: this.#peer, instance: this.#instance, channel, bytes });
  }

  receivedUnreliable(bytes: Uint8Array): void {
    this.#output.emit({ type: 'received-unreliable', peer: this.#peer, instance: this.#instance, bytes });
  }

  timerFired(nowMs: number, timer: FlowTimer): void {
    this.#output.traceTimer(nowMs, this.#peer, timer);
  }

  packetLost(nowMs: number, packet: SentPacket): void {
    this.#output.tracePacket('lost', nowMs, this.#peer, packet);
  }

  packetLate(nowMs: number, packet: SentPacket): void {
    this.#output.tracePacket('late', nowMs, this.#peer, packet);
  }
}

const noTokens: readonly Token[] = [];
/** One for all: an idle connection should be small. */
const noTargets: RedialTargets = { candidates: [], claims: [] };
/** PROTOCOL 8.20: the first reserved frame leaves in one of this many packets ... */
const greaseFirstPackets = 64;
/** ... and each further one after this many. */
const greasePacketsBetween = 10_000;
/** Room for the frames of the largest packet. */
export const framesBytesMax = datagramBytesMax - transportLayout.sealed - tagBytes;
