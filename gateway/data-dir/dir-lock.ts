import fs from 'node:fs';
import path from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { readJson, replaceFile } from './private-file.ts';
import { storeFailure } from '../store/sqlite/failure.ts';
import { holdLock } from '../store/sqlite/lock.ts';

/** Who runs on a folder. `url` is null until the app can be opened there, and for a server without an app. */
const HolderSchema = Type.Object({
  pid: Type.Integer({ minimum: 1 }),
  url: Type.Union([Type.String(), Type.Null()]),
});
type Holder = Static<typeof HolderSchema>;

export type LockResult =
  | { readonly locked: false; readonly lock: FolderLock }
  /** Somebody else runs here; `by` is null in the moment before it has said who it is. */
  | { readonly locked: true; readonly by: Holder | null };

/** A folder that this process has for itself, until it releases it or ends in whatever way. */
export interface FolderLock {
  /** Tells a second process where the first one runs. */
  setUrl(url: string): void;
  release(): void;
}

/**
 * Takes a data folder for this process (DESIGN section 7). The folder is there already. Throws StoreError when the
 * disk refuses.
 */
export function lockFolder(folder: string): LockResult {
  const held = holdLock(path.join(folder, 'lock.sqlite'));
  const running = path.join(folder, 'running.json');
  if (held === undefined) return { locked: true, by: readHolder(running) };
  try {
    writeHolder(running, null);
  } catch (error) {
    held.release();
    throw storeFailure(error, folder);
  }
  return {
    locked: false,
    lock: {
      setUrl: (url) => writeHolder(running, url),
      release: () => {
        fs.rmSync(running, { force: true });
        held.release();
      },
    },
  };
}

function writeHolder(file: string, url: string | null): void {
  replaceFile(file, JSON.stringify({ pid: process.pid, url } satisfies Holder));
}

function readHolder(file: string): Holder | null {
  const holder = readJson(file);
  return Value.Check(HolderSchema, holder) ? holder : null;
}
