import type { Writable } from 'node:stream';

/**
 * Standard output, a line at a time. `ready()` is to be awaited between lines: on a pipe that nobody reads,
 * a stream's own buffer would grow without end. A reader that has gone (EPIPE) is no fault: `onGone` is told
 * once, and everything written after it goes nowhere.
 */
export class LineWriter {
  readonly #stream: Writable;
  readonly #wakers = new Set<() => void>();
  #gone = false;

  constructor(stream: Writable, onGone: () => void) {
    this.#stream = stream;
    stream.on('drain', () => this.#wakeAll());
    stream.on('error', () => {
      if (this.#gone) return;
      this.#gone = true;
      this.#wakeAll();
      onGone();
    });
  }

  write(line: string): void {
    if (!this.#gone) this.#stream.write(`${line}\n`);
  }

  /** Resolves when more may be written, or when nobody reads any more. */
  async ready(): Promise<void> {
    while (!this.#gone && this.#stream.writableNeedDrain) {
      await new Promise<void>((resolve) => this.#wakers.add(resolve));
    }
  }

  /** Gives up waiting for a reader that does not read: whoever waits in `ready` goes on, nothing more is written. */
  abandon(): void {
    this.#gone = true;
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#wakers) wake();
    this.#wakers.clear();
  }
}
