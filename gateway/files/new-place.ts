import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { FileDiskFailure } from '../turn/file-disk.ts';
import { syncFolder } from './blob-folder.ts';
import { freeBytes } from './blob-space.ts';
import { FileFault, ownFault, systemCodeOf } from './file-fault.ts';

/** `path-exists`: something has this path. `folder-missing`: the folder in which it would be is not there. */
export type SaveFailure = FileDiskFailure | 'path-exists' | 'folder-missing';

export type SaveAnswer<Code extends string = never> =
  { readonly type: 'done' } | { readonly type: 'failed'; readonly code: SaveFailure | Code };

/** What is saved is made beside its place under another name, so that nothing half has the name that the user chose. */
interface NewThing<Code extends string> {
  /** Where the user wants it. */
  readonly target: string;
  /** The room that it takes. */
  readonly bytes: number;
  /** Makes it at this path, where nothing is. Returns why it cannot be. Throws FileFault, or an error of the system. */
  readonly make: (draft: string) => Promise<Code | undefined>;
}

/** Makes a file at a path that is free. Otherwise nothing has changed. */
export async function saveNewFile(thing: NewThing<never>): Promise<SaveAnswer> {
  return inDraft(thing, async (draft) => giveFileName(draft, thing.target));
}

/** Makes a folder at a path that is free. Otherwise nothing has changed. */
export async function saveNewFolder<Code extends string>(thing: NewThing<Code>): Promise<SaveAnswer<Code>> {
  return inDraft(thing, async (draft) => giveFolderName(draft, thing.target));
}

async function inDraft<Code extends string>(
  { target, bytes, make }: NewThing<Code>,
  giveName: (draft: string) => Promise<SaveAnswer>,
): Promise<SaveAnswer<Code>> {
  const folder = path.dirname(target);
  const draft = path.join(folder, `.chatagram-${randomBytes(8).toString('hex')}.part`);
  try {
    if (await isThere(target)) return exists;
    if (!(await isThere(folder))) return { type: 'failed', code: 'folder-missing' };
    if ((await freeBytes(folder)) < bytes) throw new FileFault('disk-full');
    const code = await make(draft);
    if (code !== undefined) return { type: 'failed', code };
    const answer = await giveName(draft);
    // It is whole, so a disk that does not sync undoes nothing: the blob is still there after a power cut.
    if (answer.type === 'done') await syncFolder(folder).catch(() => undefined);
    return answer;
  } catch (error) {
    return { type: 'failed', code: ownFault(error).code };
  } finally {
    // Where the disk does not let it go, its name says what it is.
    await fs.rm(draft, { recursive: true, force: true }).catch(() => undefined);
  }
}

const exists = { type: 'failed', code: 'path-exists' } as const;

/** A link replaces nothing, which a rename does. Disks without links, such as FAT, get a rename after a look. */
async function giveFileName(draft: string, target: string): Promise<SaveAnswer> {
  try {
    await fs.link(draft, target);
    return { type: 'done' };
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return exists;
    if (!withoutLinks.has(systemCodeOf(error) ?? '')) throw error;
  }
  if (await isThere(target)) return exists;
  await fs.rename(draft, target);
  return { type: 'done' };
}

const withoutLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** A rename replaces an empty folder: the one that was made just before. Windows replaces no folder. */
async function giveFolderName(draft: string, target: string): Promise<SaveAnswer> {
  const isPosix = process.platform !== 'win32';
  try {
    if (isPosix) await fs.mkdir(target, { mode: 0o700 });
    await fs.rename(draft, target);
    return { type: 'done' };
  } catch (error) {
    const code = systemCodeOf(error) ?? '';
    if (takenCodes.has(code) || (!isPosix && (await isThere(target)))) return exists;
    if (isPosix) await fs.rmdir(target).catch(() => undefined);
    throw error;
  }
}

const takenCodes: ReadonlySet<string> = new Set(['EEXIST', 'ENOTEMPTY', 'ENOTDIR']);

async function isThere(place: string): Promise<boolean> {
  try {
    await fs.lstat(place);
    return true;
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}
