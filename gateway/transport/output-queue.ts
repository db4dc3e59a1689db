import type { Address } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { DropCause, Trace } from '../../shared/trace.ts';
import type { EndpointEvent, Token } from './events.ts';
import { Fifo } from './fifo.ts';

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
}

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
  readonly #transmits = new Fifo<Transmit>();
  readonly #events = new Fifo<EndpointEvent>();
  readonly #traces = new Fifo<Trace>();
  #tracesMax: number;

  constructor(tracesMax: number) {
    this.#tracesMax = tracesMax;
  }

  transmit(nowMs: number, datagram: OutgoingDatagram): void {
    const { to, bytes, peer, attempt, tokens } = datagram;
    this.counters.sent++;
    this.counters.bytesSent += bytes.length;
    if (attempt > 1) this.counters.retransmitted++;
    this.#transmits.push({ to, bytes });
    if (this.#tracesMax > 0) this.#trace({ type: 'sent', atMs: nowMs, to, peer, bytes, attempt, tokens });
  }

  /** Sends a datagram without messages, once. */
  answer(nowMs: number, to: Address, bytes: Uint8Array, peer: PeerKey | null = null): void {
    this.transmit(nowMs, { to, bytes, peer, attempt: 1, tokens: [] });
  }

  /** Whether anybody watches: what only traces tell need not be found out otherwise. */
  get isTracing(): boolean {
    return this.#tracesMax > 0;
  }

  arrived(nowMs: number, from: Address, bytes: Uint8Array): void {
    this.counters.received++;
    this.counters.bytesReceived += bytes.length;
    // What is opened is written over what was sealed.
    if (this.#tracesMax > 0) this.#trace({ type: 'received', atMs: nowMs, from, bytes: bytes.slice() });
  }

  drop(nowMs: number, from: Address, cause: DropCause): void {
    this.counters.dropped[cause]++;
    if (this.#tracesMax > 0) this.#trace({ type: 'dropped', atMs: nowMs, from, cause });
  }

  emit(event: EndpointEvent): void {
    this.#events.push(event);
  }

  /** Keeps up to so many traces from now on; 0: none, nobody watches. */
  setTracesMax(tracesMax: number): void {
    this.#tracesMax = tracesMax;
    while (this.#traces.size > tracesMax) this.#traces.shift();
  }

  pollTransmit(): Transmit | undefined {
    return this.#transmits.shift();
  }

  pollEvent(): EndpointEvent | undefined {
    return this.#events.shift();
  }

  pollTrace(): Trace | undefined {
    return this.#traces.shift();
  }

  #trace(trace: Trace): void {
    if (this.#traces.size >= this.#tracesMax) {
      this.#traces.shift();
      this.counters.tracesLost++;
    }
    this.#traces.push(trace);
  }
}
