/** Longer than an answer over loopback takes, and too short to matter for a battery. */
const pollMsMax = 0.06;
/**
 * After this many waits in a row without a datagram, it rests. Not sooner: when two processes share one processor, the system
 * needs some milliseconds to notice that both are busy and another processor is idle.
 */
const vainMax = 64;
/** The rest lasts this many turns. */
const turnsRested = 1_024;

/**
 * Waits for the next datagram for a moment without sleeping: where answers arrive within microseconds, waking up takes longer
 * than all other work. It waits only after two datagrams that arrived close together. It rests long after waits in vain: the
 * network may be slower, or the peer may need this very processor to answer.
 */
export class BusyPoll {
  readonly #nowMs: () => number;
  #immediate: NodeJS.Immediate | undefined;
  #turnEndedMs = Number.NEGATIVE_INFINITY;
  #untilMs = 0;
  #vain = 0;
  #turnsToRest = 0;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  get isPolling(): boolean {
    return this.#immediate !== undefined;
  }

  /** Runs a turn for received datagrams, then looks for the next ones. */
  around(turn: () => void): void {
    const isClose = this.#nowMs() - this.#turnEndedMs < pollMsMax;
    if (this.isPolling) this.#vain = 0;
    turn();
    this.#turnEndedMs = this.#nowMs();
    if (!isClose) return;
    if (this.#turnsToRest > 0) {
      this.#turnsToRest--;
      return;
    }
    this.#untilMs = this.#turnEndedMs + pollMsMax;
    this.#immediate ??= setImmediate(this.#look);
  }

  close(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
  }

  /** While an immediate is pending, the event loop polls its sockets without sleeping, and calls this again. */
  readonly #look = (): void => {
    if (this.#nowMs() < this.#untilMs) {
      this.#immediate = setImmediate(this.#look);
      return;
    }
    this.#immediate = undefined;
    if (++this.#vain < vainMax) return;
    this.#vain = 0;
    this.#turnsToRest = turnsRested;
  };
}
