export interface TurnQueueOptions {
  readonly nowMs: () => number;
  /** Calls back in the next tick of the event loop, after its sockets were read. */
  readonly nextTick: (callback: () => void) => void;
}

/** What a tick of the event loop gives to the queue. One turn of a client takes a fraction of it. */
const sliceMs = 4;

/**
 * The turns of many drivers that share one thread with a more important one. They run in the order in which they came, and no more than
 * 4 ms of them without a pause: a hundred drivers that all get a message at once would hold up everything else for the time of a hundred turns.
 */
export class TurnQueue {
  readonly #options: TurnQueueOptions;
  readonly #waiting = new Set<() => void>();
  #isTickWanted = false;

  constructor(options: TurnQueueOptions = { nowMs: () => performance.now(), nextTick: setImmediate }) {
    this.#options = options;
  }

  /** Runs this turn when its time comes. A turn that waits already runs once. */
  add(turn: () => void): void {
    this.#waiting.add(turn);
    this.#wantTick();
  }

  /** This turn is wanted no more. */
  delete(turn: () => void): void {
    this.#waiting.delete(turn);
  }

  #wantTick(): void {
    if (this.#isTickWanted || this.#waiting.size === 0) return;
    this.#isTickWanted = true;
    this.#options.nextTick(this.#run);
  }

  readonly #run = (): void => {
    this.#isTickWanted = false;
    const endMs = this.#options.nowMs() + sliceMs;
    try {
      for (const turn of this.#waiting) {
        this.#waiting.delete(turn);
        turn();
        if (this.#options.nowMs() >= endMs) break;
      }
    } finally {
      // A turn that throws does not stop the others.
      this.#wantTick();
    }
  };
}
