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
import { markNoPastes, markPastes, PasteFilter } from './paste-filter.ts';
import type { Screen } from './screen.ts';

/** A terminal that a shell can give to another program. Emits `foreground` and `background` then. */
type TerminalInput = Readable & { readonly isForeground?: boolean };

export interface PromptScreenOptions {
  /** Returns the lines that the Tab key can make of the text before the cursor. */
  readonly complete: (line: string) => readonly string[];
  /** Does what Ctrl-Z means: stops this program and those that have started it. */
  readonly stopJob: () => void;
}

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
  /** While false, the shell or another program has the terminal. */
  #hasTerminal: boolean;

  constructor(
    input: TerminalInput,
    output: Writable,
    errorOutput: Writable,
    { complete, stopJob }: PromptScreenOptions,
  ) {
    this.#hasTerminal = input.isForeground ?? true;
    this.#output = output;
    this.#errorOutput = errorOutput;
    this.#writer = new LineWriter(output, () => this.close());
    this.#readline = createInterface({
      input: new PasteFilter(input, (text) => this.#paste(text), bridgeFrameBytesMax),
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
    // By itself readline stops this process only, and the shell waits for its job.
    this.#readline.on('SIGTSTP', stopJob);
    this.#readline.on('close', () => this.#leavePrompt());
    if (this.#hasTerminal) output.write(markPastes);
    input.on('foreground', () => this.#takeTerminal());
    input.on('background', () => this.#leaveTerminal());
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
    if (this.#hasTerminal) this.#readline.prompt();
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

  /**
   * Puts pasted text into the line being typed, as one text: it never runs as commands. Its line feeds are shown as ␤ and
   * become line feeds again with the Enter key.
   */
  #paste(text: string): void {
    const visible = text
      .replace(/[\r\n]+$/u, '')
      .replaceAll(/\r\n|[\r\n\u2028\u2029]/gu, pastedLineFeed)
      .replaceAll('\t', '    ')
      .replaceAll(/\p{Cc}/gu, '');
    if (visible !== '') this.#readline.write(visible);
  }

  #takeTerminal(): void {
    this.#hasTerminal = true;
    this.#output.write(markPastes);
    if (!this.#prompting) return;
    Object.assign(this.#readline, { prevRows: 0 });
    this.#readline.prompt(true);
  }

  #leaveTerminal(): void {
    this.#hasTerminal = false;
    this.#output.write(markNoPastes);
  }

  /** Removes the prompt and its text, lets `write` print, and puts both back below. */
  #abovePrompt(write: () => void): void {
    if (!this.#prompting || !this.#hasTerminal) {
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
    if (this.#hasTerminal) this.#output.write(markNoPastes);
    if (!this.#prompting) return;
    this.#prompting = false;
    this.#output.write('\n');
  }
}

/** Shown in place of a pasted line feed. */
const pastedLineFeed = '\u2424';

async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<InputLine, void, undefined> {
  for await (const text of texts) {
    yield text.length > bridgeFrameBytesMax
      ? { type: 'too-long' }
      : { type: 'line', text: text.replaceAll(pastedLineFeed, '\n') };
  }
}
