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
  #leftOut = 0;

  constructor(stream: Writable, onGone: () => void) {
    this.#stream = stream;
    stream.on('drain', () => {
      this.#tellLeftOut();
      this.#wakeAll();
    });
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

  /** For whoever cannot wait: while nobody reads, lines are left out, and how many is told afterwards. */
  writeOrLeaveOut(line: string): void {
    if (this.#stream.writableNeedDrain) this.#leftOut++;
    else this.write(line);
  }

  /** Resolves when more may be written, or when nobody reads any more. */
  async ready(): Promise<void> {
    while (!this.#gone && this.#stream.writableNeedDrain) {
      await new Promise<void>((resolve) => this.#wakers.add(resolve));
    }
  }

  /** Resolves when the system has everything, so that the process may end; but it waits for no reader for ever. */
  flushed(timeoutMs: number): Promise<void> {
    if (this.#gone) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#stream.write('', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Gives up waiting for a reader that does not read: whoever waits in `ready` goes on, nothing more is written. */
  abandon(): void {
    this.#gone = true;
    this.#wakeAll();
  }

  #tellLeftOut(): void {
    if (this.#leftOut === 0) return;
    const lines = this.#leftOut === 1 ? 'a line was' : `${this.#leftOut} lines were`;
    this.#leftOut = 0;
    this.write(`(${lines} left out: nobody read them)`);
  }

  #wakeAll(): void {
    for (const wake of this.#wakers) wake();
    this.#wakers.clear();
  }
}
