/** The event loop of the process, or of a test. */
export interface EventLoop {
  /** Of a clock that never goes back. */
  readonly nowMs: () => number;
  /** Calls back in the next tick, after its sockets were read. */
  readonly nextTick: (callback: () => void) => void;
}

export const systemEventLoop: EventLoop = { nowMs: () => performance.now(), nextTick: setImmediate };

/** Runs something in the next tick, once however often it is wanted before. */
export class NextTick {
  readonly #loop: EventLoop;
  readonly #run: () => void;
  #isWanted = false;

  constructor(loop: EventLoop, run: () => void) {
    this.#loop = loop;
    this.#run = run;
  }

  want(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#loop.nextTick(this.#tick);
  }

  readonly #tick = (): void => {
    this.#isWanted = false;
    this.#run();
  };
}
