import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { helpPage } from '../gateway/cli/help-page.mjs';
import { copyCheckout } from './checkout-copy.ts';

const execute = promisify(execFile);
const root = path.resolve(import.meta.dirname, '..');
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'chatagram-start-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('--help and --version', () => {
  it.each([
    ['--help', helpPage()],
    ['-s 0 --version', `${manifest.version}\n`],
  ])('%s needs no packages, no build and no npm, whatever the folder is called', async (line, printed) => {
    const checkout = path.join(folder, `C# 100%25 "what's"? *`);
    copyCheckout(checkout);
    const script = path.join(checkout, 'scripts', 'start.mjs');
    const { stdout, stderr } = await execute(process.execPath, [script, ...line.split(' ')], {
      env: { PATH: '' },
    });
    expect(stdout).toBe(printed);
    expect(stderr).toBe('');
  });
});

it('an unknown option is refused before anything is installed', async () => {
  const checkout = path.join(folder, 'chat');
  copyCheckout(checkout);
  const script = path.join(checkout, 'scripts', 'start.mjs');
  await expect(execute(process.execPath, [script, '--colour'], { env: { PATH: '' } })).rejects.toMatchObject({
    code: 2,
    stderr: 'There is no option "--colour". Run chatagram --help for the list.\n',
  });
});

describe('a relative path', () => {
  it('begins where the user stands, and not in the checkout', async () => {
    mkdirSync(path.join(folder, 'data'));
    const words = ['--silent', '--prefix', root, 'start', '--', 'backup', 'b.backup', '--data', './data'];
    expect(await errorOf(words)).toContain(`There is no chat in ${path.join(folder, 'data')} to back up.`);
  });
});

it('a start in a folder that was removed is one sentence', async () => {
  const script = path.join(root, 'scripts', 'start.mjs');
  const inRemovedFolder = 'rmdir "$PWD" && exec "$0" "$1" -s 50000';
  const started = execute('sh', ['-c', inRemovedFolder, process.execPath, script], { cwd: folder });
  await expect(started).rejects.toMatchObject({
    stderr:
      'The folder that you are in was removed. Change to another one with cd, then run the same command again.\n',
  });
});

/** Runs npm in the folder, and returns what it prints on standard error before it fails. */
async function errorOf(words: string[]): Promise<string> {
  const cli = process.env['npm_execpath'] ?? '';
  const isOfNpm = path.basename(cli) === 'npm-cli.js';
  const [file, before] = isOfNpm ? [process.execPath, [cli]] : ['npm', []];
  const result: unknown = await execute(file, [...before, ...words], { cwd: folder }).then(
    () => new Error('npm did not fail'),
    (error: unknown) => error,
  );
  return (result as { stderr: string }).stderr;
}
