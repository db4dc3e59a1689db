import fs from 'node:fs';
import path from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { asStartError, StartError } from '../runtime/start-error.ts';
import { storeFailure } from '../store/sqlite/failure.ts';
import { holdLock } from '../store/sqlite/file-lock.ts';
import { makeFolder } from './data-dir.ts';
import { readJson, removeIfPossible, replaceFile } from './private-file.ts';

/** The process that runs on a folder. `url` is null until the app can be opened there, and for a server without an app. */
const HolderSchema = Type.Object({
  pid: Type.Integer({ minimum: 1 }),
  url: Type.Union([Type.String(), Type.Null()]),
});
export type Holder = Static<typeof HolderSchema>;

export type LockResult =
  | { readonly locked: false; readonly lock: FolderLock }
  /** Another process runs here. `by` is null in the moment before that process has written its name. */
  | { readonly locked: true; readonly by: Holder | null };

/** A folder that only this process uses, until it releases the folder or ends in whatever way. */
export interface FolderLock {
  /** Tells a second process where this one runs. Throws StoreError when the disk refuses. */
  setUrl(url: string): void;
  release(): void;
  /** Removes the folder with all that is in it, and then releases it. */
  remove(): void;
}

/**
 * Makes a data folder and takes it for this process. Throws StartError with `sentence` when another process has it, and
 * tells where that process runs. `url` returns where the app can be opened, null before that or without an app.
 */
export function acquireDataDir(folder: string, sentence: string, url: () => string | null): FolderLock {
  const result = asStartError(() => lockFolder(makeFolder(folder)));
  if (result.locked) {
    throw new StartError('data-folder-in-use', `${sentence}${placeOf(result.by)}`);
  }
  // Another process may have removed the folder just before it was locked: that lock would guard nothing.
  if (!fs.existsSync(path.join(folder, lockName))) {
    result.lock.release();
    return acquireDataDir(folder, sentence, url);
  }
  const { lock } = result;
  const current = url();
  try {
    if (current !== null) asStartError(() => lock.setUrl(current));
  } catch (error) {
    lock.release();
    throw error;
  }
  return lock;
}

/** Takes a data folder, which exists already, for this process. Throws StoreError when the disk refuses. */
export function lockFolder(folder: string): LockResult {
  const held = holdLock(path.join(folder, lockName));
  const running = path.join(folder, runningName);
  if (held === undefined) return { locked: true, by: readHolder(running) };
  try {
    writeHolder(running, null);
  } catch (error) {
    held.release();
    throw storeFailure(error, folder);
  }
  const release = (): void => {
    removeIfPossible(running);
    held.release();
  };
  return {
    locked: false,
    lock: {
      setUrl: (url) => writeHolder(running, url),
      release,
      remove: () => {
        // Everything goes while the folder is locked: a process that takes it next finds it empty, or not at all.
        for (const name of fs.readdirSync(folder))
          if (name !== lockName) fs.rmSync(path.join(folder, name), { recursive: true, force: true });
        const aside = moveAside(folder);
        held.release();
        if (aside !== undefined) fs.rmSync(aside, { recursive: true, force: true });
      },
    },
  };
}

const lockName = 'lock.sqlite';
const runningName = 'running.json';

/** Undefined on Windows, which does not rename a folder with an open file. The next start uses the empty folder. */
function moveAside(folder: string): string | undefined {
  const aside = `${folder}.removed-${process.pid}`;
  try {
    fs.renameSync(folder, aside);
    return aside;
  } catch {
    return undefined;
  }
}

function writeHolder(file: string, url: string | null): void {
  replaceFile(file, JSON.stringify({ pid: process.pid, url } satisfies Holder));
}

function readHolder(file: string): Holder | null {
  const holder = readJson(file);
  return Value.Check(HolderSchema, holder) ? holder : null;
}

/** The end of the sentence. SQLite reports a disk without locks as busy, and then no process has written its name. */
function placeOf(holder: Holder | null): string {
  if (holder === null)
    return '. If no Chatagram runs here, this disk takes no locks, as some network disks: choose another folder with --data <dir>.';
  const { pid, url } = holder;
  return url === null ? ` (process ${pid}).` : ` at ${url} (process ${pid}).`;
}
