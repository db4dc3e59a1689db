/** Longer than an answer over this machine's loopback takes, shorter than any battery notices. */
const pollMsMax = 0.06;

/**
 * Waits for the next datagram without going to sleep, for a moment: where answers come within microseconds, being woken
 * takes longer than all else. Only after two datagrams that came so close together; on a slower network it ends with
 * the first moment in which nothing came.
 */
export class BusyPoll {
  readonly #nowMs: () => number;
  #immediate: NodeJS.Immediate | undefined;
  #turnEndedMs = Number.NEGATIVE_INFINITY;
  #untilMs = 0;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  get isPolling(): boolean {
    return this.#immediate !== undefined;
  }

  /** Runs a turn that datagrams led to, and looks for the next ones after it. */
  around(turn: () => void): void {
    const isClose = this.#nowMs() - this.#turnEndedMs < pollMsMax;
    turn();
    this.#turnEndedMs = this.#nowMs();
    if (!isClose) return;
    this.#untilMs = this.#turnEndedMs + pollMsMax;
    this.#immediate ??= setImmediate(this.#look);
  }

  close(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
  }

  /** While an immediate waits, the event loop looks at its sockets without sleeping, and comes here again. */
  readonly #look = (): void => {
    this.#immediate = this.#nowMs() < this.#untilMs ? setImmediate(this.#look) : undefined;
  };
}
