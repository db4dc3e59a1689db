import { type EventLoop, NextTick, systemEventLoop } from './event-loop.ts';

/** What a tick of the event loop gives to the queue. One turn of a client takes a fraction of it. */
const sliceMs = 4;

/**
 * The turns of many drivers that share one thread with a more important one. They run in the order in which they came, and no more than
 * 4 ms of them without a pause: a hundred drivers that all get a message at once would hold up everything else for the time of a hundred turns.
 */
export class TurnQueue {
  readonly #loop: EventLoop;
  readonly #tick: NextTick;
  readonly #waiting = new Set<() => void>();

  constructor(loop: EventLoop = systemEventLoop) {
    this.#loop = loop;
    this.#tick = new NextTick(loop, () => this.#run());
  }

  /** Runs this turn when its time comes. A turn that waits already runs once. */
  add(turn: () => void): void {
    this.#waiting.add(turn);
    this.#tick.want();
  }

  /** This turn is wanted no more. */
  delete(turn: () => void): void {
    this.#waiting.delete(turn);
  }

  #run(): void {
    const endMs = this.#loop.nowMs() + sliceMs;
    try {
      for (const turn of this.#waiting) {
        this.#waiting.delete(turn);
        turn();
        if (this.#loop.nowMs() >= endMs) break;
      }
    } finally {
      // A turn that throws does not stop the others.
      if (this.#waiting.size > 0) this.#tick.want();
    }
  }
}
