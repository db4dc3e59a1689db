import fs from 'node:fs';
import type { Moment } from '../../shared/moment.ts';
import type { Trace } from '../../shared/trace.ts';
import { roundedMs, traceLine } from './trace-line.ts';

export interface TraceFileOptions {
  readonly version: string;
  readonly now: Moment;
  /** Called once if a later write fails; the trace ends there. */
  readonly onFailure: (error: unknown) => void;
  readonly bytesMax?: number;
}

/** The trace file could not be made. The message is a sentence for the user. */
export class TraceFileError extends Error {
  override readonly name = 'TraceFileError';
}

/** A trace ends at this size: it must never fill the disk that the chat needs. */
export const traceFileBytesMax = 256 * 1024 * 1024;
/** Lines are written in blocks of about this size ... */
const blockBytes = 64 * 1024;
/** ... or after this time, so that a reader can follow the file. */
const flushMs = 200;

/**
 * Writes traces as JSON lines to a new file that only its owner can read. Writing is synchronous: it keeps the memory
 * bounded and the order exact, at the cost of a slower gateway on a slow disk.
 */
export class TraceFile {
  readonly #descriptor: number;
  readonly #bytesMax: number;
  readonly #onFailure: (error: unknown) => void;
  #isOpen = true;
  #block = '';
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Throws TraceFileError if the file exists or cannot be made. */
  constructor(file: string, { version, now, onFailure, bytesMax = traceFileBytesMax }: TraceFileOptions) {
    this.#descriptor = openNew(file);
    this.#bytesMax = bytesMax;
    this.#onFailure = onFailure;
    this.#append({ type: 'start', atMs: roundedMs(now.monotonicMs), wallMs: now.wallMs, version });
  }

  readonly write = (role: string, trace: Trace): void => {
    if (!this.#isOpen) return;
    const line = traceLine(role, trace);
    // Room for the last line remains.
    if (this.#bytes + Buffer.byteLength(line) + endBytesMax > this.#bytesMax)
      return this.#end('size', trace.atMs);
    this.#add(line);
  };

  /** Writes the last line and closes the file. */
  close(now: Moment): void {
    if (this.#isOpen) this.#end('closed', now.monotonicMs);
  }

  #end(reason: 'size' | 'closed', atMs: number): void {
    this.#append({ type: 'end', atMs: roundedMs(atMs), reason });
    this.#flush();
    this.#release();
  }

  #append(fields: Record<string, unknown>): void {
    this.#add(`${JSON.stringify(fields)}\n`);
  }

  /** Keeps a line for the next block. */
  #add(line: string): void {
    this.#block += line;
    this.#bytes += Buffer.byteLength(line);
    if (this.#block.length >= blockBytes) return this.#flush();
    this.#timer ??= setTimeout(() => this.#flush(), flushMs).unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isOpen) return;
    const block = this.#block;
    this.#block = '';
    try {
      fs.writeFileSync(this.#descriptor, block);
    } catch (error) {
      this.#release();
      this.#onFailure(error);
    }
  }

  #release(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearTimeout(this.#timer);
    fs.closeSync(this.#descriptor);
  }
}

const endBytesMax = 100;

function openNew(file: string): number {
  try {
    return fs.openSync(file, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      throw new TraceFileError(`The file ${file} exists already. Give --trace the name of a new file.`, {
        cause: error,
      });
    }
    throw new TraceFileError(
      `The trace file ${file} cannot be made (${code ?? String(error)}). Choose another place.`,
      {
        cause: error,
      },
    );
  }
}
