import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freeTcpPort, freeUdpPort } from '../gateway/system-tests/free-port.ts';

/** The gateway as it is published, in one file: it starts in half the time of the sources. */
const program = fileURLToPath(new URL('../dist/gateway.js', import.meta.url));
/** playwright.config.ts names a Node that is new enough. Playwright itself may run on an older one. */
export const node = process.env['CHATAGRAM_NODE'] ?? process.execPath;

/** Only against hanging: a start takes under a second, and much longer on a busy machine. */
const startTimeoutMs = 240_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Options {
  /** Processes with the same name here share one `--data` folder. */
  readonly data?: string;
  readonly lab?: string;
  /**
   * `next-free`: no `--http` at all, as a user starts it. `of`: the address of a gateway that has ended. Else a gateway gets a free
   * port by its number, and keeps it when it returns.
   */
  readonly http?: 'next-free' | { readonly of: Gateway };
  /** True: it looks for chats, and others find its chat. */
  readonly discovery?: boolean;
  /** More variables of its environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The port at which guests find it on loopback. */
  readonly guestPort?: number;
}

interface Start {
  readonly name: string;
  readonly words: readonly string[];
  readonly dataFolder: string;
  readonly http: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/** One real gateway: a process of its own, with the lines that it has printed so far. */
export class Gateway {
  readonly start: Start;
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ready = deferred();
  #url = '';
  #link = '';
  #code = '';

  constructor(start: Start) {
    this.start = start;
    const http = start.http === undefined ? [] : ['--http', start.http];
    const common = ['--no-open', '--data', start.dataFolder, '--log', 'warn'];
    // The desktop of the developer shows none of the messages of a test.
    const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: '', ...start.environment };
    this.#child = spawn(node, [program, ...start.words, ...http, ...common], { env });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.stdout.push(line));
    createInterface({ input: this.#child.stderr }).on('line', (line) => {
      this.stderr.push(line);
      this.#findUrl(line);
    });
    // A write to a process that has ended fails. Its exit tells the test.
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

  /** Ready when it has printed the address of its app or of its health check. */
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

  /** The code that does the same as the link. */
  get code(): string {
    return this.#code;
  }

  get pid(): number | undefined {
    return this.#child.pid;
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

  /** Stops the process until `resume`, as a busy machine may do. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }
  resume(): void {
    this.#child.kill('SIGCONT');
  }

  output(): string {
    return ['--- standard output', ...this.stdout, '--- standard error', ...this.stderr, ''].join('\n');
  }

  /** The line with the code follows that with the link. A server prints no link. */
  #findUrl(line: string): void {
    const found = /http:\/\/[^/\s]+\//.exec(line)?.[0];
    if (found !== undefined && this.#url === '') {
      this.#url = found;
      this.#link = /http:\/\/\S+#s=\S+/.exec(line)?.[0] ?? '';
    }
    this.#code = /the code (\S+)\./.exec(line)?.[1] ?? this.#code;
    if (this.#url !== '' && (this.#link === '' || this.#code !== '')) this.#ready.resolve();
  }
}

function deferred() {
  let settle: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return {
    promise,
    resolve: () => settle?.resolve(),
    reject: (error: Error) => settle?.reject(error),
  };
}

export interface ServerGateway extends Gateway {
  readonly port: number;
}

/** All gateways of one test. `close` ends them and removes their folders. */
export class Gateways {
  readonly #all: Gateway[] = [];
  #startCount = 0;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'chatagram-e2e-'));
  readonly #killAll = () => {
    for (const gateway of this.#all) void gateway.kill('SIGKILL');
  };

  constructor() {
    process.once('exit', this.#killAll);
  }

  /** `at`: on this port, which an ended server has left. */
  async server(options: Options & { readonly at?: number } = {}): Promise<ServerGateway> {
    const port = options.at ?? (await freeUdpPort());
    return Object.assign(await this.#start('server', ['-s', String(port)], options), { port });
  }

  /** Joins at once, as `-c` does. */
  async client(nickname: string, server: { readonly port: number }, options: Options = {}): Promise<Gateway> {
    return this.#start(nickname, ['-c', nickname, '127.0.0.1', String(server.port), '0'], options);
  }

  async terminal(
    nickname: string,
    server: { readonly port: number },
    more: readonly string[] = [],
  ): Promise<Gateway> {
    const words = ['-c', nickname, '127.0.0.1', String(server.port), '0', '--terminal', ...more];
    return this.#start(nickname, words, {});
  }

  /** A client that is told in JSON lines what to do. */
  async script(
    nickname: string,
    { port, host = '127.0.0.1' }: { readonly port: number; readonly host?: string },
    options: Options = {},
  ): Promise<Gateway> {
    const words = ['-c', nickname, host, String(port), '0', '--json'];
    return this.#start(nickname, words, options);
  }

  /** No role on the command line: the app begins with its first screen. */
  async app(name: string, options: Options = {}): Promise<Gateway> {
    return this.#start(name, [], options);
  }

  /** Starts an ended gateway again: same arguments, same folder, same HTTP port. */
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
    // Gateways that start at the same time get folders of their own.
    const {
      data = `gateway-${this.#startCount++}`,
      lab,
      http,
      discovery = false,
      environment = {},
      guestPort,
    } = options;
    // Other tests run at the same time, and a list of all their chats would change under the eyes of this one.
    const found = discovery ? words : [...words, '--no-discovery'];
    const guests = guestPort === undefined ? [] : ['--guests-at', `127.0.0.1:${guestPort}`];
    return this.#run({
      name,
      words: [...found, ...guests, ...(lab === undefined ? [] : ['--lab', lab])],
      dataFolder: path.join(this.#folder, data),
      http: await addressFor(http),
      environment,
    });
  }

  async #run(start: Start): Promise<Gateway> {
    const gateway = new Gateway(start);
    this.#all.push(gateway);
    return gateway.ready();
  }
}

async function addressFor(http: Options['http']): Promise<string | undefined> {
  if (http === 'next-free') return undefined;
  return http === undefined ? `127.0.0.1:${await freeTcpPort()}` : new URL(http.of.url).host;
}

/** Takes a UDP port as another program would. Returns null when a program has it already. */
export async function takePort(port: number): Promise<Socket | null> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('listening', () => resolve(socket));
    socket.once('error', () => resolve(null));
    socket.bind(port);
  });
}

/** Only for the lock of `withHostingPorts`. No gateway uses it. */
const hostingLockPort = 41_734;
const lockIntervalMs = 50;

/**
 * Runs `work` while no other worker starts a chat in the app. A new chat takes the first free port from the default one on, so
 * it could take the port of a host that a test has killed and starts again. The system frees the lock of a dead worker.
 */
export async function withHostingPorts<Result>(work: () => Promise<Result>): Promise<Result> {
  let lock = await takePort(hostingLockPort);
  while (lock === null) {
    await delay(lockIntervalMs);
    lock = await takePort(hostingLockPort);
  }
  try {
    return await work();
  } finally {
    lock.close();
  }
}
