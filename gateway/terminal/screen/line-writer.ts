import type { Writable } from 'node:stream';

/**
 * Writes lines to standard output. Await `ready()` between lines, because the buffer of a stream without a reader
 * grows without bound. A reader that has gone (EPIPE) is not an error: the writer calls `onGone` once and drops all
 * later lines.
 */
export class LineWriter {
  readonly #stream: Writable;
  readonly #wakers = new Set<() => void>();
  #gone = false;
  #skipped = 0;

  constructor(stream: Writable, onGone: () => void) {
    this.#stream = stream;
    stream.on('drain', () => {
      this.#printSkipped();
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

  /** For a caller that cannot wait. Skips lines while the reader is slow, and later prints their number. */
  writeOrSkip(line: string): void {
    if (this.#stream.writableNeedDrain) this.#skipped++;
    else this.write(line);
  }

  /** Resolves when the stream takes more, or when the reader has gone. */
  async ready(): Promise<void> {
    while (!this.#gone && this.#stream.writableNeedDrain) {
      await new Promise<void>((resolve) => this.#wakers.add(resolve));
    }
  }

  /** Resolves when the system has all lines, so that the process may end, or after `timeoutMs`. */
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

  /** Stops waiting for a slow reader: resolves each `ready` and drops all later lines. */
  abandon(): void {
    this.#gone = true;
    this.#wakeAll();
  }

  #printSkipped(): void {
    if (this.#skipped === 0) return;
    const lines = this.#skipped === 1 ? '1 line was' : `${this.#skipped} lines were`;
    this.#skipped = 0;
    this.write(`(${lines} skipped, because the output was not read in time)`);
  }

  #wakeAll(): void {
    for (const wake of this.#wakers) wake();
    this.#wakers.clear();
  }
}
