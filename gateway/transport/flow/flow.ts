import {
  decodeFrames,
  creditFrameBytes,
  type DataFrame,
  type Frame,
  keyShareFrameBytes,
  type KeyShareFrame,
  unreliableFrameBytes,
  writeCredit,
  writeKeyShare,
  writePing,
  writeUnreliable,
} from '../../../shared/wire/frames.ts';
import { datagramBytesBase } from '../../../shared/limits.ts';
import { channels, type CloseReason } from '../../../shared/wire/packet.ts';
import type { CongestionController } from '../congestion/controller.ts';
import type { Channel, Token } from '../events.ts';
import { Fifo } from '../fifo.ts';
import { IncomingChannel } from './incoming-channel.ts';
import { type OpenPacket, writeMessages } from './message-writer.ts';
import type { Fragment } from './outgoing-message.ts';
import { OutgoingMessages } from './outgoing-messages.ts';
import { bulkBurst, Pacer, promptBurst } from './pacer.ts';
import { PathMtu } from './path-mtu.ts';
import type { FlowCounters, FlowOptions, FlowEvents, PacketReception } from './flow-options.ts';
import { ReceivedPackets } from './received-packets.ts';
import { Recovery } from './recovery.ts';
import type { RttEstimate } from './rtt.ts';
import type { SentPacket } from './sent-packets.ts';
import { queueStallMs, unfinishedStallMs } from '../timing.ts';
import {
  type FlowSettings,
  flowSettings,
  keepAliveMs,
  packetOverheadBytes,
  unreliableBytesMax,
  unreliableWaitingMax,
} from './settings.ts';

/**
 * The reliability of one connection: turns messages into frames and back. Its packets are numbered, sealed and carried by
 * the connection. Call one mutation (send, handleFrames, handleTimeout), then `fill` until it fills nothing, then deadlineMs.
 */
export class Flow {
  readonly counters: FlowCounters = {
    packetsSent: 0,
    packetsToAcknowledge: 0,
    packetsReceived: 0,
    messagesReceived: 0,
    packetsLost: 0,
    packetsLate: 0,
    probes: 0,
    retransmissions: 0,
  };
  readonly #settings: FlowSettings;
  readonly #events: FlowEvents;
  readonly #recovery: Recovery;
  readonly #received: ReceivedPackets;
  readonly #newBulkController: FlowOptions['bulkController'];
  readonly #pacer: Pacer;
  /** Undefined until bulk is sent on the current path. */
  #bulkPacer: Pacer | undefined;
  readonly #mtu: PathMtu;
  readonly #outgoing: OutgoingMessages;
  readonly #incoming: readonly IncomingChannel[];
  readonly #unreliable = new Fifo<Uint8Array>();
  /** Packets that ignore window and pacer (RFC 9002 7.5: "probe packets MUST NOT be blocked"). */
  #probesDue = 0;
  /** A bit for each channel that must send its CREDIT, or send it again. */
  #creditsDue = 0;
  #isPingDue = false;
  /** The share of a key exchange that the peer has not acknowledged. */
  #keyShare: KeyShareFrame | undefined;
  #isKeyShareDue = false;
  readonly #limited = { prompt: false, bulk: false };
  #isBulkHeld = false;
  /** When a fragment was last acknowledged, or a message found an empty queue; Infinity while nothing waits. */
  #queueMovedAtMs = Number.POSITIVE_INFINITY;
  #acknowledgedFragments = 0;
  /** When unfinished messages have waited too long for more of them; Infinity without any. */
  #unfinishedUntilMs = Number.POSITIVE_INFINITY;
  #acknowledgedAtMove = 0;
  #filled: readonly Fragment[] = noFragments;

