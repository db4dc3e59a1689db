/** Longer than an answer over this machine's loopback takes, shorter than any battery notices. */
const pollMsMax = 0.1;
/** Turns after which nothing is tried, at most, when it was in vain again and again. */
const turnsSkippedMax = 1_024;

/**
 * Waits for the next datagram without going to sleep, for a moment: where answers come within microseconds, being woken
 * takes longer than all else. Only after two datagrams that came so close together, and less and less often where it was in
 * vain: the network may be slower, or whoever is to answer waits for this very processor.
 */
export class BusyPoll {
  readonly #nowMs: () => number;
  #immediate: NodeJS.Immediate | undefined;
  #turnEndedMs = Number.NEGATIVE_INFINITY;
  #untilMs = 0;
  #turnsToSkip = 0;
  /** The last time. */
  #turnsSkipped = 0;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  get isPolling(): boolean {
    return this.#immediate !== undefined;
  }

  /** Runs a turn that datagrams led to, and looks for the next ones after it. */
  around(turn: () => void): void {
    const isClose = this.#nowMs() - this.#turnEndedMs < pollMsMax;
    if (this.isPolling) this.#turnsSkipped = 0;
    turn();
    this.#turnEndedMs = this.#nowMs();
    if (!isClose || this.#turnsToSkip-- > 0) return;
    this.#turnsToSkip = 0;
    this.#untilMs = this.#turnEndedMs + pollMsMax;
    this.#immediate ??= setImmediate(this.#look);
  }

  close(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
  }

  /** While an immediate waits, the event loop looks at its sockets without sleeping, and comes here again. */
  readonly #look = (): void => {
    if (this.#nowMs() < this.#untilMs) {
      this.#immediate = setImmediate(this.#look);
      return;
    }
    this.#immediate = undefined;
    this.#turnsSkipped = Math.min(turnsSkippedMax, Math.max(1, this.#turnsSkipped * 2));
    this.#turnsToSkip = this.#turnsSkipped;
  };
}
