import type { Address } from '../../shared/address.ts';
import type { Moment } from '../../shared/moment.ts';
import type { Trace } from '../../shared/trace.ts';
import type { BulkGate, BulkSender } from './bulk-gate.ts';
import { BusyPoll } from './busy-poll.ts';
import type { Clock } from './clock.ts';
import type { Conditioner } from './conditioner.ts';
import type { TurnQueue } from './turn-queue.ts';

/** A datagram on its way to or from `address`. */
export interface ReceivedDatagram {
  readonly from: Address;
  readonly bytes: Uint8Array;
}
export interface OutgoingDatagram {
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** The sans-I/O object that a driver and the simulated network run: an endpoint, with its role if it has one. */
export interface DrivenEndpoint {
  /** Handles datagrams that arrived together (at least one) in one turn. */
  handleDatagrams(now: Moment, datagrams: readonly ReceivedDatagram[]): void;
  handleTimeout(now: Moment): void;
  /** The caller drains this after each of the above and after each command. */
  pollTransmit(): OutgoingDatagram | undefined;
  /** Whether bulk could leave, and waits for `releaseBulk`. An endpoint that holds none has neither. */
  readonly isBulkHeld?: boolean;
  releaseBulk?(now: Moment): void;
  /** The next deadline in monotonic milliseconds. */
  pollTimeout(): number | undefined;
  /** Keeps up to `tracesMax` traces from now on; 0 turns tracing off. An endpoint without traces has neither method. */
  setTracesMax?(tracesMax: number): void;
  pollTrace?(): Trace | undefined;
}

/** The socket of a driver. */
export interface DatagramSocket {
  onDatagram: (from: Address, bytes: Uint8Array) => void;
  send(to: Address, bytes: Uint8Array): void;
  /** Bytes that the system has not taken yet, because its buffer is full. Left out: it always takes them. */
  readonly waitingBytes?: number;
  close(): Promise<void>;
}

export interface DriverOptions {
  readonly socket: DatagramSocket;
  readonly endpoint: DrivenEndpoint;
  readonly clock: Clock;
  /** Null: datagrams leave unchanged. */
  readonly conditioner: Conditioner<OutgoingDatagram> | null;
  /** Turns that this driver begins by itself wait for their place in it. Left out: they run at once. */
  readonly queue?: TurnQueue | undefined;
  /** Tells when bulk that the endpoint holds may leave. */
  readonly bulkGate?: BulkGate | undefined;
  /** Datagrams wait for it. Left out: they leave at once. */
  readonly barrier?: Barrier | undefined;
}

/** Holds back what may only leave after something else has happened. */
export interface Barrier {
  /** Calls `release` when all that was done before this call is safe, in the order of the calls; never if it is lost. */
  pass(release: () => void): void;
}

/**
 * Joins an endpoint to a socket and a clock, with one timer. The datagrams of one tick of the event loop form one turn, and
 * share a commit and an answer. A datagram that arrives alone gets its turn before the driver asks the system for more.
 */
export class Driver implements BulkSender {
  readonly #socket: DatagramSocket;
  readonly #endpoint: DrivenEndpoint;
  readonly #clock: Clock;
  readonly #conditioner: Conditioner<OutgoingDatagram> | null;
  readonly #queue: TurnQueue | undefined;
  readonly #bulkGate: BulkGate | undefined;
  #bulkTimer: NodeJS.Timeout | undefined;
  readonly #barrier: Barrier | undefined;
  #arrived: ReceivedDatagram[] = [];
  #immediate: NodeJS.Immediate | undefined;
  /** For this many further ticks, the datagrams of a tick are gathered into one turn. */
  #gatherTicks = 0;
  /** The loop count of the event loop's tick in which a datagram was handled at once. */
  #handledInLoop = -1;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires; Infinity without a timer. */
  #timerAtMs = Number.POSITIVE_INFINITY;
  #onTrace: ((trace: Trace) => void) | null = null;
  #onArrival: ((from: Address) => void) | null = null;
  readonly #poll = new BusyPoll();
  #isClosed = false;

