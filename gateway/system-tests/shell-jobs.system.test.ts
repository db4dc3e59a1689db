import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { bundledGateway, setUp } from '../../scripts/setup.mjs';
import { eventually } from './eventually.ts';
import { freeUdpPort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const program = `"${process.execPath}" "${path.join(root, 'dist', 'gateway.js')}"`;

beforeAll(async () => {
  await setUp([bundledGateway]);
});

/** Bash's prompt. Keys before it can still reach the program that is just ending. */
const shellPrompt = 'ready> ';

/** An interactive bash in a terminal of its own. */
class Shell {
  readonly #child: ChildProcessWithoutNullStreams;
  #printed = '';

  constructor(folder: string, environment: Readonly<Record<string, string>> = {}) {
    // The shell that `script` starts may replace PS1 of the environment, so this command sets it.
    const bash = `PS1='${shellPrompt}' exec bash --norc --noprofile -i`;
    this.#child = spawn('script', ['-qfec', bash, '/dev/null'], {
      cwd: folder,
      env: { ...process.env, TERM: 'xterm', ...environment },
    });
    this.#child.stdout.on('data', (chunk: Buffer) => (this.#printed += chunk.toString()));
    this.#child.stdin.on('error', () => undefined);
    onTestFinished(() => {
      this.#child.kill('SIGKILL');
    });
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** Resolves when the terminal shows the text after what it showed at the previous call. Returns what it showed. */
  async shows(text: string): Promise<string> {
    await eventually(() => expect(this.#printed).toContain(text));
    const end = this.#printed.indexOf(text) + text.length;
    const shown = this.#printed.slice(0, end);
    this.#printed = this.#printed.slice(end);
    return shown;
  }

  /** Runs a command, and returns what it prints. */
  async run(command: string): Promise<string> {
    // The terminal repeats what is typed, so the typed text may not contain the mark.
    this.type(`${command}; echo "do""ne"\n`);
    return this.shows('done');
  }

  /** The window closes: the terminal is gone, and the kernel sends SIGHUP. */
  async closeWindow(): Promise<void> {
    const gone = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

async function serverCommand(folder: string): Promise<string> {
  return `${program} -s ${await freeUdpPort()} --http 127.0.0.1:0 --data "${folder}/data"`;
}

/** Starts a server as a job of the shell. It answers when this resolves. */
async function startServer(shell: Shell, folder: string, port: number): Promise<void> {
  const command = `${program} -s ${port} --http 127.0.0.1:0 --data "${folder}/data"`;
  shell.type(`${command} > server.log 2>&1 < /dev/null &\n`);
  await eventually(() => expect(logOf(folder)).toContain('run kill'));
  endWithTest(folder);
}

function logOf(folder: string): string {
  return fs.readFileSync(path.join(folder, 'server.log'), 'utf8');
}

/** A server without a window outlives a test that fails. */
function endWithTest(folder: string): void {
  const [, pid = ''] = /run kill (\d+)\./u.exec(logOf(folder)) ?? [];
  onTestFinished(() => {
    if (fs.existsSync(`/proc/${pid}/stat`)) process.kill(Number(pid), 'SIGKILL');
  });
}

async function healthUrl(shell: Shell): Promise<string> {
  return /GET (\S+healthz)/u.exec(await shell.shows('healthz answers'))?.[1] ?? '';
}

async function isAlive(url: string): Promise<boolean> {
  return (await fetch(url).catch(() => undefined))?.status === 200;
}

it('a server in the background leaves the keyboard to the shell, and obeys after fg, Ctrl-Z and bg', async () => {
  const folder = temporaryFolder();
  const shell = new Shell(folder);
  shell.type(`${await serverCommand(folder)} &\n`);
  const url = await healthUrl(shell);
  expect(await shell.run('echo one')).toContain('one');
  expect(await shell.run('jobs')).toContain('Running');
  shell.type('fg\n');
  shell.type('names\n');
  await shell.shows('No one has registered yet.');
  shell.type('\u001a');
  await shell.shows('Stopped');
  expect(await shell.run('bg')).toContain('gateway.js');
  expect(await shell.run('echo two; sleep 1')).toContain('two');
  expect(await shell.run('jobs')).toContain('Running');
  expect(await isAlive(url)).toBe(true);
  shell.type('fg\n');
  shell.type('quota\n');
  await shell.shows('quota mailbox=');
  shell.type('\u0003');
  await shell.shows(shellPrompt);
  expect(await shell.run('echo "code $?"')).toContain('code 0');
});

it('the app in the background is not stopped by what is typed into the shell', async () => {
  const folder = temporaryFolder();
  const shell = new Shell(folder);
  shell.type(`${program} --no-open --http 127.0.0.1:0 --data "${folder}/data" &\n`);
  const [link = ''] = /http:\/\/\S+/u.exec(await shell.shows('Press Enter here for a new link.')) ?? [];
  expect(await shell.run('echo one; sleep 1')).toContain('one');
  expect(await shell.run('jobs')).toContain('Running');
  expect(await isAlive(new URL('/healthz', link).href)).toBe(true);
  shell.type('fg\n');
  shell.type('\n');
  await shell.shows('Open http://');
});

it('Ctrl-Z at the prompt stops everything that npm has started, and fg brings the typed line back', async () => {
  const folder = temporaryFolder();
  const shell = new Shell(folder);
  const port = await freeUdpPort();
  await startServer(shell, folder, port);
  const client = `-c ann 127.0.0.1 ${port} 0 --terminal --http 127.0.0.1:0 --data "${folder}/data"`;
  shell.type(`npm --silent --prefix "${root}" start -- ${client}\n`);
  await shell.shows('You are online as ann');
  await shell.shows('>>> ');
  shell.type('clie');
  await shell.shows('clie');
  shell.type('\u001a');
  await shell.shows('Stopped');
  expect(await shell.run('jobs')).toContain('npm');
  expect(await shell.run('bg; sleep 1')).toContain('npm');
  expect(await shell.run('echo two; sleep 1; jobs')).toMatch(/two[^]*Running[^]*npm/u);
  shell.type('fg\n');
  await shell.shows('>>> clie');
  shell.type('nts\r');
  await shell.shows('ann | Online');
  shell.type('\u0004');
  await shell.shows(shellPrompt);
  expect(await shell.run('echo "code $?"')).toContain('code 0');
  await shell.run('kill %1');
});

it('a prompt in the background ends when the shell kills it', async () => {
  const folder = temporaryFolder();
  const shell = new Shell(folder);
  const client = `-c ann 127.0.0.1 9 0 --terminal --http 127.0.0.1:0 --data "${folder}/data"`;
  shell.type(`${program} ${client}\n`);
  await shell.shows('does not answer');
  shell.type('\u001a');
  await shell.shows('Stopped');
  await shell.run('bg');
  const [, pid = ''] = /^(\d+)\r$/mu.exec(await shell.run('jobs -p')) ?? [];
  expect(fs.existsSync(`/proc/${pid}/stat`)).toBe(true);
  await shell.run('kill %1');
  await eventually(() => expect(fs.existsSync(`/proc/${pid}/stat`)).toBe(false));
});

it.each(['nohup', 'setsid'])(
  'a server under %s outlives the window that it was started in',
  async (keeper) => {
    const folder = temporaryFolder();
    const shell = new Shell(folder);
    shell.type(`${keeper} ${await serverCommand(folder)} > server.log 2>&1 < /dev/null &\n`);
    const url = await eventually(() => {
      const [, found = ''] = /GET (\S+healthz)[^]*run kill \d+\./u.exec(logOf(folder)) ?? [];
      expect(found).not.toBe('');
      return found;
    });
    endWithTest(folder);
    await shell.closeWindow();
    // A signal of the closed window would have arrived before the answers.
    for (let look = 0; look < 20; look++) expect(await isAlive(url)).toBe(true);
    const [, pid = ''] = /run kill (\d+)\./u.exec(logOf(folder)) ?? [];
    process.kill(Number(pid), 'SIGTERM');
    await eventually(async () => expect(await isAlive(url)).toBe(false));
  },
);

it('a server of a window ends when the window closes', async () => {
  const folder = temporaryFolder();
  const shell = new Shell(folder);
  shell.type(`${await serverCommand(folder)}\n`);
  const url = await healthUrl(shell);
  await shell.closeWindow();
  await eventually(async () => expect(await isAlive(url)).toBe(false));
});

it('a terminal that can only print gets no cursor codes and no colours', async () => {
  const folder = temporaryFolder();
  const shell = new Shell(folder, { TERM: 'dumb', NO_COLOR: '1' });
  const port = await freeUdpPort();
  await startServer(shell, folder, port);
  shell.type(`${program} -c ann 127.0.0.1 ${port} 0 --terminal --http 127.0.0.1:0 --data "${folder}/data"\n`);
  const started = (await shell.shows('You are online as ann')) + (await shell.shows('>>> '));
  shell.type('clients\n');
  const shown = started + (await shell.shows('ann | Online'));
  expect(shown.slice(shown.indexOf('Open http://'))).not.toContain('\u001b');
  shell.type('quit\n');
  await shell.shows(shellPrompt);
  expect(await shell.run('kill %1; echo "code $?"')).toContain('code 0');
});
