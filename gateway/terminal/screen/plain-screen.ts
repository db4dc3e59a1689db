import type { Readable, Writable } from 'node:stream';
import { bridgeFrameBytesMax } from '../../../shared/limits.ts';
import { askSecret } from './ask-secret.ts';
import { readLines, type InputLine } from './line-reader.ts';
import { LineWriter } from './line-writer.ts';
import type { Screen } from './screen.ts';

/**
 * A terminal that can only print (`TERM=dumb`, or no TERM): an editor's shell window, a serial line, a screen reader. The terminal
 * itself edits the line, and no cursor is moved. What arrives while the user types gets a line of its own.
 */
export class PlainScreen implements Screen {
  readonly interactive = true;
  readonly lines: AsyncIterable<InputLine>;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #errorOutput: Writable;
  readonly #writer: LineWriter;
  readonly #closing = new AbortController();
  #isPrompting = false;

  constructor(input: Readable, output: Writable, errorOutput: Writable) {
    this.#input = input;
    this.#output = output;
    this.#errorOutput = errorOutput;
    this.#writer = new LineWriter(output, () => this.close());
    this.lines = this.#read();
  }

  print(line: string): void {
    this.#onOwnLine(() => this.#writer.write(line));
  }

  ready(): Promise<void> {
    return this.#writer.ready();
  }

  notice(sentence: string): void {
    this.#onOwnLine(() => this.#errorOutput.write(`${sentence}\n`));
  }

  prompt(): void {
    this.#isPrompting = true;
    this.#output.write(promptText);
  }

  secret(question: string): Promise<string | undefined> {
    return askSecret({
      input: this.#input,
      output: this.#output,
      question,
      onInterrupt: () => this.close(),
    });
  }

  close(): void {
    this.#closing.abort();
    this.#writer.abandon();
  }

  async *#read(): AsyncGenerator<InputLine, void, undefined> {
    for await (const line of readLines(this.#input, bridgeFrameBytesMax, this.#closing.signal)) {
      this.#isPrompting = false;
      yield line;
    }
  }

  #onOwnLine(write: () => void): void {
    if (this.#isPrompting) this.#output.write('\n');
    write();
    if (this.#isPrompting) this.#output.write(promptText);
  }
}

const promptText = '>>> ';