  constructor(options: DriverOptions) {
    this.#socket = options.socket;
    this.#endpoint = options.endpoint;
    this.#clock = options.clock;
    this.#conditioner = options.conditioner;
    this.#queue = options.queue;
    this.#barrier = options.barrier;
    this.#bulkGate = options.bulkGate;
    this.#bulkGate?.join(this);
    this.#socket.onDatagram = (from, bytes) => this.#collect({ from, bytes });
    this.#drain(this.#clock.now());
  }

  /** Runs a command on the endpoint or its role, then sends the resulting datagrams, even if the command throws. */
  turn<Result>(command: (now: Moment) => Result): Result {
    const now = this.#clock.now();
    try {
      return command(now);
    } finally {
      this.#drain(now);
    }
  }

  /** Gives each trace to `listener` at the end of its turn; null turns tracing off. */
  watchTraces(listener: ((trace: Trace) => void) | null): void {
    this.#onTrace = listener;
    this.#endpoint.setTracesMax?.(listener === null ? 0 : tracesPerTurnMax);
  }

  /** Calls `listener` with the source of each datagram, before the endpoint takes it; null: no longer. */
  watchArrivals(listener: ((from: Address) => void) | null): void {
    this.#onArrival = listener;
  }

  /** Ends all turns. The system already has all datagrams of earlier turns. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#bulkTimer);
    clearImmediate(this.#immediate);
    this.#bulkGate?.leave(this);
    this.#queue?.delete(this.#queuedTurn);
    this.#poll.close();
    await this.#socket.close();
  }

  /** Whether datagrams wait here for a turn, which may be answered with control or chat. */
  get isBusy(): boolean {
    return this.#arrived.length > 0 || (this.#queue !== undefined && this.#isTimeOver());
  }

  /** The gate calls this when all control and chat of the process is with the sockets. */
  sendBulk(): void {
    if (this.#isClosed) return;
    if ((this.#socket.waitingBytes ?? 0) === 0) this.turn((now) => this.#endpoint.releaseBulk?.(now));
    else this.#bulkTimer ??= setTimeout(this.#retryBulk, bulkRetryMs);
  }

  /** The system's buffer is full: a word would wait behind all that is in it. */
  readonly #retryBulk = (): void => {
    this.#bulkTimer = undefined;
    this.#bulkGate?.request(this);
  };

  #collect(datagram: ReceivedDatagram): void {
    if (this.#isClosed) return;
    this.#onArrival?.(datagram.from);
    if (this.#queue !== undefined) {
      // As a full buffer of the system does: the sender sends it again.
      if (this.#arrived.length >= waitingDatagramsMax) return;
      this.#arrived.push(datagram);
      this.#queue.add(this.#queuedTurn);
      return;
    }
    if (this.#gatherTicks === 0) {
      const { loopCount } = performance.nodeTiming.uvMetricsInfo;
      if (loopCount !== this.#handledInLoop) {
        this.#handledInLoop = loopCount;
        return this.#handle([datagram]);
      }
      this.#gatherTicks = 1;
    }
    this.#arrived.push(datagram);
    // The poll phase reads every waiting datagram, and the check phase follows it directly.
    this.#immediate ??= setImmediate(() => {
      this.#immediate = undefined;
      const arrived = this.#arrived;
      this.#arrived = [];
      this.#gatherTicks = arrived.length > 1 ? gatherTicksMax : this.#gatherTicks - 1;
      this.#handle(arrived);
    });
  }

  #handle(datagrams: readonly ReceivedDatagram[]): void {
    this.#poll.around(() => this.turn((now) => this.#endpoint.handleDatagrams(now, datagrams)));
  }

