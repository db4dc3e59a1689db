import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../gateway/main.ts', import.meta.url));

/** A start takes under a second; so long on two cores that do much else. */
const startTimeoutMs = 30_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Options {
  /** Processes with the same name here share one `--data` folder. */
  readonly data?: string;
  readonly lab?: string;
  /** `next-free`: no `--http` at all, as a person starts it. */
  readonly http?: 'any' | 'next-free';
}

interface Start {
  readonly name: string;
  readonly words: readonly string[];
  readonly dataFolder: string;
  readonly http: string | undefined;
}

/** One real gateway: a process of its own, with what it has printed so far. */
export class Gateway {
  readonly start: Start;
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ready = Promise.withResolvers<undefined>();
  #url = '';
  #link = '';

  constructor(start: Start) {
    this.start = start;
    const http = start.http === undefined ? [] : ['--http', start.http];
    const common = ['--no-open', '--data', start.dataFolder, '--log', 'warn'];
    this.#child = spawn(process.execPath, [program, ...start.words, ...http, ...common]);
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.stdout.push(line));
    createInterface({ input: this.#child.stderr }).on('line', (line) => {
      this.stderr.push(line);
      this.#findUrl(line);
    });
    // Whoever still writes to a process that has ended hears of it by its exit.
    this.#child.stdin.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    });
    void this.exited.then(({ code, signal }) => {
      this.#ready.reject(
        new Error(`${this.start.name} ended with ${code ?? signal ?? '?'}\n${this.output()}`),
      );
    });
  }

  /** Ready when it has said where its app, or its health, is found. */
  async ready(): Promise<this> {
    const timer = setTimeout(() => {
      this.#ready.reject(new Error(`${this.start.name} does not start\n${this.output()}`));
    }, startTimeoutMs);
    try {
      await this.#ready.promise;
      return this;
    } finally {
      clearTimeout(timer);
    }
  }

  /** `http://127.0.0.1:5050/` */
  get url(): string {
    return this.#url;
  }
  /** The URL with the secret that lets one browser in, once. */
  get link(): string {
    return this.#link;
  }

  write(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }
  endInput(): void {
    this.#child.stdin.end();
  }
  async kill(signal: NodeJS.Signals): Promise<Exit> {
    this.#child.kill(signal);
    return this.exited;
  }

  /** It does nothing until it is resumed, as on a machine with too much to do. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }
  resume(): void {
    this.#child.kill('SIGCONT');
  }

  output(): string {
    return ['--- standard output', ...this.stdout, '--- standard error', ...this.stderr, ''].join('\n');
  }

  #findUrl(line: string): void {
    const found = /http:\/\/[^/\s]+\//.exec(line)?.[0];
    if (found === undefined || this.#url !== '') return;
    this.#url = found;
    this.#link = /http:\/\/\S+#s=\S+/.exec(line)?.[0] ?? '';
    this.#ready.resolve(undefined);
  }
}

export interface ServerGateway extends Gateway {
  readonly port: number;
}

/** All gateways of one test. They and their folders are gone when it ends. */
export class Gateways {
  readonly #all: Gateway[] = [];
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'chatagram-e2e-'));
  readonly #killAll = () => {
    for (const gateway of this.#all) void gateway.kill('SIGKILL');
  };

  constructor() {
    process.once('exit', this.#killAll);
  }

  /** `at`: on this port, which is free again. */
  async server(options: Options & { readonly at?: number } = {}): Promise<ServerGateway> {
    const port = options.at ?? (await freeUdpPort());
    return Object.assign(await this.#start('server', ['-s', String(port)], options), { port });
  }

  /** Joins at once, as `-c` does. */
  async client(nickname: string, server: { readonly port: number }, options: Options = {}): Promise<Gateway> {
    return this.#start(nickname, ['-c', nickname, '127.0.0.1', String(server.port), '0'], options);
  }

  async terminal(nickname: string, server: { readonly port: number }): Promise<Gateway> {
    const words = ['-c', nickname, '127.0.0.1', String(server.port), '0', '--terminal'];
    return this.#start(nickname, words, {});
  }

  /** No role on the command line: the app begins with its first screen. */
  async app(name: string, options: Options = {}): Promise<Gateway> {
    return this.#start(name, [], options);
  }

  /** The same words, the same folder and the same HTTP port as one that has ended. */
  async again<Kind extends Gateway>(ended: Kind): Promise<Kind> {
    const start = { ...ended.start, http: new URL(ended.url).host };
    return Object.assign(await this.#run(start), 'port' in ended ? { port: ended.port } : {}) as Kind;
  }

  outputs(): { readonly name: string; readonly text: string }[] {
    return this.#all.map((gateway) => ({ name: gateway.start.name, text: gateway.output() }));
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((gateway) => gateway.kill('SIGKILL')));
    process.off('exit', this.#killAll);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(name: string, words: readonly string[], options: Options): Promise<Gateway> {
    const { data = `gateway-${this.#all.length}`, lab, http = 'any' } = options;
    return this.#run({
      name,
      words: lab === undefined ? words : [...words, '--lab', lab],
      dataFolder: path.join(this.#folder, data),
      http: http === 'any' ? '127.0.0.1:0' : undefined,
    });
  }

  async #run(start: Start): Promise<Gateway> {
    const gateway = new Gateway(start);
    this.#all.push(gateway);
    return gateway.ready();
  }
}

/** A UDP port on which nobody listens; the system does not give it out again so soon. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0);
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

/** Takes a UDP port as another program would; null when one has it already. */
export async function takePort(port: number): Promise<Socket | null> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('listening', () => resolve(socket));
    socket.once('error', () => resolve(null));
    socket.bind(port);
  });
}
