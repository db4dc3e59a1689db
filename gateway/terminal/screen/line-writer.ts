import type { Writable } from 'node:stream';

export interface LineWriterOptions {
  /** True for a log: while the disk is full, its lines are only counted. Otherwise such an output is gone. */
  readonly outlivesFullDisk?: boolean;
}

/** Whether a file takes no more. */
export function isFullDisk(error: Error): boolean {
  return 'code' in error && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(error.code));
}

/**
 * Writes lines to standard output. Await `ready()` between lines, because the buffer of a stream without a reader
 * grows without bound. A reader that has gone (EPIPE) is not an error: the writer calls `onGone` once, with the system's
 * reason, and drops all later lines.
 */
export class LineWriter {
  readonly #stream: Writable;
  readonly #outlivesFullDisk: boolean;
  readonly #wakers = new Set<() => void>();
  #gone = false;
  #skipped = 0;

  constructor(stream: Writable, onGone: (error: Error) => void, options: LineWriterOptions = {}) {
    this.#stream = stream;
    this.#outlivesFullDisk = options.outlivesFullDisk === true;
    stream.on('drain', () => {
      this.#printSkipped();
      this.#wakeAll();
    });
    stream.on('error', (error) => {
      if (this.#gone || this.#outlives(error)) return;
      this.#gone = true;
      this.#wakeAll();
      onGone(error);
    });
  }

  write(line: string): void {
    if (this.#gone) return;
    const skipped = this.#skipped;
    this.#skipped = 0;
    this.#stream.write(`${skippedNote(skipped)}${line}\n`, (error) => {
      if (error !== null && error !== undefined && this.#outlives(error)) this.#skipped += skipped + 1;
    });
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

  #outlives(error: Error): boolean {
    return this.#outlivesFullDisk && isFullDisk(error);
  }

  #printSkipped(): void {
    if (this.#skipped === 0 || this.#gone) return;
    const note = skippedNote(this.#skipped);
    this.#skipped = 0;
    this.#stream.write(note);
  }

  #wakeAll(): void {
    for (const wake of this.#wakers) wake();
    this.#wakers.clear();
  }
}

function skippedNote(skipped: number): string {
  if (skipped === 0) return '';
  const lines = skipped === 1 ? '1 line was' : `${skipped} lines were`;
  return `(${lines} skipped, because the output was not read in time or its disk was full)\n`;
}
