import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { needs } from '../gateway/system-tests/needs.ts';
import { copyCheckout, copyProgramPackages, linkPackages } from './checkout-copy.ts';

const execute = promisify(execFile);
let folder = '';
let isMounted = false;

beforeEach(() => {
  folder = mkdtempSync(path.join(realpathSync('/tmp'), 'chatagram-setup-'));
  // Another account has to be able to read it.
  chmodSync(folder, 0o755);
});

afterEach(() => {
  if (isMounted) execFileSync('umount', ['-l', folder]);
  isMounted = false;
  rmSync(folder, { recursive: true, force: true });
});

/** One line, without a stack. */
const oneLine = (text: string) => new RegExp(`^(?:Building [^\\n]*\\n)*[^\\n]*${text}[^\\n]*\\n$`, 'u');

it('on a full disk, npm start says so in one line', async () => {
  mountDisk('size=12m');
  copyCheckout(folder);
  linkPackages(folder);
  fillDisk();
  expect(await errorOfStart()).toMatch(oneLine('The disk is full'));
});

it('in a checkout that may not be written and is not built, npm start says what to do in one line', async () => {
  mountDisk('size=64m');
  copyCheckout(folder);
  linkPackages(folder);
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  expect(await errorOfStart()).toMatch(oneLine(`may not write at ${folder}/\\.runtime`));
});

it('in a checkout of another account, npm start says what to do in one line', async () => {
  const checkout = path.join(folder, 'checkout');
  copyCheckout(checkout);
  linkPackages(checkout);
  const ofNoOne = { uid: 65_534, gid: 65_534 };
  expect(await errorOfStart(checkout, ofNoOne)).toMatch(oneLine(`may not write at ${checkout}/\\.runtime`));
});

// Two builds meet all five characters: in the first folder, vite builds a copy, in the second it builds where it is.
it.each(['C# course, what? *', `100%25 it's "quoted"`])(
  'in a folder called %s, the app is built and the program starts',
  async (name) => {
    const checkout = path.join(folder, name);
    copyCheckout(checkout);
    linkPackages(checkout);
    expect(await errorOfStart(checkout)).toBe(
      'Building the web app ...\nBuilding the page of guests ...\nBuilding the gateway ...\n"nowhere" is not an address for --http. The port is missing. Write it after a colon, like 127.0.0.1:5050.\n',
    );
    expect(existsSync(path.join(checkout, 'dist', 'web', 'index.html'))).toBe(true);
  },
);

it('with only the packages of npm start, a fresh checkout is built, starts, and serves the app', async () => {
  copyCheckout(folder);
  copyProgramPackages(folder);
  const words = [path.join(folder, 'scripts', 'start.mjs'), '--no-open', '--http', '127.0.0.1:0'];
  const child = spawn(process.execPath, [...words, '--data', path.join(folder, 'data')], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const printed: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    printed.push(line);
    const address = /^Open (http:\S+?)#/u.exec(line)?.[1];
    if (address === undefined) continue;
    const page = await (await fetch(address)).text();
    const script = /src="\/(assets\/[^"]+\.js)"/u.exec(page)?.[1];
    expect((await fetch(`${address}${script}`)).status).toBe(200);
    child.kill('SIGTERM');
  }
  expect(printed.slice(0, 3)).toEqual([
    'Building the web app ...',
    'Building the page of guests ...',
    'Building the gateway ...',
  ]);
  expect(await ended, printed.join('\n')).toEqual([0, null]);
});

function mountDisk(options: string): void {
  needs('to mount a tmpfs', 'mount', () =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]),
  );
  isMounted = true;
}

function fillDisk(): void {
  expect(() =>
    execFileSync('dd', ['if=/dev/zero', `of=${path.join(folder, 'ballast')}`, 'bs=4096'], {
      stdio: 'ignore',
    }),
  ).toThrow();
}

/** Starts the program with arguments that it refuses once everything is set up. */
async function errorOfStart(
  checkout = folder,
  account: { uid?: number; gid?: number } = {},
): Promise<string> {
  const words = [path.join(checkout, 'scripts', 'start.mjs'), '--http', 'nowhere'];
  const result: unknown = await execute(process.execPath, words, { cwd: '/', ...account }).then(
    () => new Error('npm start did not fail'),
    (error: unknown) => error,
  );
  return (result as { stderr: string }).stderr;
}
