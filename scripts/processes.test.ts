import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { shellCommand } from './processes.mjs';

const processes = path.join(import.meta.dirname, 'processes.mjs');

/** A parent that becomes a program, as scripts/start.mjs does with the gateway. */
function startParentOf(program: string) {
  const parent = `
    import { become } from ${JSON.stringify(processes)};
    become(process.execPath, ['--eval', ${JSON.stringify(program)}], process.env);`;
  return spawn(process.execPath, ['--input-type=module', '--eval', parent], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

it('a signal reaches the program once, however often npm and the terminal send it, and its exit code comes back', async () => {
  const parent = startParentOf(`
    process.on('SIGINT', () => console.log('SIGINT'));
    process.on('SIGTERM', () => process.exit(7));
    setInterval(() => {}, 1_000);
    console.log('ready');`);
  const ended = once(parent, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface({ input: parent.stdout })) {
    lines.push(line);
    if (line === 'ready') {
      parent.kill('SIGINT');
      parent.kill('SIGINT');
    }
    if (line === 'SIGINT') parent.kill('SIGTERM');
  }
  expect(await ended).toEqual([7, null]);
  expect(lines).toEqual(['ready', 'SIGINT']);
});

it('a program that a signal ended is reported as a shell would', async () => {
  const parent = startParentOf(`process.kill(process.pid, 'SIGKILL');`);
  expect(await once(parent, 'exit')).toEqual([128 + 9, null]);
});

it('standard input and output belong to the program alone', async () => {
  const parent = startParentOf(`process.stdin.pipe(process.stdout);`);
  const ended = once(parent, 'exit');
  parent.stdin.end('hello\n');
  const lines: string[] = [];
  for await (const line of createInterface({ input: parent.stdout })) lines.push(line);
  expect(await ended).toEqual([0, null]);
  expect(lines).toEqual(['hello']);
});

it('a shell becomes the program, with its folder, environment and arguments as they are', () => {
  const program = 'console.log(JSON.stringify([process.cwd(), process.env.WORDS, process.argv.slice(1)]))';
  const words = "it's $HOME `x` \n end";
  const command = shellCommand(process.execPath, ['--eval', program, '--', words], {
    env: { WORDS: words },
    cwd: import.meta.dirname,
  });
  const printed = execFileSync('sh', ['-c', 'eval "$0"', command, '', 'a b', '--no-open'], {
    encoding: 'utf8',
  });
  expect(JSON.parse(printed)).toEqual([import.meta.dirname, words, [words, '', 'a b', '--no-open']]);
});