  constructor(nowMs: number, options: FlowOptions) {
    const { controller, events, budget, sendBudget, ownCredits, peerCredits } = options;
    this.#settings = flowSettings[options.profile];
    this.#events = events;
    this.#recovery = new Recovery(nowMs, this.#settings, controller, {
      packetAcknowledged: (packet) => this.#packetAcknowledged(packet),
      packetLost: (lostAtMs, packet) => this.#packetLost(lostAtMs, packet),
      packetLate: (lateAtMs, packet) => {
        this.counters.packetsLate++;
        events.packetLate(lateAtMs, packet);
        this.#packetAcknowledged(packet);
      },
    });
    this.#received = new ReceivedPackets(this.#settings.packetsPerAckMax);
    this.#newBulkController = options.bulkController;
    this.#pacer = new Pacer(nowMs, promptBurst);
    this.#mtu = new PathMtu(options.localDatagramBytesMax, (datagramBytes) => {
      this.#recovery.controller.setPacketBytes(datagramBytes);
      this.#recovery.bulkController?.setPacketBytes(datagramBytes);
    });
    this.#outgoing = new OutgoingMessages(peerCredits, sendBudget, events);
    this.#incoming = channels.map(
      (channel) =>
        new IncomingChannel(ownCredits[channel], budget, (bytes) => {
          events.received(channel, bytes);
        }),
    );
  }

  /** True when every sent message is acknowledged. */
  get isIdle(): boolean {
    return this.#outgoing.isEmpty;
  }

  /** The largest packet number that the peer has acknowledged; -1 for none. */
  get largestAcknowledged(): number {
    return this.#recovery.largestAcknowledged;
  }

  /** True while a share of `sendKeyShare` is neither acknowledged nor cancelled. */
  get isKeyShareOpen(): boolean {
    return this.#keyShare !== undefined;
  }

  get bytesInFlight(): number {
    return this.#recovery.sent.byteCount;
  }

  /** The largest UDP payload, in bytes, that the path is known to carry. */
  get datagramBytes(): number {
    return this.#mtu.datagramBytes;
  }

  get rtt(): RttEstimate {
    return this.#recovery.rtt;
  }

  /** RFC 9002 6.2.1, without back-off. */
  get probeTimeoutMs(): number {
    return this.#recovery.probeTimeoutMs;
  }

  /** Returns false if the message is too large or the queue is full; then nothing changes. */
  send(channel: Channel, bytes: Uint8Array, token: Token): boolean {
    return this.#outgoing.accept(channel, bytes, token);
  }

  /** True while a channel has refused a message because of a full queue, and is not writable again. */
  get awaitsRoom(): boolean {
    return this.#outgoing.awaitsRoom;
  }

  /** Returns the channels that have become writable since the last call. */
  takeWritableChannels(): Channel[] {
    return this.#outgoing.takeWritableChannels();
  }

  /** Sends at most once, without a report. Returns false if the bytes do not fit one packet. */
  sendUnreliable(bytes: Uint8Array): boolean {
    if (bytes.length > unreliableBytesMax) return false;
    if (this.#unreliable.size === unreliableWaitingMax) this.#unreliable.shift();
    this.#unreliable.push(bytes);
    return true;
  }

  /** Sends a KEY_SHARE until it is acknowledged. At most one is open at a time. */
  sendKeyShare(share: KeyShareFrame): void {
    this.#keyShare = share;
    this.#isKeyShareDue = true;
  }

  /** The peer has shown in another way that it has the share. */
  cancelKeyShare(): void {
    this.#keyShare = undefined;
    this.#isKeyShareDue = false;
  }

  /**
   * Handles the plaintext of an authenticated packet with a new number. `received` events share the memory
   * of `plaintext`, so the caller must not write over it afterwards.
   */
  handleFrames(nowMs: number, packetNumber: number, plaintext: Uint8Array): PacketReception {
    const frames = decodeFrames(plaintext);
    // No frame of a packet counts before all its frames are decoded.
    if (frames === 'malformed') return receptionOf('malformed', []);
    this.counters.packetsReceived++;
    let isAckEliciting = false;
    let hasConnectionFrames = false;
    let hasData = false;
    let dropped: PacketReception['dropped'];
    for (const frame of frames) {
      switch (frame.type) {
        case 'data':
          isAckEliciting = true;
          hasData = true;
          dropped = this.#handleData(frame) ?? dropped;
          break;
        case 'ack':
          this.#recovery.handleAck(nowMs, frame, this.#limited);
          break;
        case 'credit':
          isAckEliciting = true;
          this.#outgoing.raiseLimit(frame.channel, frame.limit);
          break;
        case 'ping':
        case 'unknown':
        case 'unknown-credit':
          // PROTOCOL 8.18 and 8.19: what a later version sends is acknowledged like anything else, and changes nothing.
          isAckEliciting = true;
          break;
        case 'key-share':
          isAckEliciting = true;
          hasConnectionFrames = true;
          break;
        case 'unreliable':
          isAckEliciting = true;
          this.counters.messagesReceived++;
          this.#events.receivedUnreliable(frame.payload);
          break;
        case 'padding':
        case 'classic':
          break;
        case 'path-challenge':
        case 'path-response':
        case 'close':
          hasConnectionFrames = true;
          break;
        default:
          frame satisfies never;
      }
    }
    // A packet without an ACK is sent again. By then there may be room for a message that found none now.
    if (dropped === undefined) this.#received.record(nowMs, packetNumber, isAckEliciting);
    if (hasData && dropped === undefined) this.#followUnfinished(nowMs);
    this.#noteCredits();
    if (hasConnectionFrames) return receptionOf(dropped, frames);
    return dropped === undefined ? taken : receptionOf(dropped, []);
  }

  /**
   * Writes the frames of one more packet into target[at..), which has room for the frames of the largest datagram. Returns
   * their end; `at` means that nothing may leave now and that the number is unused. Numbers rise, and may skip: packets
   * without frames of the flow use numbers too. Where bulk may not leave, `isBulkHeld` tells whether it would.
   */
  fill(nowMs: number, packetNumber: number, target: Uint8Array, at: number, mayBulkLeave = true): number {
    this.#filled = noFragments;
    this.#followQueue(nowMs);
    const load = this.#nextLoad(nowMs, mayBulkLeave);
    if (load === undefined && this.#received.ackAtMs > nowMs) return at;
    const { probeBytes } = this.#mtu;
    if (load !== undefined && probeBytes !== undefined && this.#probesDue === 0) {
      return this.#fillMtuProbe(nowMs, packetNumber, target, at, probeBytes - packetOverheadBytes, load);
    }
    const end = this.#mtu.datagramBytes - packetOverheadBytes;
    let place = at;
    let acknowledges = -1;
    if (this.#received.isAckWaiting) {
      place = this.#received.writeAck(nowMs, target, at, end);
      if (place > at) acknowledges = this.#received.largest;
    }
    const packet: OpenPacket = { number: packetNumber, target, at, end, place, fragments: [], keyShare: 0 };
    let creditChannels = 0;
    if (load === 'prompt') {
      creditChannels = this.#writeCredits(packet);
      this.#writeKeyShare(packet);
      this.#writeUnreliable(packet);
    }
    if (load !== undefined) {
      const { fragmentsPerPacketMax } = this.#settings;
      this.counters.retransmissions += writeMessages(
        packet,
        this.#outgoing[load],
        fragmentsPerPacketMax,
        this.#events,
      );
      const isPingDue = this.#isPingDue || this.#probesDue > 0;
      if (packet.place === place && isPingDue && place < end) packet.place = writePing(target, place);
    }
    this.#filled = packet.fragments;
    if (packet.place === at) return at;
    if (this.#settings.searchesMtu && load !== undefined && this.#outgoing.isReady) this.#mtu.noteFull(nowMs);
    this.counters.packetsSent++;
    // RFC 9002 2: packets that only acknowledge are neither acknowledged nor in flight.
    if (packet.place > place)
      this.#noteSent(nowMs, packet, load ?? 'prompt', { creditChannels, acknowledges });
    return packet.place;
  }

  /** The most attempts of a message in the packet that was filled last; 1 if it holds no message. */
  get filledAttempt(): number {
    let attempt = 1;
    for (const { attempts } of this.#filled) if (attempts > attempt) attempt = attempts;
    return attempt;
  }

  /** The tokens of the messages in the packet that was filled last. */
  filledTokens(): Token[] {
    return this.#filled.map(({ message }) => message.token);
  }

  /**
   * Does the work that is due. `unreachable`: 5 attempts and 2.5 s passed without an ACK. `stalled`: the peer has granted no credit
   * for 30 s, or sent nothing more of its unfinished messages for 20 s. The connection must end then.
   */
  handleTimeout(nowMs: number): 'unreachable' | 'stalled' | undefined {
    if (Math.min(this.#queueMovedAtMs + queueStallMs, this.#unfinishedUntilMs) <= nowMs) return 'stalled';
    const due = this.#recovery.handleTimeout(nowMs);
    if (due === 'unreachable') return due;
    if (due !== undefined) this.#events.timerFired(nowMs, due);
    if (due === 'probe') {
      if ((this.#recovery.sent.oldest?.byteCount ?? 0) > datagramBytesBase) this.#mtu.handleBlackHole();
      this.probe();
    }
    if (this.#keepAliveAtMs <= nowMs) {
      this.#isPingDue = true;
      this.#events.timerFired(nowMs, 'keep-alive');
    }
    return undefined;
  }

  /** Sends a packet at once that elicits an ACK: the oldest unacknowledged data, or a PING. */
  probe(): void {
    this.#probesDue = this.#settings.probesPerTimeout;
    this.#queueProbe();
  }

  /** Starts over on a new path: drops what was learnt of the old path, and sends again what is in flight there. */
  beginPath(nowMs: number): void {
    this.#recovery.beginPath(nowMs);
    this.#mtu.beginPath();
  }

  /** When the caller must call handleTimeout, then fill; a time in the past means now. */
  get deadlineMs(): number {
    const recoveryAtMs = Math.min(
      this.#recovery.deadlineMs,
      this.#keepAliveAtMs,
      this.#received.ackAtMs,
      this.#queueMovedAtMs + queueStallMs,
      this.#unfinishedUntilMs,
    );
    if (this.#hasPromptWork) {
      if (!this.#isWindowOpen) return recoveryAtMs;
      return Math.min(recoveryAtMs, this.#pacer.opensAtMs(this.#recovery.controller.pacingBytesPerMs));
    }
    if (this.#isBulkHeld || !this.#outgoing.isBulkReady || !this.#isBulkWindowOpen) return recoveryAtMs;
    const { pacer, controller } = this.#senderOf('bulk');
    return Math.min(recoveryAtMs, pacer.opensAtMs(controller.pacingBytesPerMs));
  }

  /** Whether bulk could leave if it were permitted. */
  get isBulkHeld(): boolean {
    return this.#isBulkHeld;
  }

  /** Removes and returns the tokens of all unacknowledged messages in the order of sending. Frees half-received messages. */
  takeUnacknowledged(): Token[] {
    for (const channel of this.#incoming) channel.discard();
    this.cancelKeyShare();
    this.#recovery.forget();
    return this.#outgoing.takeUnacknowledged();
  }

  #handleData(frame: DataFrame): PacketReception['dropped'] {
    const channel = this.#incoming[channels.indexOf(frame.channel)];
    if (channel?.isNew(frame.message) === true) this.counters.messagesReceived++;
    return channel?.handle(frame);
  }

  /** PROTOCOL 7.12: a sender that lives sends the rest of its messages, or gives up within seconds. */
  #followUnfinished(nowMs: number): void {
    this.#unfinishedUntilMs = Number.POSITIVE_INFINITY;
    for (const channel of this.#incoming)
      if (channel.isHolding) this.#unfinishedUntilMs = nowMs + unfinishedStallMs;
  }

  /** PROTOCOL 7.12: a queue that waits for credit must move. Acknowledgements alone show that the peer takes messages. */
  #followQueue(nowMs: number): void {
    if (this.#outgoing.isEmpty) this.#queueMovedAtMs = Number.POSITIVE_INFINITY;
    else if (
      this.#queueMovedAtMs === Number.POSITIVE_INFINITY ||
      this.#acknowledgedAtMove !== this.#acknowledgedFragments
    ) {
      this.#queueMovedAtMs = nowMs;
      this.#acknowledgedAtMove = this.#acknowledgedFragments;
    }
  }

  get #keepAliveAtMs(): number {
    if (this.#recovery.sent.count > 0 || this.#isPingDue) return Number.POSITIVE_INFINITY;
    return this.#recovery.lastProgressAtMs + keepAliveMs;
  }

  get #isWindowOpen(): boolean {
    const { count, byteCount, bulkByteCount } = this.#recovery.sent;
    if (count >= this.#settings.packetsInFlightMax) return false;
    const underWay = byteCount - bulkByteCount;
    return underWay === 0 || underWay + this.#mtu.datagramBytes <= this.#recovery.controller.windowBytes;
  }

  get #isBulkWindowOpen(): boolean {
    const { controller, bulkController = controller, sent } = this.#recovery;
    if (!this.#settings.separatesBulk) return this.#isWindowOpen;
    const underWay = sent.bulkByteCount;
    return underWay === 0 || underWay + this.#mtu.datagramBytes <= bulkController.windowBytes;
  }

  /** The controller and the pacer of a load. Those of bulk are made when they are needed: few connections ever carry a file. */
  #senderOf(load: Load): { readonly controller: CongestionController; readonly pacer: Pacer } {
    const { controller, bulkController } = this.#recovery;
    if (load === 'prompt' || bulkController === undefined || this.#bulkPacer === undefined)
      return { controller, pacer: this.#pacer };
    return { controller: bulkController, pacer: this.#bulkPacer };
  }

  #beginBulk(nowMs: number): void {
    if (!this.#settings.separatesBulk || this.#recovery.bulkController !== undefined) return;
    const controller = this.#newBulkController(nowMs, this.#recovery.rtt);
    controller.setPacketBytes(this.#mtu.datagramBytes);
    this.#recovery.bulkController = controller;
    this.#bulkPacer = new Pacer(nowMs, bulkBurst);
  }

  /** What the next packet carries besides an ACK; undefined if nothing may leave, and then it notes why. */
  #nextLoad(nowMs: number, mayBulkLeave: boolean): Load | undefined {
    const isProbe = this.#probesDue > 0;
    if (isProbe && !this.#outgoing.isReady) this.#queueProbe();
    this.#isBulkHeld = false;
    const isBulkReady = this.#outgoing.isBulkReady;
    if (this.#hasPromptWork || (isProbe && !isBulkReady)) {
      const isOpen = this.#isWindowOpen && this.#isPacerOpen(nowMs, 'prompt');
      // RFC 9002 7.8: only a window that was fully used may grow.
      this.#limited.prompt = !isOpen;
      // Bulk does not pass what waits for its window.
      return isProbe || isOpen ? 'prompt' : undefined;
    }
    this.#limited.prompt = false;
    if (!isBulkReady) {
      this.#limited.bulk = false;
      return undefined;
    }
    this.#beginBulk(nowMs);
    if (!isProbe && !(this.#isBulkWindowOpen && this.#isPacerOpen(nowMs, 'bulk'))) {
      this.#limited.bulk = true;
      return undefined;
    }
    this.#isBulkHeld = !mayBulkLeave;
    return mayBulkLeave ? 'bulk' : undefined;
  }

  #isPacerOpen(nowMs: number, load: Load): boolean {
    const { pacer, controller } = this.#senderOf(load);
    return pacer.isOpen(nowMs, controller.pacingBytesPerMs);
  }

  get #hasPromptWork(): boolean {
    if (this.#isPingDue || this.#creditsDue !== 0 || this.#isKeyShareDue) return true;
    return this.#unreliable.size > 0 || this.#outgoing.isPromptReady;
  }

  #fillMtuProbe(
    nowMs: number,
    number: number,
    target: Uint8Array,
    at: number,
    end: number,
    load: Load,
  ): number {
    const place = writePing(target, at);
    target.fill(paddingByte, place, end);
    this.counters.packetsSent++;
    this.#mtu.onProbeSent(
      this.#noteSent(nowMs, { number, target, at: 0, end, place: end, fragments: [], keyShare: 0 }, load, {
        creditChannels: 0,
        acknowledges: -1,
        isMtuProbe: true,
      }),
    );
    return end;
  }

  #noteSent(
    nowMs: number,
    packet: OpenPacket,
    load: Load,
    content: { readonly creditChannels: number; readonly acknowledges: number; readonly isMtuProbe?: true },
  ): SentPacket {
    const { creditChannels, acknowledges, isMtuProbe = false } = content;
    const byteCount = packet.place - packet.at + packetOverheadBytes;
    this.counters.packetsToAcknowledge++;
    this.#isPingDue = false;
    if (this.#probesDue > 0) {
      this.#probesDue--;
      this.counters.probes++;
    }
    this.#senderOf(load).pacer.onSent(byteCount);
    const sent: SentPacket = {
      number: packet.number,
      sentAtMs: nowMs,
      byteCount,
      fragments: packet.fragments,
      creditChannels,
      keyShare: packet.keyShare,
      acknowledges,
      isBulk: load === 'bulk' && this.#settings.separatesBulk,
      isMtuProbe,
      lostAtMs: 0,
      previous: undefined,
      next: undefined,
    };
    this.#recovery.onSent(sent);
    return sent;
  }

  /** RFC 9002 6.2.4: a probe carries the oldest unacknowledged packet's data; the second probe, the next packet's. */
  #queueProbe(): void {
    const oldest = this.#recovery.sent.oldest;
    const isFirst = this.#probesDue === this.#settings.probesPerTimeout;
    const packet = isFirst ? oldest : (oldest?.next ?? oldest);
    if (packet !== undefined) this.#retransmit(packet);
  }

  #retransmit(packet: SentPacket): void {
    for (const fragment of packet.fragments) this.#outgoing.retransmit(fragment);
    this.#creditsDue |= packet.creditChannels;
    this.#repeatKeyShare(packet);
  }

  #packetAcknowledged(packet: SentPacket): void {
    this.#mtu.onAcknowledged(packet);
    this.#acknowledgedFragments += packet.fragments.length;
    for (const fragment of packet.fragments) this.#outgoing.acknowledge(fragment);
    if (packet.keyShare !== 0 && packet.keyShare === this.#keyShare?.exchange) this.cancelKeyShare();
    if (packet.acknowledges >= 0) this.#received.forgetUpTo(packet.acknowledges);
  }

  #packetLost(nowMs: number, packet: SentPacket): void {
    this.#events.packetLost(nowMs, packet);
    this.#mtu.onLost(packet);
    // The loss of an MTU probe says nothing about the quality of the network.
    if (!packet.isMtuProbe) this.counters.packetsLost++;
    for (const fragment of packet.fragments) {
      // A probe that carries the same fragment may still arrive.
      if (fragment.carrier === packet.number) this.#outgoing.retransmit(fragment);
    }
    this.#creditsDue |= packet.creditChannels;
    this.#repeatKeyShare(packet);
  }

  #repeatKeyShare(packet: SentPacket): void {
    if (packet.keyShare !== 0 && packet.keyShare === this.#keyShare?.exchange) this.#isKeyShareDue = true;
  }

  #noteCredits(): void {
    this.#incoming.forEach((channel, number) => {
      if (channel.isCreditDue) this.#creditsDue |= 1 << number;
    });
  }

  /** Returns a bit for each channel that has its credit in the packet. */
  #writeCredits(packet: OpenPacket): number {
    let written = 0;
    if (this.#creditsDue === 0) return written;
    for (const [number, channel] of this.#incoming.entries()) {
      const bit = 1 << number;
      if ((this.#creditsDue & bit) === 0) continue;
      if (creditFrameBytes(Number.MAX_SAFE_INTEGER) > packet.end - packet.place) break;
      packet.place = writeCredit(packet.target, packet.place, number, channel.grant());
      written |= bit;
    }
    this.#creditsDue &= ~written;
    return written;
  }

  #writeKeyShare(packet: OpenPacket): void {
    if (!this.#isKeyShareDue || this.#keyShare === undefined) return;
    const { exchange, publicKey } = this.#keyShare;
    if (keyShareFrameBytes(exchange) > packet.end - packet.place) return;
    packet.place = writeKeyShare(packet.target, packet.place, exchange, publicKey);
    packet.keyShare = exchange;
    this.#isKeyShareDue = false;
  }

  #writeUnreliable(packet: OpenPacket): void {
    for (let bytes = this.#unreliable.first; bytes !== undefined; bytes = this.#unreliable.first) {
      if (unreliableFrameBytes(bytes.length) > packet.end - packet.place) return;
      packet.place = writeUnreliable(packet.target, packet.place, bytes);
      this.#unreliable.shift();
    }
  }
}

/** What a packet carries. Bulk has packets, a window and a pacer of its own, so that nothing else waits for it. */
type Load = 'prompt' | 'bulk';

const noFragments: readonly Fragment[] = [];
/** The usual result, made once: most packets hold no frame that the connection handles itself. */
const taken = receptionOf(undefined, []);

function receptionOf(dropped: PacketReception['dropped'], frames: readonly Frame[]): PacketReception {
  let pathChallenge: Uint8Array | undefined;
  const pathResponses: Uint8Array[] = [];
  const keyShares: KeyShareFrame[] = [];
  let close: CloseReason | undefined;
  for (const frame of frames) {
    if (frame.type === 'path-challenge') pathChallenge = frame.data;
    if (frame.type === 'path-response') pathResponses.push(frame.data);
    if (frame.type === 'key-share') keyShares.push(frame);
    if (frame.type === 'close') close ??= frame.reason;
  }
  return { dropped, pathChallenge, pathResponses, keyShares, close };
}

/** PROTOCOL 8.1: a PADDING frame is its type. */
const paddingByte = 0;
