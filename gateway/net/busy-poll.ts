/** Longer than an answer over this machine's loopback takes, shorter than any battery notices. */
const pollMsMax = 0.06;
/**
 * In vain so often, one after the other, it rests. Not sooner: where two processes were put on one processor, it takes the
 * system some milliseconds to see that both are busy and another one idle.
 */
const vainMax = 64;
/** ... for so many turns. */
const turnsRested = 1_024;

/**
 * Waits for the next datagram without going to sleep, for a moment: where answers come within microseconds, being woken
 * takes longer than all else. Only after two datagrams that came so close together, and with long rests where it is in vain:
 * the network may be slower, or whoever is to answer waits for this very processor.
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

  /** Runs a turn that datagrams led to, and looks for the next ones after it. */
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

  /** While an immediate waits, the event loop looks at its sockets without sleeping, and comes here again. */
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
