import type { Address } from '../../shared/address.ts';
import type { Moment } from '../../shared/moment.ts';
import type { Trace } from '../../shared/trace.ts';
import { BusyPoll } from './busy-poll.ts';
import type { Clock } from './clock.ts';
import type { Conditioner } from './conditioner.ts';

/** A datagram on its way to or from `address`. */
export interface ReceivedDatagram {
  readonly from: Address;
  readonly bytes: Uint8Array;
}
export interface OutgoingDatagram {
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** What a driver and the simulated network run: an endpoint with whatever stands behind it, without I/O. */
export interface DrivenEndpoint {
  /** One turn for everything that came together, at least one datagram. */
  handleDatagrams(now: Moment, datagrams: readonly ReceivedDatagram[]): void;
  handleTimeout(now: Moment): void;
  /** To be drained after each of the above and after each command. */
  pollTransmit(): OutgoingDatagram | undefined;
  /** The next deadline in monotonic milliseconds. */
  pollTimeout(): number | undefined;
  /** Keeps up to `tracesMax` traces from now on; 0 turns tracing off. An endpoint without traces has neither method. */
  setTracesMax?(tracesMax: number): void;
  pollTrace?(): Trace | undefined;
}

/** What a driver needs of a socket. */
export interface DatagramSocket {
  onDatagram: (from: Address, bytes: Uint8Array) => void;
  send(to: Address, bytes: Uint8Array): void;
  close(): Promise<void>;
}

export interface DriverOptions {
  readonly socket: DatagramSocket;
  readonly endpoint: DrivenEndpoint;
  readonly clock: Clock;
  /** Null: datagrams leave as they are. */
  readonly conditioner: Conditioner<OutgoingDatagram> | null;
}

/**
 * Joins an endpoint to a socket and to time, with one timer. The datagrams of one tick of the event loop are one turn, and
 * share a commit and an answer; those that come one by one have theirs before the system is asked for more.
 */
export class Driver {
  readonly #socket: DatagramSocket;
  readonly #endpoint: DrivenEndpoint;
  readonly #clock: Clock;
  readonly #conditioner: Conditioner<OutgoingDatagram> | null;
  #arrived: ReceivedDatagram[] = [];
  #immediate: NodeJS.Immediate | undefined;
  /** For so many ticks to come, the datagrams of a tick wait for each other. */
  #gatherTicks = 0;
  /** The turn of the event loop whose first datagram was not gathered. */
  #handledInLoop = -1;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires; infinite without one. */
  #timerAtMs = Number.POSITIVE_INFINITY;
  #onTrace: ((trace: Trace) => void) | null = null;
  readonly #poll = new BusyPoll();
  #isClosed = false;

  constructor(options: DriverOptions) {
    this.#socket = options.socket;
    this.#endpoint = options.endpoint;
    this.#clock = options.clock;
    this.#conditioner = options.conditioner;
    this.#socket.onDatagram = (from, bytes) => this.#collect({ from, bytes });
    this.#drain(this.#clock.now());
  }

  /** Runs a command on the endpoint (or what stands behind it), then sends what it led to, also when it throws. */
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

  /** No more turns; what the endpoint wanted to send before has been given to the system. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#poll.close();
    await this.#socket.close();
  }

  #collect(datagram: ReceivedDatagram): void {
    if (this.#isClosed) return;
    if (this.#gatherTicks === 0) {
      const { loopCount } = performance.nodeTiming.uvMetricsInfo;
      if (loopCount !== this.#handledInLoop) {
        this.#handledInLoop = loopCount;
        return this.#handle([datagram]);
      }
      this.#gatherTicks = 1;
    }
    this.#arrived.push(datagram);
    // The poll phase reads every datagram that waits, the check phase comes right after it.
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

  #drain(now: Moment): void {
    if (this.#isClosed) return;
    const nowMs = now.monotonicMs;
    for (let out = this.#endpoint.pollTransmit(); out !== undefined; out = this.#endpoint.pollTransmit()) {
      if (this.#conditioner === null) this.#socket.send(out.to, out.bytes);
      else this.#conditioner.handle(nowMs, out);
    }
    this.#releaseConditioned(nowMs);
    this.#setTimer(nowMs);
    if (this.#onTrace !== null) this.#drainTraces(this.#onTrace);
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
   * Deadlines move with nearly every datagram, and nearly always to later: a timer that fires too early only looks, so
   * it is left alone, and only an earlier deadline sets a new one.
   */
  #setTimer(nowMs: number): void {
    const endpointMs = this.#endpoint.pollTimeout() ?? Number.POSITIVE_INFINITY;
    const conditionerMs = this.#conditioner?.pollTimeout() ?? Number.POSITIVE_INFINITY;
    const nextMs = Math.min(endpointMs, conditionerMs);
    if (nextMs >= this.#timerAtMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = nextMs;
    // Node rounds down to whole milliseconds: rounding up spares a turn that comes too early.
    const waitMs = Math.min(timerMsMax, Math.max(0, Math.ceil(nextMs - nowMs)));
    this.#timer = setTimeout(() => this.#handleTimer(), waitMs);
  }

  #handleTimer(): void {
    this.#timer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    const dueMs = this.#endpoint.pollTimeout();
    if (dueMs !== undefined && dueMs <= now.monotonicMs) this.#endpoint.handleTimeout(now);
    this.#drain(now);
  }
}

/** Where several datagrams came in a tick they soon will again, and a turn for each would cost more than the wait. */
const gatherTicksMax = 8;
/** Far above the datagrams of one turn; beyond it, a line of the trace counts the missing ones. */
const tracesPerTurnMax = 100_000;
/** Longer waits overflow setTimeout (2^31 - 1 ms) and would fire at once. */
const timerMsMax = 1_000_000_000;
