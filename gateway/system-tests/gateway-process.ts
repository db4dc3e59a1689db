import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundledGateway, setUp } from '../../scripts/setup.mjs';

/** The bundle starts in half the time of the sources. */
await setUp([bundledGateway]);
const program = fileURLToPath(new URL('../../dist/gateway.js', import.meta.url));

/** A real gateway that a test can kill and start again on the same folder. */
export class GatewayProcess {
  readonly name: string;
  /** The last lines that this process and its predecessors wrote to standard error. */
  readonly stderr: string[] = [];
  readonly #words: readonly string[];
  readonly #onLine: (line: string) => void;
  readonly #within: readonly string[];
  #child: ChildProcessWithoutNullStreams | undefined;
  /** Asked for at the start: a process that ends by itself says so once. */
  #closed: Promise<unknown> = Promise.resolve();

  /** `within`: the words of a command that runs the program elsewhere, such as `ip netns exec <name>`. */
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

  /** Runs a command of the program to its end. Throws if it fails. */
  static async runCommand(words: readonly string[]): Promise<void> {
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
    // The desktop of the developer shows none of the messages of a test.
    const child = spawn(command, words, { env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: '' } });
    this.#child = child;
    this.#closed = once(child, 'close');
    createInterface({ input: child.stdout }).on('line', (line) => {
      // The output of a killed process is still read, but no longer counts.
      if (this.#child === child) this.#onLine(line);
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.stderr.push(line);
      if (this.stderr.length > stderrLinesKept) this.stderr.shift();
    });
    // A caller that writes to a process that was just killed writes again to the next one.
    child.stdin.on('error', () => undefined);
  }

  write(line: string): void {
    this.#child?.stdin.write(`${line}\n`);
  }

  /** Sends SIGKILL: the gateway says no goodbye and flushes nothing. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Sends SIGTERM and returns the exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    this.#child = undefined;
    child.kill(signal);
    await this.#closed;
    return child.exitCode;
  }
}

const stderrLinesKept = 200;
