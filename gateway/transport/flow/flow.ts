import {
  decodeFrames,
  creditFrameBytes,
  unreliableFrameBytes,
  writeCredit,
  writePing,
  writeUnreliable,
} from '../../../shared/wire/frames.ts';
import { datagramBytesBase } from '../../../shared/limits.ts';
import { channels } from '../../../shared/wire/packet.ts';
import type { Channel, Token } from '../events.ts';
import { Fifo } from '../fifo.ts';
import { IncomingChannel } from './incoming-channel.ts';
import { type OpenPacket, writeMessages } from './message-writer.ts';
import type { Fragment } from './outgoing-message.ts';
import { OutgoingMessages } from './outgoing-messages.ts';
import { Pacer } from './pacer.ts';
import { PathMtu } from './path-mtu.ts';
import type { FlowCounters, FlowOptions, FlowEvents, PacketReception } from './flow-options.ts';
import { ReceivedPackets } from './received-packets.ts';
import { Recovery } from './recovery.ts';
import type { RttEstimate } from './rtt.ts';
import type { SentPacket } from './sent-packets.ts';
import {
  type FlowSettings,
  flowSettings,
  keepAliveMs,
  packetOverheadBytes,
  unreliableBytesMax,
  unreliableWaitingMax,
} from './settings.ts';

/**
 * One connection's reliability: messages to frames and back, in packets that somebody else numbers, protects and
 * carries. One mutation (send, handleFrames, handleTimeout), then fill until it fills nothing, then deadlineMs.
 */
export class Flow {
  readonly counters: FlowCounters = {
    packetsSent: 0,
    packetsReceived: 0,
    packetsLost: 0,
    packetsLate: 0,
    probes: 0,
    retransmissions: 0,
  };
  readonly #settings: FlowSettings;
  readonly #outlet: FlowEvents;
  readonly #recovery: Recovery;
  readonly #received: ReceivedPackets;
  readonly #pacer: Pacer;
  readonly #mtu: PathMtu;
  readonly #outgoing: OutgoingMessages;
  readonly #incoming: readonly IncomingChannel[];
  readonly #unreliable = new Fifo<Uint8Array>();
  /** Packets that leave whatever window and pacer say (RFC 9002 7.5: "probe packets MUST NOT be blocked"). */
  #probesDue = 0;
  /** Channels whose credit has to be told (again), a bit each. */
  #creditsDue = 0;
  #isPingDue = false;
  #isWindowLimited = false;
  #filled: readonly Fragment[] = nothing;

