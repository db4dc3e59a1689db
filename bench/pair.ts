import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { LossNamespace } from './loss-namespace.ts';
import type { Order, ReplyTo } from './orders.ts';

/** The time after which an order, and its run, has failed. */
const orderMsMax = 40_000;

/** Two new processes, one for each side of a connection. They end with it. */
export class Pair implements Disposable {
  readonly listener: Side;
  readonly dialer: Side;

  constructor(options: SideOptions) {
    this.listener = new Side(options);
    this.dialer = new Side(options);
  }

  [Symbol.dispose](): void {
    this.listener.end();
    this.dialer.end();
  }
}

export interface SideOptions {
  /** Null means the loopback of this machine. */
  readonly namespace: LossNamespace | null;
  /** A folder for the profile of each side; null for none. */
  readonly profiles: string | null;
}

class Side {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;
  #errors = '';

  constructor({ namespace, profiles }: SideOptions) {
    const profiling = profiles === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
    const node: [string, ...string[]] = [process.execPath, '--expose-gc', ...profiling, sideFile];
    const [file, ...args] = namespace === null ? node : [...namespace.enter, ...node];
    this.#child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-errorCharactersMax);
    });
    this.#ended = new Promise((_resolve, reject) => {
      this.#child.once('error', reject);
      // `close` follows the last line of standard error.
      this.#child.once('close', (code, signal) => {
        reject(new Error(`a side ended (${signal ?? code}): ${this.#errors.trim()}`));
      });
    });
    // Between two orders no listener exists, so the next order reports it.
    this.#ended.catch(() => {});
  }

  async ask<Type extends Order['type']>(
    order: Extract<Order, { readonly type: Type }>,
  ): Promise<ReplyTo<Type>> {
    const answer = Promise.withResolvers<ReplyTo<Type>>();
    const timer = setTimeout(() => answer.reject(new Error(`${order.type} took too long`)), orderMsMax);
    const hear = (reply: unknown): void => answer.resolve(reply as ReplyTo<Type>);
    this.#child.once('message', hear);
    if (this.#child.connected) this.#child.send(order, () => {});
    try {
      return await Promise.race([answer.promise, this.#ended]);
    } finally {
      clearTimeout(timer);
      this.#child.off('message', hear);
    }
  }

  end(): void {
    if (this.#child.connected) this.#child.disconnect();
    // A flooding side may never read that the channel closed.
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), endMsMax);
    this.#child.once('exit', () => clearTimeout(timer));
  }
}

const sideFile = path.join(import.meta.dirname, 'side.ts');
const errorCharactersMax = 4_000;
const endMsMax = 1_000;