  /** Takes what has arrived until now, and does what is due. */
  readonly #queuedTurn = (): void => {
    if (this.#isClosed) return;
    const arrived = this.#arrived;
    this.#arrived = [];
    if (arrived.length > 0) this.turn((now) => this.#endpoint.handleDatagrams(now, arrived));
    if (this.#isTimeOver()) this.#handleTimer();
  };

  #drain(now: Moment): void {
    if (this.#isClosed) return;
    const nowMs = now.monotonicMs;
    if (this.#barrier === undefined) {
      for (let out = this.#endpoint.pollTransmit(); out !== undefined; out = this.#endpoint.pollTransmit())
        this.#transmit(nowMs, out);
    } else this.#hold(this.#barrier);
    this.#releaseConditioned(nowMs);
    if (this.#endpoint.isBulkHeld === true && this.#bulkTimer === undefined) this.#bulkGate?.request(this);
    this.#setTimer(nowMs);
    if (this.#onTrace !== null) this.#drainTraces(this.#onTrace);
  }

  #transmit(nowMs: number, out: OutgoingDatagram): void {
    if (this.#conditioner === null) this.#socket.send(out.to, out.bytes);
    else this.#conditioner.handle(nowMs, out);
  }

  #hold(barrier: Barrier): void {
    const held: OutgoingDatagram[] = [];
    for (let out = this.#endpoint.pollTransmit(); out !== undefined; out = this.#endpoint.pollTransmit())
      held.push(out);
    if (held.length === 0) return;
    barrier.pass(() => {
      if (this.#isClosed) return;
      const nowMs = this.#clock.now().monotonicMs;
      for (const out of held) this.#transmit(nowMs, out);
      if (this.#conditioner === null) return;
      this.#releaseConditioned(nowMs);
      this.#setTimer(nowMs);
    });
  }

  #drainTraces(listener: (trace: Trace) => void): void {
    for (
      let trace = this.#endpoint.pollTrace?.();
      trace !== undefined;
      trace = this.#endpoint.pollTrace?.()
    ) {
      listener(trace);
    }
  }

  #releaseConditioned(nowMs: number): void {
    const conditioner = this.#conditioner;
    if (conditioner === null) return;
    for (
      let out = conditioner.pollTransmit(nowMs);
      out !== undefined;
      out = conditioner.pollTransmit(nowMs)
    ) {
      this.#socket.send(out.to, out.bytes);
    }
  }

  /**
   * Nearly every datagram moves the deadline, nearly always to a later time. A timer that fires too early does no harm, so it
   * stays. Only an earlier deadline sets a new timer.
   */
  #setTimer(nowMs: number): void {
    const endpointMs = this.#endpoint.pollTimeout() ?? Number.POSITIVE_INFINITY;
    const conditionerMs = this.#conditioner?.pollTimeout() ?? Number.POSITIVE_INFINITY;
    const nextMs = Math.min(endpointMs, conditionerMs);
    if (nextMs >= this.#timerAtMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = nextMs;
    // Node rounds down to whole milliseconds. Rounding up avoids a turn that is too early.
    const waitMs = Math.min(timerMsMax, Math.max(0, Math.ceil(nextMs - nowMs)));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#queue === undefined) this.#handleTimer();
      else this.#queue.add(this.#queuedTurn);
    }, waitMs);
  }

  /** Whether the timer has fired, and waits for its turn. */
  #isTimeOver(): boolean {
    return this.#timer === undefined && this.#timerAtMs < Number.POSITIVE_INFINITY;
  }

  #handleTimer(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    const dueMs = this.#endpoint.pollTimeout();
    if (dueMs !== undefined && dueMs <= now.monotonicMs) this.#endpoint.handleTimeout(now);
    this.#drain(now);
  }
}

/** After a tick with several datagrams, more such ticks are likely, and a turn for each datagram would cost more than waiting. */
const gatherTicksMax = 8;
/** Datagrams that wait for a turn in a queue: 1.5 MB at most for each driver, while strangers flood all of them. */
const waitingDatagramsMax = 1_024;
/** A full buffer of the system is looked at so often. */
const bulkRetryMs = 1;
/** Far above the datagrams of one turn; beyond it, a line of the trace counts the missing ones. */
const tracesPerTurnMax = 100_000;
/** Longer waits overflow setTimeout (2^31 - 1 ms) and would fire at once. */
const timerMsMax = 1_000_000_000;
