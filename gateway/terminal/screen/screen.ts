import type { InputLine } from './line-reader.ts';

/** Prints and reads lines: an interactive terminal, or a pair of pipes. */
export interface Screen {
  /** True if a user types here. The program then shows a prompt and need not wait for deliveries before it ends. */
  readonly interactive: boolean;
  /** Ends at the end of the input, when the user quits, and after `close()`. */
  readonly lines: AsyncIterable<InputLine>;
  /** Prints a line on standard output. */
  print(line: string): void;
  /** Resolves when more may be printed. A caller that prints many lines awaits it after each. */
  ready(): Promise<void>;
  /** Prints a sentence on standard error. */
  notice(sentence: string): void;
  /** Asks for the next line. */
  prompt(): void;
  /** Asks, and shows nothing of what the user types. Undefined if no user types here, or the input has ended. */
  secret(question: string): Promise<string | undefined>;
  close(): void;
}

/** The end of a frontend that reads commands. */
export interface Exit {
  readonly exitCode: 0 | 1;
  /** Names the work that was not done, for standard error. */
  readonly sentence: string | null;
}

/** A frontend that runs on standard input and output. */
export interface RunningFrontend {
  readonly done: Promise<Exit>;
  /** Ends the frontend at once, without waiting for anything. */
  stop(): void;
  /** Prints a sentence on standard error, above the line being typed. */
  notice(sentence: string): void;
}
