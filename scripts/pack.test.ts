import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const execute = promisify(execFile);
const root = path.resolve(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'chatagram-pack-'));
const command = path.join(folder, 'node_modules', '.bin', 'chatagram');
/** The command's first line asks the path for Node. */
const env = {
  ...process.env,
  PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH'] ?? ''}`,
};
let running: ChildProcess | undefined;

afterAll(() => {
  running?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

it('the packed program needs nothing but itself: it installs offline, starts and ends politely', async () => {
  await execute(process.execPath, [path.join(root, 'scripts', 'build.mjs')], { cwd: root, env });
  await npm(['pack', './dist/package', '--pack-destination', folder]);
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  await npm(['install', '--offline', '--prefix', folder, path.join(folder, tarball)]);
  expect(readdirSync(path.join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
    'chatagram',
  ]);

  const { version } = (await import('../package.json', { with: { type: 'json' } })).default;
  expect((await execute(command, ['--version'], { env })).stdout).toBe(`${version}\n`);

  const child = spawn(command, ['--no-open', '--http', '127.0.0.1:0', '--data', path.join(folder, 'data')], {
    env,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  running = child;
  const ended = once(child, 'exit');
  const link = await firstLink(child.stderr);
  expect(await (await fetch(new URL('/healthz', link))).json()).toEqual({ status: 'ok', version });
  const page = await fetch(link);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<script type="module"');

  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
}, 120_000);

async function npm(args: string[]): Promise<void> {
  const cli = process.env['npm_execpath'] ?? '';
  const options = { cwd: root, env };
  if (path.basename(cli) === 'npm-cli.js') await execute(process.execPath, [cli, ...args], options);
  else await execute('npm', args, options);
}

async function firstLink(output: NodeJS.ReadableStream): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: output })) {
    const [link] = /http:\/\/\S+/.exec(line) ?? [];
    if (link !== undefined) return link;
    lines.push(line);
  }
  throw new Error(`ended without a link:\n${lines.join('\n')}`);
}
