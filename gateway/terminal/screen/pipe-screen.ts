import type { Readable, Writable } from 'node:stream';
import { bridgeFrameBytesMax } from '../../../shared/limits.ts';
import { readLines, type InputLine } from './line-reader.ts';
import { LineWriter } from './line-writer.ts';
import type { Screen } from './screen.ts';

/** A pipe. It has no prompt, and standard output carries only the printed lines. */
export class PipeScreen implements Screen {
  readonly interactive = false;
  readonly lines: AsyncIterable<InputLine>;
  readonly #writer: LineWriter;
  readonly #errorOutput: Writable;
  readonly #closing = new AbortController();

  constructor(input: Readable, output: Writable, errorOutput: Writable) {
    this.lines = readLines(input, bridgeFrameBytesMax, this.#closing.signal);
    // The reader of the output has gone, so further input cannot be answered.
    this.#writer = new LineWriter(output, () => this.close());
    this.#errorOutput = errorOutput;
  }

  print(line: string): void {
    this.#writer.write(line);
  }

  ready(): Promise<void> {
    return this.#writer.ready();
  }

  notice(sentence: string): void {
    this.#errorOutput.write(`${sentence}\n`);
  }

  prompt(): void {
    // A pipe shows no prompt.
  }

  secret(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  close(): void {
    this.#closing.abort();
    this.#writer.abandon();
  }
}
