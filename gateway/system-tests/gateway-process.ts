import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../main.ts', import.meta.url));

/** A real gateway that is killed and started again on the same folder, as often as somebody likes. */
export class GatewayProcess {
  readonly name: string;
  /** What the lives before this one and this one wrote to standard error, the last of it. */
  readonly stderr: string[] = [];
  readonly #words: readonly string[];
  readonly #onLine: (line: string) => void;
  readonly #within: readonly string[];
  #child: ChildProcessWithoutNullStreams | undefined;

  /** `within`: a command that runs the program somewhere else, as `ip netns exec <name>` does. */
  constructor(
    name: string,
    words: readonly string[],
    onLine: (line: string) => void = () => undefined,
    within: readonly string[] = [],
  ) {
    this.name = name;
    this.#within = within;
    this.#words = [...words, '--http', '127.0.0.1:0', '--no-open', '--log', 'error'];
    this.#onLine = onLine;
  }

  /** A command of the program that ends by itself; throws when it does not end well. */
  static async runToEnd(words: readonly string[]): Promise<void> {
    await promisify(execFile)(process.execPath, [program, ...words]);
  }

  get isAlive(): boolean {
    return this.#child !== undefined;
  }

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    if (this.#child !== undefined) return;
    const [command = process.execPath, ...words] = [
      ...this.#within,
      process.execPath,
      program,
      ...this.#words,
    ];
    const child = spawn(command, words);
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      // What a killed process has written is still read, but belongs to a life that is over.
      if (this.#child === child) this.#onLine(line);
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.stderr.push(line);
      if (this.stderr.length > stderrLinesKept) this.stderr.shift();
    });
    // Whoever writes to a process that has just been killed writes again to the next one.
    child.stdin.on('error', () => undefined);
  }

  write(line: string): void {
    this.#child?.stdin.write(`${line}\n`);
  }

  /** SIGKILL: no goodbye, nothing flushed. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Politely; gives the exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    this.#child = undefined;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
    return child.exitCode;
  }
}

const stderrLinesKept = 200;
