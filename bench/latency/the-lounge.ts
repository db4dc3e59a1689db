import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freeTcpPort } from '../../gateway/system-tests/free-port.ts';
import { root } from '../../scripts/processes.mjs';
import { npm } from '../../scripts/runtime.mjs';

/** Its own manifest: as published, it asks GitHub for irc-framework. The version at npm is the same. */
const manifest = {
  private: true,
  dependencies: { thelounge: '4.5.2' },
  overrides: { 'irc-framework': '4.14.0' },
};
const folder = path.join(root, '.runtime', 'peers', 'the-lounge');
const startMsMax = 60_000;
export const channel = 'bench';

/** Installs The Lounge into a folder of its own, once: it is no package of this project. */
export async function installTheLounge(): Promise<void> {
  const [file, text] = [path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`];
  if (isInstalled(file, text)) return;
  process.stderr.write('Installing The Lounge (once) ...\n');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, text);
  // Without sqlite3, which stores messages for users with an account. In public mode no user has one.
  await npm(process.execPath, ['install', '--prefix', folder, '--ignore-scripts', '--omit=optional']);
}

function isInstalled(file: string, text: string): boolean {
  try {
    readFileSync(path.join(folder, 'node_modules', '.package-lock.json'));
    return readFileSync(file, 'utf8') === text;
  } catch {
    return false;
  }
}

/** The Lounge in public mode over ngircd, both on loopback. */
export class TheLounge {
  readonly url: string;
  readonly ircPort: number;
  readonly #data: string;
  readonly #processes: readonly ChildProcess[];
  readonly #others: Socket[] = [];

  static async start(): Promise<TheLounge> {
    const [ircPort, httpPort] = [await freeTcpPort(), await freeTcpPort()];
    const data = mkdtempSync(path.join(tmpdir(), 'chatagram-bench-lounge-'));
    const configuration = path.join(data, 'ngircd.conf');
    writeFileSync(configuration, ngircdConfiguration(ircPort));
    writeFileSync(path.join(data, 'config.js'), loungeConfiguration(httpPort, ircPort));
    const lounge = path.join(folder, 'node_modules', 'thelounge', 'index.js');
    const lounges = new TheLounge(`http://127.0.0.1:${httpPort}/`, ircPort, data, [
      spawn('ngircd', ['--nodaemon', '--config', configuration], { stdio: 'ignore' }),
      spawn(process.execPath, [lounge, 'start'], {
        stdio: 'ignore',
        env: { ...process.env, THELOUNGE_HOME: data, NODE_ENV: 'production' },
      }),
    ]);
    await Promise.all([ircPort, httpPort].map((port) => listening(port)));
    return lounges;
  }

  private constructor(url: string, ircPort: number, data: string, processes: readonly ChildProcess[]) {
    this.url = url;
    this.ircPort = ircPort;
    this.#data = data;
    this.#processes = processes;
    for (const child of processes)
      child.once('error', (error) => process.stderr.write(`The Lounge over ngircd: ${error.message}\n`));
  }

  /** The page with the form of this user, which only has to be sent. */
  pageOf(nickname: string): string {
    return `${this.url}?nick=${nickname}&username=${nickname}`;
  }

  /** So many more members of the channel: bare connections that only answer pings. */
  async addMembers(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const socket = connect(this.ircPort, '127.0.0.1');
      const joined = Promise.withResolvers<undefined>();
      socket.on('error', joined.reject);
      socket.setEncoding('utf8').on('data', (text: string) => {
        const ping = /^PING (\S+)/m.exec(text);
        if (ping !== null) socket.write(`PONG ${ping[1] ?? ''}\r\n`);
        if (text.includes(' 366 ')) joined.resolve(undefined);
      });
      socket.write(`NICK member${index}\r\nUSER member 0 * :member\r\nJOIN #${channel}\r\n`);
      this.#others.push(socket);
      await joined.promise;
    }
  }

  close(): void {
    for (const socket of this.#others) socket.destroy();
    for (const child of this.#processes) child.kill('SIGKILL');
    rmSync(this.#data, { recursive: true, force: true });
  }
}

/** It may be as fast as it can: no limits for connections from one address, and no penalties. */
function ngircdConfiguration(port: number): string {
  return `[Global]
Name = irc.bench.example
Info = bench
MotdPhrase = "bench"
Listen = 127.0.0.1
Ports = ${port}
ServerUID = irc
ServerGID = irc
[Limits]
MaxConnectionsIP = 0
MaxJoins = 0
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
`;
}

function loungeConfiguration(port: number, ircPort: number): string {
  const configuration = {
    public: true,
    host: '127.0.0.1',
    port,
    lockNetwork: true,
    defaults: {
      name: 'bench',
      host: '127.0.0.1',
      port: ircPort,
      password: '',
      tls: false,
      rejectUnauthorized: false,
      nick: 'bench',
      username: 'bench',
      realname: '',
      join: `#${channel}`,
      leaveMessage: '',
    },
  };
  // As it starts, it asks GitHub for a newer version. Without a network, further tries of its package got would end the process.
  const guard = `process.on('uncaughtException', (error) => {
  if (!/onCancel|api[.]github[.]com/.test(String(error))) throw error;
});
`;
  return `${guard}module.exports = ${JSON.stringify(configuration, null, 2)};\n`;
}

async function listening(port: number): Promise<void> {
  const deadlineMs = performance.now() + startMsMax;
  while (performance.now() < deadlineMs) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await delay(50);
  }
  throw new Error(
    'The Lounge over ngircd did not start: is ngircd installed (Debian: apt-get install ngircd)?',
  );
}
