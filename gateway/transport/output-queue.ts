import type { Address } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { DropCause, Trace, TraceTimer } from '../../shared/trace.ts';
import type { Packet } from '../../shared/wire/packet.ts';
import type { EndpointEvent, Token } from './events.ts';
import { Fifo } from './fifo.ts';
import type { SentPacket } from './flow/sent-packets.ts';
import { summarizeDatagram, summarizePacket } from './packet-summary.ts';

/** A datagram to send. */
export interface Transmit {
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** A datagram to send, with the facts for its trace. */
export interface OutgoingDatagram extends Transmit {
  readonly peer: PeerKey | null;
  readonly attempt: number;
  /** The tokens of the messages in it. */
  readonly tokens: readonly Token[];
  /** The frames before sealing, while traces are kept. */
  readonly plaintext?: Uint8Array | undefined;
}

/** The mutable trace of the datagram that is handled now. */
type Arrival = { -readonly [Key in keyof ReceivedTrace]: ReceivedTrace[Key] };
type ReceivedTrace = Extract<Trace, { type: 'received' }>;

export interface EndpointCounters {
  received: number;
  sent: number;
  retransmitted: number;
  bytesReceived: number;
  bytesSent: number;
  /** Dropped datagrams, by cause. */
  readonly dropped: Record<DropCause, number>;
  /** Traces that were dropped because they were not polled in time. */
  tracesLost: number;
}

/** Keeps and counts the output of an endpoint until it is polled. */
export class OutputQueue {
  readonly counters: EndpointCounters = {
    received: 0,
    sent: 0,
    retransmitted: 0,
    bytesReceived: 0,
    bytesSent: 0,
    dropped: {
      'too-short': 0,
      'too-long': 0,
      'not-ours': 0,
      'other-version': 0,
      checksum: 0,
      malformed: 0,
      'unknown-type': 0,
      'unknown-pattern': 0,
      'unknown-connection': 0,
      'not-for-me': 0,
      duplicate: 0,
      'no-token': 0,
      forged: 0,
      replayed: 0,
      limit: 0,
    },
    tracesLost: 0,
  };
  /** The time of the endpoint's last input. */
  nowMs = 0;
  readonly #transmits = new Fifo<Transmit>();
  readonly #events = new Fifo<EndpointEvent>();
  readonly #traces = new Fifo<Trace>();
  #tracesMax: number;
  /** Traces that were dropped since the last poll. */
  #missing = 0;
  #arrival: Arrival | undefined;

  constructor(tracesMax: number) {
    this.#tracesMax = tracesMax;
  }

  // --- datagrams and events ------------------------------------------------------------------------------

  transmit(nowMs: number, datagram: OutgoingDatagram): void {
    const { to, bytes, attempt } = datagram;
    this.counters.sent++;
    this.counters.bytesSent += bytes.length;
    if (attempt > 1) this.counters.retransmitted++;
    this.#transmits.push({ to, bytes });
    if (this.#tracesMax > 0) this.#traceSent(nowMs, datagram);
  }

  /** Sends a datagram without messages, once. */
  answer(
    nowMs: number,
    to: Address,
    bytes: Uint8Array,
    peer: PeerKey | null = null,
    plaintext?: Uint8Array,
  ): void {
    this.transmit(nowMs, {
      to,
      bytes,
      peer,
      attempt: 1,
      tokens: [],
      plaintext,
    });
  }

  arrived(nowMs: number, from: Address, bytes: Uint8Array): void {
    this.counters.received++;
    this.counters.bytesReceived += bytes.length;
    if (this.#tracesMax > 0) this.#traceArrival(nowMs, from, bytes.length);
  }

  drop(cause: DropCause): void {
    this.counters.dropped[cause]++;
    if (this.#arrival !== undefined) this.#arrival.dropped = cause;
  }

  emit(event: EndpointEvent): void {
    this.#events.push(event);
    if (this.#tracesMax > 0) this.#traceEvent(event);
  }

  pollTransmit(): Transmit | undefined {
    return this.#transmits.shift();
  }

  pollEvent(): EndpointEvent | undefined {
    return this.#events.shift();
  }

  // --- traces --------------------------------------------------------------------------------------------

  /** True while traces are kept. Callers collect facts that only traces need under this condition. */
  get isTracing(): boolean {
    return this.#tracesMax > 0;
  }

  /** Keeps up to `tracesMax` traces from now on; 0 turns tracing off. */
  setTracesMax(tracesMax: number): void {
    this.#tracesMax = tracesMax;
    while (this.#traces.size > tracesMax) this.#traces.shift();
    if (tracesMax > 0) return;
    this.#arrival = undefined;
    this.#missing = 0;
  }

  pollTrace(): Trace | undefined {
    const count = this.#missing;
    if (count === 0) return this.#traces.shift();
    this.#missing = 0;
    return { type: 'missing', atMs: this.#traces.first?.atMs ?? this.nowMs, count };
  }

  /** Adds to the trace of the datagram that is handled now. */
  traceArrivedPacket(packet: Packet, peer: PeerKey | null = null, plaintext?: Uint8Array): void {
    const arrival = this.#arrival;
    if (arrival === undefined) return;
    arrival.packet = summarizePacket(packet, plaintext);
    arrival.peer = peer;
  }

  traceTimer(nowMs: number, peer: PeerKey | null, timer: TraceTimer): void {
    if (this.#tracesMax > 0) this.#keep({ type: 'timer', atMs: nowMs, peer, timer });
  }

  tracePacket(type: 'lost' | 'late', nowMs: number, peer: PeerKey, packet: SentPacket): void {
    if (this.#tracesMax === 0) return;
    const tokens = packet.fragments.map(({ message }) => message.token);
    this.#keep({ type, atMs: nowMs, peer, number: packet.number, size: packet.byteCount, tokens });
  }

  #traceSent(nowMs: number, { to, bytes, peer, attempt, tokens, plaintext }: OutgoingDatagram): void {
    this.#keep({
      type: 'sent',
      atMs: nowMs,
      peer,
      to,
      size: bytes.length,
      packet: summarizeDatagram(bytes, plaintext),
      attempt,
      tokens,
    });
  }

  #traceArrival(nowMs: number, from: Address, size: number): void {
    this.#arrival = { type: 'received', atMs: nowMs, peer: null, from, size, packet: null, dropped: null };
    this.#keep(this.#arrival);
  }

  #traceEvent(event: EndpointEvent): void {
    const dial = 'dial' in event ? event.dial : null;
    this.#keep({
      type: 'event',
      atMs: this.nowMs,
      event: event.type,
      peer: 'peer' in event ? event.peer : null,
      token: 'token' in event ? event.token : dial,
      cause: 'cause' in event ? event.cause : null,
    });
  }

  #keep(trace: Trace): void {
    if (this.#traces.size >= this.#tracesMax) {
      this.#traces.shift();
      this.counters.tracesLost++;
      this.#missing++;
    }
    this.#traces.push(trace);
  }
}
