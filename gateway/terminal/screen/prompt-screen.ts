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

/** An interactive terminal: the original program's prompt, with history. Everything that arrives is printed above it. */
export class PromptScreen implements Screen {
  readonly interactive = true;
  readonly lines: AsyncIterable<InputLine>;
  readonly #readline: Readline;
  readonly #output: Writable;
  readonly #writer: LineWriter;
  readonly #errorOutput: Writable;
  #prompting = false;
  /** While true, the screen shows nothing of what the user types. */
  #isSecret = false;

  /** `complete` returns the lines that the Tab key can make of the text before the cursor. */
  constructor(
    input: Readable,
    output: Writable,
    errorOutput: Writable,
    complete: (line: string) => readonly string[],
  ) {
    this.#output = output;
    this.#errorOutput = errorOutput;
    this.#writer = new LineWriter(output, () => this.close());
    this.#readline = createInterface({
      input,
      output: this.#echo(output),
      terminal: true,
      prompt: '>>> ',
      historySize: 500,
      removeHistoryDuplicates: true,
      completer: (line: string): [string[], string] => [[...complete(line)], line],
    });
    this.#readline.on('history', (history) => {
      if (this.#isSecret) history.shift();
    });
    this.#readline.on('line', () => (this.#prompting = false));
    // Ctrl-C behaves like quit, even with text in the line.
    this.#readline.on('SIGINT', () => this.close());
    this.#readline.on('close', () => this.#leavePrompt());
    // Iterated from now on, so that a line typed before the first read is not lost.
    this.lines = linesOf(this.#readline[Symbol.asyncIterator]());
  }

  print(line: string): void {
    this.#abovePrompt(() => this.#writer.write(line));
  }

  ready(): Promise<void> {
    return this.#writer.ready();
  }

  notice(sentence: string): void {
    this.#abovePrompt(() => this.#errorOutput.write(`${sentence}\n`));
  }

  prompt(): void {
    this.#prompting = true;
    this.#readline.prompt();
  }

  secret(question: string): Promise<string | undefined> {
    this.#output.write(question);
    this.#isSecret = true;
    return new Promise((resolve) => {
      const end = (text: string | undefined): void => {
        this.#isSecret = false;
        this.#readline.off('close', giveUp);
        this.#output.write('\n');
        resolve(text);
      };
      const giveUp = (): void => end(undefined);
      this.#readline.once('close', giveUp);
      this.#readline.question('', end);
    });
  }

  close(): void {
    this.#readline.close();
  }

  /** What readline writes to: the output, except while the user types a secret. */
  #echo(output: Writable): Writable {
    return new Proxy(output, {
      get: (target, name) => {
        if (name === 'write' && this.#isSecret) return () => true;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  /** Removes the prompt and its text, lets `write` print, and puts both back below. */
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
    // The prompt now begins in this row. readline redraws from `prevRows` rows higher, and its count is wrong after a
    // paste. `prevRows` is a long-standing property of readline itself.
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
