import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundledGateway, setUp } from '../../scripts/setup.mjs';
import { newPrivateKey, ProofKey } from '../bridge/proof-key.ts';
import { eventually } from '../system-tests/eventually.ts';
import { freeTcpPort, freeUdpPort } from '../system-tests/free-port.ts';

/** The program as a separate process: its output and its exit code. */
interface Program {
  readonly process: ChildProcessWithoutNullStreams;
  readonly printed: { out: string; error: string };
  /** Resolves when standard output or standard error contains the text. */
  says(text: string): Promise<void>;
  /** The exit code, after all output has arrived. */
  readonly code: Promise<number | null>;
}

/** The bundle, as it is published. It starts in half the time of the sources. */
const main = path.join(import.meta.dirname, '..', '..', 'dist', 'gateway.js');

let folder = '';
const running = new Set<ChildProcessWithoutNullStreams>();

beforeAll(async () => {
  await setUp([bundledGateway]);
});

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'chatagram-program-'));
});

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  rmSync(folder, { recursive: true, force: true });
});

/** `input` is a descriptor for standard input in place of a pipe. */
function start(
  words: readonly string[],
  nodeWords: readonly string[] = [],
  environment: NodeJS.ProcessEnv = {},
  input?: number,
): Program {
  const child = spawn(process.execPath, [...nodeWords, main, ...words], {
    env: { ...process.env, ...environment },
    stdio: [input ?? 'pipe', 'pipe', 'pipe'],
  }) as ChildProcessWithoutNullStreams;
  if (input !== undefined) fs.closeSync(input);
  running.add(child);
  const printed = { out: '', error: '' };
  const listeners = new Set<() => void>();
  const collect = (where: 'out' | 'error') => (chunk: Buffer) => {
    printed[where] += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', collect('out'));
  child.stderr.on('data', collect('error'));
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if ((printed.out + printed.error).includes(text)) resolve();
      };
      listeners.add(look);
      child.once('close', () => reject(new Error(`ended without ${text}: ${printed.out}${printed.error}`)));
      look();
    });
  const code = once(child, 'close').then(([exitCode]) => {
    running.delete(child);
    return exitCode as number | null;
  });
  return { process: child, printed, says, code };
}

/** Opens a UDP port, which stays in use until the socket is closed. */
async function takeUdpPort(): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket('udp4');
  socket.bind(0);
  await once(socket, 'listening');
  return { socket, port: socket.address().port };
}

const anyHttp = ['--http', '127.0.0.1:0'];
const server = (port: number): Program => start(['-s', String(port), ...anyHttp, '--data', folder]);

