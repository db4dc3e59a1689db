import type { InputLine } from './line-reader.ts';

/** Where lines are printed and typed: a person's terminal, or the two ends of a pipe. */
export interface Screen {
  /** Whether a person sits there, who is prompted, waits for nothing, and sees the end of the program. */
  readonly interactive: boolean;
  /** Ends at the end of the input, when the person wants to leave, and after `close()`. */
  readonly lines: AsyncIterable<InputLine>;
  /** On standard output. */
  print(line: string): void;
  /** Resolves when more may be printed: whoever prints a lot awaits it. */
  ready(): Promise<void>;
  /** On standard error. */
  notice(sentence: string): void;
  /** Asks for the next line. */
  prompt(): void;
  close(): void;
}

/** How a face that reads commands ended. */
export interface Exit {
  readonly exitCode: 0 | 1;
  /** For standard error: what was not done. */
  readonly sentence: string | null;
}

/** A face at work on standard input and output. */
export interface RunningFrontend {
  readonly done: Promise<Exit>;
  /** Ends it at once, without waiting for anything. */
  stop(): void;
  /** A sentence on standard error, above what is being typed. */
  notice(sentence: string): void;
}
