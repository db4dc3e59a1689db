import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { acquireDataDir, lockFolder, type FolderLock } from './dir-lock.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';

const holder = fileURLToPath(new URL('../system-tests/lock-holder.ts', import.meta.url));
const timeoutMs = 60_000;

describe('the lock of a data folder', () => {
  it(
    'tells a second process where the first one runs, and kill -9 frees the folder',
    async () => {
      const folder = temporaryFolder();
      const first = await startHolder(folder, 'http://127.0.0.1:5050/');
      expect(first.reply).toMatchObject({ locked: false });
      const by = { pid: first.child.pid, url: 'http://127.0.0.1:5050/' };

      const second = await startHolder(folder, 'http://127.0.0.1:5051/');
      expect(second.reply).toEqual({ locked: true, by });
      expect(lockFolder(folder)).toEqual({ locked: true, by });
      // A process that was refused and ended has not freed the lock of the first.
      await end(second.child);
      expect(lockFolder(folder)).toEqual({ locked: true, by });

      first.child.kill('SIGKILL');
      await once(first.child, 'exit');
      const lock = expectLock(folder);
      expect(readRunning(folder)).toEqual({ pid: process.pid, url: null });
      lock.release();
    },
    timeoutMs,
  );

  it('is held once within a process too, and is free after its release', () => {
    const folder = temporaryFolder();
    const lock = expectLock(folder);
    expect(lockFolder(folder)).toEqual({ locked: true, by: { pid: process.pid, url: null } });
    lock.setUrl('http://127.0.0.1:5050/');
    expect(lockFolder(folder)).toEqual({
      locked: true,
      by: { pid: process.pid, url: 'http://127.0.0.1:5050/' },
    });
    lock.release();
    expect(readRunning(folder)).toBeUndefined();
    expectLock(folder).release();
  });

  it('also holds when the note about its holder cannot be read', () => {
    const folder = temporaryFolder();
    const lock = expectLock(folder);
    fs.writeFileSync(path.join(folder, 'running.json'), '{"pid":"everybody"}');
    expect(lockFolder(folder)).toEqual({ locked: true, by: null });
    lock.release();
  });

  it('is refused with the place of its holder, or with what to do where a disk takes no locks', () => {
    const folder = temporaryFolder();
    const lock = expectLock(folder);
    const acquire = () => acquireDataDir(folder, 'Alice chats here', () => null);
    expect(acquire).toThrow(`Alice chats here (process ${process.pid}).`);
    lock.setUrl('http://127.0.0.1:5050/');
    expect(acquire).toThrow(`Alice chats here at http://127.0.0.1:5050/ (process ${process.pid}).`);
    // For SQLite, ENOLCK of such a disk is the same as a lock of another process.
    fs.rmSync(path.join(folder, 'running.json'));
    expect(acquire).toThrow(/^Alice chats here\. If no Chatagram runs here, this disk takes no locks/u);
    lock.release();
  });

  it('is not taken when the disk refuses to note who holds it', () => {
    const folder = temporaryFolder();
    fs.mkdirSync(path.join(folder, 'running.json', 'in-the-way'), { recursive: true });
    const refusal = expect.objectContaining({ name: 'StoreError', code: 'disk-refused' }) as Error;
    expect(() => lockFolder(folder)).toThrow(refusal);
    fs.rmSync(path.join(folder, 'running.json'), { recursive: true });
    expectLock(folder).release();
  });

  it('leaves files that only their owner can read', () => {
    const folder = temporaryFolder();
    const lock = expectLock(folder);
    lock.setUrl('http://127.0.0.1:5050/');
    expect(fs.readdirSync(folder).toSorted()).toEqual(['lock.sqlite', 'running.json']);
    for (const name of fs.readdirSync(folder)) {
      expect(fs.statSync(path.join(folder, name)).mode & 0o777).toBe(0o600);
    }
    lock.release();
  });
});

type Child = ChildProcessByStdio<Writable, Readable, null>;

async function startHolder(folder: string, url: string): Promise<{ child: Child; reply: unknown }> {
  const child = spawn(process.execPath, [holder, folder, url], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, reply: JSON.parse(line) };
}

async function end(child: Child): Promise<void> {
  child.stdin.end();
  await once(child, 'exit');
}

function expectLock(folder: string): FolderLock {
  const result = lockFolder(folder);
  if (result.locked) throw new Error(`the folder is held by ${JSON.stringify(result.by)}`);
  return result.lock;
}

function readRunning(folder: string): unknown {
  const file = path.join(folder, 'running.json');
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined;
}
