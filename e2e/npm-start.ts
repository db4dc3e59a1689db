import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { root } from '../scripts/processes.mjs';
import { processTree, readProcess, statOf } from './process-tree.ts';

/** In this many parts a second, proc_pid_stat(5) counts the time of the processor. */
const ticksPerSecond = 100;

/** The program as a user starts it: `npm start`, and all that it leaves running. Linux only. */
export class NpmStart {
  readonly #child: ChildProcess;
  readonly #url: Promise<string>;

  /** `words`: after `npm start --`. */
  constructor(words: readonly string[]) {
    const options = ['--no-open', '--log', 'warn', ...words];
    // A group of its own, so that `end` reaches all of it.
    const child = spawn('npm', ['start', '--', ...options], { cwd: root, detached: true });
    this.#child = child;
    this.#url = new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream }).on('line', (line) => {
          const found = /http:\/\/[^/\s]+\//.exec(line)?.[0];
          if (found !== undefined) resolve(found);
        });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`npm start ended with ${code ?? 'a signal'}`)));
    });
  }

  /** The address of the app, once the program has printed it. */
  async url(): Promise<string> {
    return this.#url;
  }

  /** The memory of the gateway alone, and of everything that `npm start` has left, in MiB. */
  memory(): { readonly gateway: number; readonly all: number } {
    const processes = this.#processes().map((pid) => ({
      isGateway: isGateway(pid),
      mebibytes: memoryOf(pid),
    }));
    const sum = (some: typeof processes) => some.reduce((total, { mebibytes }) => total + mebibytes, 0);
    return { gateway: sum(processes.filter((one) => one.isGateway)), all: sum(processes) };
  }

  /** The time of the processor that everything together has taken so far. */
  processorSeconds(): number {
    return this.#processes().reduce((total, pid) => total + ticksOf(pid), 0) / ticksPerSecond;
  }

  async end(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    process.kill(-pid, 'SIGTERM');
    await ended;
  }

  /** The process of npm and those below it. */
  #processes(): readonly number[] {
    return processTree(this.#child.pid ?? 0);
  }
}

function ticksOf(pid: number): number {
  const fields = statOf(pid);
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

function memoryOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readProcess(pid, 'status'))?.[1] ?? 0) / 1_024;
}

function isGateway(pid: number): boolean {
  const [program = '', ...words] = readProcess(pid, 'cmdline').split('\0');
  return /node$/.test(program) && words.some((word) => word.endsWith('dist/gateway.js'));
}
