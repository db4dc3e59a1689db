import {
  clearScreenDown,
  createInterface,
  cursorTo,
  moveCursor,
  type Interface as Readline,
} from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { bridgeFrameBytesMax } from '../../../shared/limits.ts';
import type { InputLine } from './line-reader.ts';
import { LineWriter } from './line-writer.ts';
import type { Screen } from './screen.ts';

/** A person at a terminal: the original's prompt, with history, and whatever arrives printed above it. */
export class PromptScreen implements Screen {
  readonly interactive = true;
  readonly lines: AsyncIterable<InputLine>;
  readonly #readline: Readline;
  readonly #output: Writable;
  readonly #writer: LineWriter;
  readonly #notices: Writable;
  #prompting = false;

  /** `complete` gives what the Tab key may make of the line so far. */
  constructor(
    input: Readable,
    output: Writable,
    notices: Writable,
    complete: (line: string) => readonly string[],
  ) {
    this.#output = output;
    this.#notices = notices;
    this.#writer = new LineWriter(output, () => this.close());
    this.#readline = createInterface({
      input,
      output,
      terminal: true,
      prompt: '>>> ',
      historySize: 500,
      removeHistoryDuplicates: true,
      completer: (line: string): [string[], string] => [[...complete(line)], line],
    });
    this.#readline.on('line', () => (this.#prompting = false));
    // Ctrl-C behaves like quit, whatever has been typed.
    this.#readline.on('SIGINT', () => this.close());
    this.#readline.on('close', () => this.#leavePrompt());
    // Taken now: a line that is typed before somebody iterates must not be lost.
    this.lines = linesOf(this.#readline[Symbol.asyncIterator]());
  }

  print(line: string): void {
    this.#abovePrompt(() => this.#writer.write(line));
  }

  ready(): Promise<void> {
    return this.#writer.ready();
  }

  notice(sentence: string): void {
    this.#abovePrompt(() => this.#notices.write(`${sentence}\n`));
  }

  prompt(): void {
    this.#prompting = true;
    this.#readline.prompt();
  }

  close(): void {
    this.#readline.close();
  }

  /** Removes the prompt and what is being typed, lets `write` print, and puts both back below it. */
  #abovePrompt(write: () => void): void {
    if (!this.#prompting) {
      write();
      return;
    }
    const { rows } = this.#readline.getCursorPos();
    moveCursor(this.#output, 0, -rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    write();
    // readline would redraw from as many rows above the cursor as it believes to have written (and after a paste
    // believes wrongly): the prompt begins here now. The property is readline's own, of old and under this name.
    Object.assign(this.#readline, { prevRows: 0 });
    this.#readline.prompt(true);
  }

  #leavePrompt(): void {
    if (!this.#prompting) return;
    this.#prompting = false;
    this.#output.write('\n');
  }
}

async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<InputLine, void, undefined> {
  for await (const text of texts) {
    yield text.length > bridgeFrameBytesMax ? { type: 'too-long' } : { type: 'line', text };
  }
}