describe('the program', () => {
  it('prints version and help on standard output and exits with 0', async () => {
    const [version, help] = [start(['--version']), start(['--help'])];
    expect([await version.code, await help.code]).toEqual([0, 0]);
    expect(version.printed.out).toMatch(/^\d+\.\d+\.\d+\n$/u);
    expect(help.printed.out).toContain('Usage');
  });

  it.each([
    [['-s', '0']],
    [['-s', '65536']],
    [['-c', 'bob', '0.0.0.0', '50000', '0']],
    [['-c', '#bob', '10.0.0.1', '50000', '0']],
    [['--oops']],
  ])('refuses %s with one line on standard error and exits with 2', async (words) => {
    const program = start(words);
    expect(await program.code, program.printed.error).toBe(2);
    expect(program.printed.out).toBe('');
    expect(program.printed.error).toMatch(/^[^\n]+\n$/u);
  });

  it('says that --guests-at alone lets no guests come', async () => {
    const place = `127.0.0.1:${await freeTcpPort()}`;
    const program = start(['--guests-at', place, '--no-open', ...anyHttp, '--data', folder]);
    await program.says('Add --guests to let them come from the start.');
    program.process.kill('SIGTERM');
    expect(await program.code).toBe(0);
  });

  it('says in one line that the current folder was removed, and exits with 1', async () => {
    const words = ['-c', 'rmdir "$PWD" && exec "$@"', 'sh', process.execPath, main];
    const ended = promisify(execFile)('sh', words, { cwd: folder });
    await expect(ended).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The folder that you are in was removed\.[^\n]*\n$/u) as string,
    });
  });

  it('names a UDP port in use and the dynamic range, and exits with 1', async () => {
    const { socket, port } = await takeUdpPort();
    const program = server(port);
    expect(await program.code, program.printed.error).toBe(1);
    expect(program.printed.error).toMatch(new RegExp(`^[^\\n]*${port}[^\\n]*49152 to 65535[^\\n]*\\n$`, 'u'));
    socket.close();
  });

  it('names an HTTP port in use and exits with 1', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const { port } = occupant.address() as AddressInfo;
    const program = start(['--http', `127.0.0.1:${port}`, '--data', folder, '--no-open']);
    expect(await program.code, program.printed.error).toBe(1);
    expect(program.printed.error).toMatch(new RegExp(`^[^\\n]*${port}[^\\n]*49152 to 65535[^\\n]*\\n$`, 'u'));
    occupant.close();
  });

  it('as a server prints the address to join, answers /healthz, and exits with 0 on SIGTERM', async () => {
    const port = await freeUdpPort();
    const program = server(port);
    await program.says('healthz');
    expect(program.printed.out).toContain(`:${port}`);
    const url = /GET (\S+healthz)/u.exec(program.printed.error)?.[1] ?? '';
    expect((await fetch(url)).status).toBe(200);
    program.process.kill('SIGTERM');
    expect(await program.code, program.printed.error).toBe(0);
  });

  it("as a server runs the operator's commands and keeps quotas for its next start", async () => {
    const port = await freeUdpPort();
    const words = ['-s', String(port), ...anyHttp, '--data', folder];
    const first = start(
      [...words, '--quota', 'days=7'],
      ['--import', 'data:text/javascript,process.umask(0o777)'],
    );
    await first.says('healthz');
    const modeOf = (...names: string[]): number => fs.statSync(path.join(folder, ...names)).mode & 0o777;
    // The umask took all rights, also from the owner.
    expect(modeOf('servers')).toBe(0o700);
    expect(modeOf('servers', String(port), 'server.sqlite')).toBe(0o600);
    first.process.stdin.end('names\nrelease unknown\nquota sender=50\n');
    await first.says('sender=50');
    expect(first.printed.out).toContain(
      'No one has registered yet.\nNo user has this nickname. Check the spelling.\n',
    );
    first.process.kill('SIGTERM');
    expect(await first.code, first.printed.error).toBe(0);
    const second = start(words);
    await second.says('healthz');
    second.process.stdin.write('quota\n');
    await second.says(
      'quota mailbox=10000,mailbox-mib=64,sender=50,sender-mib=12,days=7,rooms=1000,room-mib=256,room-members=1000,rooms-mib=4096\n',
    );
  });

  it('opens the browser with a file that leads to the link, and removes it when the link was used', async () => {
    const listed = path.join(folder, 'listed');
    const bin = path.join(folder, 'bin');
    mkdirSync(bin);
    const script = `#!/bin/sh\nprintf %s "$*" > ${listed}.new; mv ${listed}.new ${listed}\n`;
    writeFileSync(path.join(bin, 'xdg-open'), script, { mode: 0o755 });
    // Without an answer of xdg-mime, the program for pages counts as a browser.
    writeFileSync(path.join(bin, 'xdg-mime'), '#!/bin/sh\n', { mode: 0o755 });
    const environment = { PATH: `${bin}:${process.env['PATH']}`, DISPLAY: ':0', CI: '' };
    const data = path.join(folder, 'data');
    const program = start([...anyHttp, '--data', data], [], environment);
    await program.says('type the code');
    const [, origin = '', secret = ''] = /(http:\S+)\/#s=(\S+)/u.exec(program.printed.error) ?? [];
    const page = path.join(data, 'gateways', new URL(origin).port, 'open.html');
    expect(await eventually(() => readFileSync(listed, 'utf8'))).toBe(`file://${page}`);
    expect(readFileSync(page, 'utf8')).toContain(`${origin}/#s=${secret}`);
    const key = new ProofKey(newPrivateKey());
    const entered = await fetch(`${origin}/api/session`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify({ secret, publicKey: key.publicKey }),
    });
    expect(entered.status).toBe(200);
    expect(existsSync(page)).toBe(false);
  });

  it('refuses a data folder that is a symbolic link, with one line, and exits with 1', async () => {
    const link = path.join(folder, 'link');
    symlinkSync(tmpdir(), link);
    for (const words of [['--no-open'], ['restore', 'x.backup']]) {
      const program = start([...words, '--data', link]);
      expect(await program.code, program.printed.error).toBe(1);
      expect(program.printed.error).toMatch(/^[^\n]+symbolic link[^\n]+\n$/u);
    }
  });

  it.each([
    ['open for writing only, as nohup leaves it', () => fs.openSync('/dev/null', 'w')],
    ['a line without an end', () => fs.openSync('/dev/zero', 'r')],
    ['a folder', () => fs.openSync(folder, 'r')],
  ])('as a server lives on when standard input is %s', async (_name, open) => {
    const program = start(['-s', String(await freeUdpPort()), ...anyHttp, '--data', folder], [], {}, open());
    await program.says('healthz');
    // The signal of a closed window means nothing to a program without a window.
    program.process.kill('SIGHUP');
    const url = /GET (\S+healthz)/u.exec(program.printed.error)?.[1] ?? '';
    expect((await fetch(url)).status).toBe(200);
    expect(program.printed.error).toContain(`run kill ${program.process.pid}.`);
    program.process.kill('SIGTERM');
    expect(await program.code, program.printed.error).toBe(0);
  });

  it('answers an endless line with one sentence', async () => {
    const zero = fs.openSync('/dev/zero', 'r');
    const program = start(['-s', String(await freeUdpPort()), ...anyHttp, '--data', folder], [], {}, zero);
    await program.says('The input is one line without an end.');
  });

  it('begins no later than 1970, whatever the clock says', async () => {
    const port = await freeUdpPort();
    const early = `data:text/javascript,${encodeURIComponent('const now = Date.now; Date.now = () => now() - 3e12;')}`;
    const host = start(['-s', String(port), ...anyHttp, '--data', folder], ['--import', early]);
    await host.says('healthz');
    const words = ['-c', 'alice', '127.0.0.1', String(port), '0', '--terminal', '--data', folder, ...anyHttp];
    const alice = start(words, ['--import', early]);
    alice.process.stdin.end('clients\nsend alice note to self\n');
    expect(await alice.code, alice.printed.error).toBe(0);
    expect(alice.printed.out).toContain('alice | Online');
    expect(alice.printed.error).toContain('This ends by itself after the last command.');
    expect(alice.printed.error).not.toContain('run kill');
  });

  it('leaves no folder behind for a web port that the next start does not get', async () => {
    const program = server(await freeUdpPort());
    await program.says('healthz');
    program.process.kill('SIGTERM');
    expect(await program.code, program.printed.error).toBe(0);
    expect(fs.existsSync(path.join(folder, 'gateways'))).toBe(false);
  });

  it('a script of which nothing was understood fails', async () => {
    const port = await freeUdpPort();
    const host = server(port);
    await host.says('healthz');
    for (const frontend of ['--json', '--terminal']) {
      const words = ['-c', 'bob', '127.0.0.1', String(port), '0', frontend, '--data', folder, ...anyHttp];
      const program = start(words);
      program.process.stdin.end('\uFEFFwhat\nis this\n');
      expect(await program.code, program.printed.error).toBe(1);
      expect(program.printed.error).toContain('No line of the input was a command (2 lines).');
    }
  });

  it('a pipe tells once why the server did not let the user in, and exits with 1', async () => {
    const port = await freeUdpPort();
    const host = server(port);
    await host.says('healthz');
    const words = (data: string) => [
      '-c',
      'bob',
      '127.0.0.1',
      String(port),
      '0',
      '--terminal',
      '--data',
      data,
      ...anyHttp,
    ];
    const first = start(words(folder));
    await first.says('You are online as bob');
    const second = start(words(path.join(folder, 'other')));
    second.process.stdin.end('clients\n');
    expect(await second.code, second.printed.error).toBe(1);
    expect(second.printed.out).toMatch(/^Nickname is already taken\..*\n$/u);
    expect(second.printed.error).not.toContain('already taken');
    expect(second.printed.error).toMatch(
      /You could not join the chat. No command of the input was executed.\n$/u,
    );
    first.process.stdin.end('dereg\n');
    expect(await first.code, first.printed.error).toBe(0);
    expect(first.printed.out + first.printed.error).toMatch(/You're Offline\. Bye\./u);
    expect(first.printed.error).not.toContain('You are offline');
  });

  it('takes a join code from a private file, and neither logs nor traces it', async () => {
    const port = await freeUdpPort();
    const host = start(['-s', String(port), ...anyHttp, '--data', folder, '--log', 'debug', '--join-code']);
    await host.says('healthz');
    await host.says('Type join-code to see it.');
    const started = host.printed.out + host.printed.error;
    host.process.stdin.write('join-code\n');
    await host.says('New users need the join code ');
    const code = /join code ([0-9a-z-]{19})\./u.exec(host.printed.out)?.[1] ?? '';
    expect(code).toHaveLength(19);

    const [file, trace] = [path.join(folder, 'code.txt'), path.join(folder, 'trace.jsonl')];
    writeFileSync(file, code, { mode: 0o600 });
    const join = ['-c', 'alice', '127.0.0.1', String(port), '0', '--terminal', '--data', folder, ...anyHttp];
    const uninvited = start(join);
    uninvited.process.stdin.end();
    expect(await uninvited.code, uninvited.printed.error).toBe(1);
    expect(uninvited.printed.out).toContain('This chat needs a join code.');
    const alice = start([...join, '--join-code-file', file, '--log', 'debug', '--trace', trace]);
    await host.says('alice registered');
    const withoutDashes = code.replaceAll('-', '');
    const argumentsOf = ({ process: { spawnargs } }: Program): string => spawnargs.join(' ');
    alice.process.stdin.end('clients\n');
    expect(await alice.code, alice.printed.error).toBe(0);
    const written = [
      started,
      host.printed.error,
      alice.printed.out,
      alice.printed.error,
      readFileSync(trace, 'utf8'),
      ...[host, alice].map(argumentsOf),
    ].join('\n');
    expect(written).toContain('registered');
    expect(written).not.toContain(code);
    expect(written).not.toContain(withoutDashes);
  });

  it('counts two SIGINT at once as one, because a terminal and npm both send it', async () => {
    const program = server(await freeUdpPort());
    await program.says('healthz');
    program.process.kill('SIGINT');
    program.process.kill('SIGINT');
    expect(await program.code, program.printed.error).toBe(0);
  });

  it('exits with 70, a sentence and the stack after a bug', async () => {
    const fault = 'process.on("SIGUSR2", () => { throw new Error("made by a test"); })';
    const program = start(
      ['-s', String(await freeUdpPort()), ...anyHttp, '--data', folder],
      ['--import', `data:text/javascript,${encodeURIComponent(fault)}`],
    );
    await program.says('healthz');
    program.process.kill('SIGUSR2');
    expect(await program.code, program.printed.error).toBe(70);
    expect(program.printed.error).toContain('A bug in Chatagram ended it');
    expect(program.printed.error).toContain('Error: made by a test\n    at ');
  });

  it('keeps messages for an offline recipient and delivers them with "You Have Messages"', async () => {
    const port = await freeUdpPort();
    const host = server(port);
    await host.says('Others join at');
    const terminal = (nickname: string): Program =>
      start(['-c', nickname, '127.0.0.1', String(port), '0', '--terminal', ...anyHttp, '--data', folder]);

    const bobBefore = terminal('bob');
    await bobBefore.says('You are online as bob');
    bobBefore.process.stdin.end();
    expect(await bobBefore.code, bobBefore.printed.error).toBe(0);

    const alice = terminal('alice');
    alice.process.stdin.end('clients\nsend bob one\nsend bob two\n');
    expect(await alice.code, alice.printed.error).toBe(0);
    // Messages that are stored at the same moment share a line. On a busy machine there may be two moments, and the server may
    // not answer for a while.
    expect(alice.printed.out).toMatch(
      /^alice \| Online\nbob \| Offline\n(?:No connection to bob or the server\. .+\n)*(?:bob is away\. (?:Your message waits|2 messages wait) on the server\.\n){1,2}$/u,
    );

    const bob = terminal('bob');
    await bob.says('alice: two');
    bob.process.stdin.end();
    expect(await bob.code, bob.printed.error).toBe(0);
    expect(bob.printed.out).toMatch(
      /^You Have Messages\n\[\d\d:\d\d\] alice: one\n\[\d\d:\d\d\] alice: two\n$/u,
    );
    host.process.kill('SIGTERM');
    expect(await host.code, host.printed.error).toBe(0);
    expect(host.printed.out).toContain('stored a message from alice for bob (2 waiting)\n');
  });

  it('backs up a running server and restores it into an empty folder', async () => {
    const port = await freeUdpPort();
    const host = server(port);
    await host.says('healthz');
    const file = path.join(folder, 'chats.backup');
    const backup = start(['backup', file, '--data', folder]);
    expect(await backup.code, backup.printed.error).toBe(0);
    expect(backup.printed.out).toContain(`servers/${port}`);
    host.process.kill('SIGTERM');
    expect(await host.code, host.printed.error).toBe(0);
    rmSync(path.join(folder, 'servers'), { recursive: true });
    const restore = start(['restore', file, '--data', folder]);
    expect(await restore.code, restore.printed.error).toBe(0);
    expect(restore.printed.out).toBe(`servers/${port} is restored.\n`);
    const again = server(port);
    await again.says('healthz');
    again.process.kill('SIGTERM');
    expect(await again.code, again.printed.error).toBe(0);
  });

  it('says what to do about a damaged database, exits with 1, and leaves the file unchanged', async () => {
    const port = await freeUdpPort();
    const place = path.join(folder, 'servers', String(port));
    mkdirSync(place, { recursive: true });
    writeFileSync(path.join(place, 'server.sqlite'), 'not a database');
    const program = server(port);
    expect(await program.code, program.printed.error).toBe(1);
    expect(program.printed.error).toMatch(
      /^[^\n]*server\.sqlite is damaged[^\n]*chatagram restore <file>[^\n]*\n$/u,
    );
    expect(readFileSync(path.join(place, 'server.sqlite'), 'utf8')).toBe('not a database');
  });

  it('ends quietly when the reader of its standard output has gone', async () => {
    const program = server(await freeUdpPort());
    await program.says('Others join at');
    const client = start([
      '-c',
      'bob',
      '127.0.0.1',
      /:(\d+)#/u.exec(program.printed.out)?.[1] ?? '',
      '0',
      '--json',
      ...anyHttp,
      '--data',
      folder,
    ]);
    client.process.stdout.destroy();
    client.process.stdin.write('no JSON\n'.repeat(100));
    expect(await client.code, client.printed.error).toBe(0);
    expect(client.printed.error).not.toMatch(/EPIPE|at .*\.js:/u);
  });
});