  constructor(nowMs: number, options: FlowOptions) {
    const { controller, outlet, budget, sendBudget, ownCredits, peerCredits } = options;
    this.#settings = flowSettings[options.profile];
    this.#outlet = outlet;
    this.#recovery = new Recovery(nowMs, this.#settings, controller, {
      packetAcknowledged: (packet) => this.#packetAcknowledged(packet),
      packetLost: (packet) => this.#packetLost(packet),
      packetLate: (packet) => {
        this.counters.packetsLate++;
        this.#packetAcknowledged(packet);
      },
    });
    this.#received = new ReceivedPackets(this.#settings.packetsPerAckMax);
    this.#pacer = new Pacer(nowMs);
    this.#mtu = new PathMtu(options.localDatagramBytesMax, (datagramBytes) =>
      this.#recovery.controller.setPacketBytes(datagramBytes),
    );
    this.#outgoing = new OutgoingMessages(peerCredits, sendBudget, outlet);
    this.#incoming = channels.map(
      (channel) =>
        new IncomingChannel(ownCredits[channel], budget, (bytes) => outlet.received(channel, bytes)),
    );
  }

  /** Everything that was sent is acknowledged. */
  get isIdle(): boolean {
    return this.#outgoing.isEmpty;
  }

  get bytesInFlight(): number {
    return this.#recovery.sent.byteCount;
  }

  /** The largest UDP payload, in bytes, that the path is known to take. */
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

  /** False when the message is too large or the queue is full; then nothing has changed. */
  send(_nowMs: number, channel: Channel, bytes: Uint8Array, token: Token): boolean {
    return this.#outgoing.accept(channel, bytes, token);
  }

  /** False when it does not fit one packet. May be lost without a word. */
  sendUnreliable(bytes: Uint8Array): boolean {
    if (bytes.length > unreliableBytesMax) return false;
    if (this.#unreliable.size === unreliableWaitingMax) this.#unreliable.shift();
    this.#unreliable.push(bytes);
    return true;
  }

  /**
   * Takes the plaintext of an authenticated packet whose number was not seen before. Views of `plaintext` go out with
   * `received`: nobody may write over it afterwards.
   */
  handleFrames(nowMs: number, packetNumber: number, plaintext: Uint8Array): PacketReception {
    const frames = decodeFrames(plaintext);
    // Nothing of a packet counts before all of it is read.
    if (frames === 'malformed') return 'malformed';
    this.counters.packetsReceived++;
    let isAckEliciting = false;
    let reception: PacketReception = 'taken';
    for (const frame of frames) {
      switch (frame.type) {
        case 'data': {
          isAckEliciting = true;
          const taken = this.#incoming[channels.indexOf(frame.channel)]?.handle(frame) ?? 'malformed';
          if (taken !== 'taken') reception = taken;
          break;
        }
        case 'ack':
          this.#recovery.handleAck(nowMs, frame, this.#isWindowLimited);
          break;
        case 'credit':
          isAckEliciting = true;
          this.#outgoing.raiseLimit(frame.channel, frame.limit);
          break;
        case 'ping':
          isAckEliciting = true;
          break;
        case 'unreliable':
          isAckEliciting = true;
          this.#outlet.receivedUnreliable(frame.payload);
          break;
        case 'padding':
        case 'classic':
          break;
        case 'path-challenge':
          this.#outlet.receivedPathChallenge(frame.data);
          break;
        case 'path-response':
          this.#outlet.receivedPathResponse(frame.data);
          break;
        case 'close':
          this.#outlet.receivedClose(frame.reason);
          break;
        default:
          frame satisfies never;
      }
    }
    // What is not acknowledged comes again: then there may be room for what had none.
    if (reception === 'taken') this.#received.record(nowMs, packetNumber, isAckEliciting);
    this.#noteCredits();
    return reception;
  }

  /**
   * Writes the frames of one more packet into target[at..), which has room for the largest datagram's, and returns where
   * they end; `at`: nothing may leave now, and the number is not used. Numbers rise; they may skip (packets that hold no
   * frames of the flow).
   */
  fill(nowMs: number, packetNumber: number, target: Uint8Array, at: number): number {
    this.#filled = nothing;
    const mayCarry = this.#mayCarry(nowMs);
    const wantsToCarry = mayCarry && this.#hasSomething();
    // RFC 9002 7.8: only a window that was used may grow.
    if (!wantsToCarry) this.#isWindowLimited = !mayCarry && this.#hasSomething();
    if (!wantsToCarry && this.#received.ackAtMs > nowMs) return at;
    if (wantsToCarry && this.#mtu.probeBytes !== undefined && this.#probesDue === 0) {
      return this.#fillMtuProbe(nowMs, packetNumber, target, at, this.#mtu.probeBytes - packetOverheadBytes);
    }
    const end = this.#mtu.datagramBytes - packetOverheadBytes;
    let place = at;
    let acknowledges = -1;
    if (this.#received.isAckWaiting) {
      place = this.#received.writeAck(nowMs, target, at, end);
      if (place > at) acknowledges = this.#received.largest;
    }
    const packet: OpenPacket = { number: packetNumber, target, at, end, place, pieces: [] };
    let creditChannels = 0;
    if (wantsToCarry) {
      creditChannels = this.#writeCredits(packet);
      this.#writeUnreliable(packet);
      if (this.#probesDue > 0 && !this.#outgoing.isReady) this.#queueProbe();
      const { piecesPerPacketMax } = this.#settings;
      this.counters.retransmissions += writeMessages(
        packet,
        this.#outgoing.channels,
        piecesPerPacketMax,
        this.#outlet,
      );
      const isPingDue = this.#isPingDue || this.#probesDue > 0;
      if (packet.place === place && isPingDue && place < end) packet.place = writePing(target, place);
    }
    this.#filled = packet.pieces;
    if (packet.place === at) return at;
    if (this.#settings.searchesMtu && wantsToCarry && this.#outgoing.isReady) this.#mtu.noteFull(nowMs);
    this.counters.packetsSent++;
    // RFC 9002 2: packets that only acknowledge are neither acknowledged nor in flight.
    if (packet.place > place) this.#noteSent(nowMs, packet, creditChannels, acknowledges);
    return packet.place;
  }

  /** Of the packet filled last: the most attempts of a message in it (1 without any). */
  get filledAttempt(): number {
    let attempt = 1;
    for (const { attempts } of this.#filled) if (attempts > attempt) attempt = attempts;
    return attempt;
  }

  /** Of the packet filled last: the tokens of the messages in it. */
  filledTokens(): Token[] {
    return this.#filled.map(({ message }) => message.token);
  }

  /** Does what is due by now. `unreachable`: 5 tries and 2.5 s without an ACK; the connection is to end. */
  handleTimeout(nowMs: number): 'unreachable' | undefined {
    const due = this.#recovery.handleTimeout(nowMs);
    if (due === 'unreachable') return due;
    if (due === 'probe') {
      if ((this.#recovery.sent.oldest?.byteCount ?? 0) > datagramBytesBase) this.#mtu.doubt();
      this.probe();
    }
    if (this.#keepAliveAtMs <= nowMs) this.#isPingDue = true;
    return undefined;
  }

  /** Something leaves at once that wants an ACK: what is unacknowledged longest, or a PING. */
  probe(): void {
    this.#probesDue = this.#settings.probesPerTimeout;
    this.#queueProbe();
  }

  /** Another path leads to the peer: nothing that was learnt of the old one holds, and what is under way there leaves again. */
  beginPath(nowMs: number): void {
    this.#recovery.beginPath(nowMs);
    this.#mtu.beginPath();
  }

  /** When handleTimeout, then fill, want to be called; in the past: now. */
  get deadlineMs(): number {
    const recoveryAtMs = Math.min(this.#recovery.deadlineMs, this.#keepAliveAtMs, this.#received.ackAtMs);
    if (!this.#isWindowOpen || !this.#hasSomething()) return recoveryAtMs;
    return Math.min(recoveryAtMs, this.#pacer.opensAtMs(this.#recovery.controller.pacingBytesPerMs));
  }

  /** Takes out everything that is not acknowledged, in the order in which it was sent, and frees what was half received. */
  takeUnacknowledged(): Token[] {
    for (const channel of this.#incoming) channel.discard();
    this.#recovery.forget();
    return this.#outgoing.takeUnacknowledged();
  }

  get #keepAliveAtMs(): number {
    if (this.#recovery.sent.count > 0 || this.#isPingDue) return Number.POSITIVE_INFINITY;
    return this.#recovery.lastProgressAtMs + keepAliveMs;
  }

  get #isWindowOpen(): boolean {
    const { count, byteCount } = this.#recovery.sent;
    if (count === 0) return true;
    if (count >= this.#settings.packetsInFlightMax) return false;
    return byteCount + this.#mtu.datagramBytes <= this.#recovery.controller.windowBytes;
  }

  #mayCarry(nowMs: number): boolean {
    if (this.#probesDue > 0) return true;
    return this.#isWindowOpen && this.#pacer.isOpen(nowMs, this.#recovery.controller.pacingBytesPerMs);
  }

  #hasSomething(): boolean {
    if (this.#probesDue > 0 || this.#isPingDue || this.#creditsDue !== 0) return true;
    return this.#unreliable.size > 0 || this.#outgoing.isReady;
  }

  #fillMtuProbe(nowMs: number, number: number, target: Uint8Array, at: number, end: number): number {
    const place = writePing(target, at);
    target.fill(paddingByte, place, end);
    this.counters.packetsSent++;
    this.#mtu.onProbeSent(
      this.#noteSent(nowMs, { number, target, at: 0, end, place: end, pieces: [] }, 0, -1, true),
    );
    return end;
  }

  #noteSent(
    nowMs: number,
    packet: OpenPacket,
    creditChannels: number,
    acknowledges: number,
    isMtuProbe = false,
  ): SentPacket {
    const byteCount = packet.place - packet.at + packetOverheadBytes;
    this.#isPingDue = false;
    if (this.#probesDue > 0) {
      this.#probesDue--;
      this.counters.probes++;
    }
    this.#pacer.onSent(byteCount);
    const sent: SentPacket = {
      number: packet.number,
      sentAtMs: nowMs,
      byteCount,
      pieces: packet.pieces,
      creditChannels,
      acknowledges,
      isMtuProbe,
      lostAtMs: 0,
      before: undefined,
      after: undefined,
    };
    this.#recovery.onSent(sent);
    return sent;
  }

  /** RFC 9002 6.2.4: a probe carries what is unacknowledged longest; the second one, what came after it. */
  #queueProbe(): void {
    const oldest = this.#recovery.sent.oldest;
    const isFirst = this.#probesDue === this.#settings.probesPerTimeout;
    const packet = isFirst ? oldest : (oldest?.after ?? oldest);
    if (packet !== undefined) this.#sendAgain(packet);
  }

  #sendAgain(packet: SentPacket): void {
    for (const piece of packet.pieces) this.#outgoing.sendAgain(piece);
    this.#creditsDue |= packet.creditChannels;
  }

  #packetAcknowledged(packet: SentPacket): void {
    this.#mtu.onAcknowledged(packet);
    for (const piece of packet.pieces) this.#outgoing.acknowledge(piece);
    if (packet.acknowledges >= 0) this.#received.forgetUpTo(packet.acknowledges);
  }

  #packetLost(packet: SentPacket): void {
    this.#mtu.onLost(packet);
    // Of a probe's loss nobody should think that the network is bad.
    if (!packet.isMtuProbe) this.counters.packetsLost++;
    for (const piece of packet.pieces) {
      // A probe that carries it too may still arrive.
      if (piece.carrier === packet.number) this.#outgoing.sendAgain(piece);
    }
    this.#creditsDue |= packet.creditChannels;
  }

  #noteCredits(): void {
    this.#incoming.forEach((channel, number) => {
      if (channel.isCreditDue) this.#creditsDue |= 1 << number;
    });
  }

  /** Returns the channels whose credit is in the packet, a bit each. */
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

  #writeUnreliable(packet: OpenPacket): void {
    for (let bytes = this.#unreliable.first; bytes !== undefined; bytes = this.#unreliable.first) {
      if (unreliableFrameBytes(bytes.length) > packet.end - packet.place) return;
      packet.place = writeUnreliable(packet.target, packet.place, bytes);
      this.#unreliable.shift();
    }
  }
}

const nothing: readonly Fragment[] = [];
/** PROTOCOL 8.1: a PADDING frame is its type. */
const paddingByte = 0;
