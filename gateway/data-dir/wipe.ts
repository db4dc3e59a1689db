import fs from 'node:fs';
import path from 'node:path';
import { asStartError, StartError } from '../runtime/start-error.ts';
import { storeFailure } from '../store/sqlite/failure.ts';
import { clientsFolder, gatewaysFolder, makeFolder, serversFolder, syncFolder } from './data-dir.ts';
import { lockFolder, type FolderLock, type Holder } from './dir-lock.ts';
import { replaceFile } from './private-file.ts';

/**
 * Removes everything that Chatagram keeps under a data root: the chats, the servers, and which browsers may open the app.
 *
 *     prepareWipe   takes each folder, so that no process uses it
 *     begin         writes the marker: from now on, this wipe or the next start removes everything
 *     removeRoles   removes the folders of clients and servers
 *     end           removes the rest, and the marker last
 *
 * A crash before `begin` leaves every chat whole. A crash after it leaves the marker, and the next start goes on.
 */
export interface Wipe {
  /** Writes the marker. Throws StoreError, and then nothing has changed. */
  begin(): void;
  /** Gives everything back. Only before `begin`. */
  cancel(): void;
  /** Removes the folders of clients and servers, once those of this process are closed. Throws StoreError. */
  removeRoles(): void;
  /**
   * Removes what is left, once this process uses none of it, and the marker. Throws StoreError. After a failure of `removeRoles` it
   * leaves everything to the next start.
   */
  end(): void;
}

/** A folder that another process uses. */
export interface FolderInUse {
  /** Below the root, such as `gateways/5050`. */
  readonly name: string;
  /** Null if that process has not written its name yet. */
  readonly by: Holder | null;
}

/** `own`: the folders that this process uses itself. Throws StoreError. */
export function prepareWipe(
  root: string,
  own: ReadonlySet<string>,
): Wipe | { readonly inUse: FolderInUse[] } {
  const taken = takeFolder(wipingFolder(root));
  if (!('remove' in taken)) return { inUse: [{ name: wipingName, by: taken.by }] };
  const folders = takeAll(root, own);
  if ('inUse' in folders) {
    // A wipe that was interrupted goes on later.
    if (fs.existsSync(markerOf(root))) taken.release();
    else taken.remove();
    return folders;
  }
  return new LockedWipe(root, taken, folders.locks);
}

/**
 * Goes on with a wipe that a crash has interrupted. Returns sentences for the user; empty without such a wipe. Throws StartError
 * while another process wipes, or uses one of the folders.
 */
export function finishWipe(root: string): string[] {
  return asStartError(() => {
    if (!isBeingWiped(root)) return [];
    const prepared = prepareWipe(root, new Set());
    if ('inUse' in prepared) throw new StartError('data-folder-in-use', inUseSentence(root, prepared.inUse));
    if (!fs.existsSync(markerOf(root))) {
      prepared.cancel();
      return [];
    }
    prepared.removeRoles();
    prepared.end();
    return [`A wipe of ${root} was interrupted. It is finished now: no chat is left there.`];
  });
}

/** Whether a process wipes the root now, or a wipe was interrupted. */
export function isBeingWiped(root: string): boolean {
  return fs.existsSync(wipingFolder(root));
}

/** Returns the names in the root that no wipe removes, because Chatagram has not made them. */
export function foreignNames(root: string): string[] {
  return fs.existsSync(root)
    ? fs
        .readdirSync(root)
        .filter((name) => !ownNames.has(name) && !isRest(name))
        .toSorted()
    : [];
}

/** Names the folders in use, and how to end their processes. */
export function inUseSentence(root: string, inUse: readonly FolderInUse[]): string {
  const places = new Set(inUse.map(({ name, by }) => placeOf(name, by)));
  return `Another Chatagram uses ${root}: ${[...places].join(', ')}. End it with Ctrl-C in its window, then try again.`;
}

function placeOf(name: string, by: Holder | null): string {
  if (by === null) return name;
  return by.url === null ? `${name} (process ${by.pid})` : `${name} at ${by.url} (process ${by.pid})`;
}

const wipingName = 'wiping';
const restoringName = 'restoring';
const ownNames: ReadonlySet<string> = new Set(['clients', 'servers', 'gateways', restoringName, wipingName]);

/** Whether a wipe that was killed at its very end has left this empty folder. */
function isRest(name: string): boolean {
  return name.startsWith(`${wipingName}.removed-`);
}

function wipingFolder(root: string): string {
  return path.join(root, wipingName);
}

function markerOf(root: string): string {
  return path.join(wipingFolder(root), 'marker.json');
}

class LockedWipe implements Wipe {
  readonly #root: string;
  readonly #wiping: FolderLock;
  /** Those that are not removed yet. */
  readonly #folders: FolderLock[];
  #rolesAreRemoved = false;

  constructor(root: string, wiping: FolderLock, folders: FolderLock[]) {
    this.#root = root;
    this.#wiping = wiping;
    this.#folders = folders;
  }

  begin(): void {
    replaceFile(markerOf(this.#root), JSON.stringify({ wiping: true }));
    this.#onDisk(wipingFolder(this.#root), this.#root);
  }

  cancel(): void {
    for (const lock of this.#folders) lock.release();
    this.#wiping.remove();
  }

  removeRoles(): void {
    this.#removing(() => {
      for (let lock = this.#folders.pop(); lock !== undefined; lock = this.#folders.pop()) lock.remove();
      for (const parent of [clientsFolder(this.#root), serversFolder(this.#root)]) removeAll(parent);
      this.#onDisk(this.#root);
    });
    this.#rolesAreRemoved = true;
  }

  end(): void {
    if (!this.#rolesAreRemoved) return this.#leaveToNextStart();
    this.#removing(() => {
      for (const parent of [gatewaysFolder(this.#root), path.join(this.#root, restoringName)])
        removeAll(parent);
      // The marker goes last, and only when the rest is gone from the disk.
      this.#onDisk(this.#root);
      this.#wiping.remove();
      for (const name of fs.readdirSync(this.#root).filter(isRest))
        fs.rmSync(path.join(this.#root, name), { recursive: true, force: true });
      this.#onDisk(this.#root);
    });
  }

  /** The marker stays. */
  #leaveToNextStart(): void {
    for (const lock of this.#folders) lock.release();
    this.#wiping.release();
  }

  #removing(remove: () => void): void {
    try {
      remove();
    } catch (error) {
      throw storeFailure(error, this.#root);
    }
  }

  #onDisk(...folders: readonly string[]): void {
    for (const folder of folders) syncFolder(folder);
  }
}

/** Removes a folder, and takes each folder in it first: this process may have closed one just before. */
function removeAll(parent: string): void {
  for (const folder of foldersIn(parent)) {
    const taken = takeFolder(folder);
    if (!('remove' in taken)) throw new Error(`${folder} is in use`);
    taken.remove();
  }
  fs.rmSync(parent, { recursive: true, force: true });
}

/** Takes all folders of the root but those of this process. */
function takeAll(
  root: string,
  own: ReadonlySet<string>,
): { readonly locks: FolderLock[] } | { readonly inUse: FolderInUse[] } {
  const locks: FolderLock[] = [];
  const inUse: FolderInUse[] = [];
  const parents = [clientsFolder(root), serversFolder(root), gatewaysFolder(root)];
  const restoring = path.join(root, restoringName);
  const folders = [...parents.flatMap(foldersIn), ...(fs.existsSync(restoring) ? [restoring] : [])];
  try {
    for (const folder of folders) {
      if (own.has(folder)) continue;
      const taken = takeFolder(folder);
      if ('remove' in taken) locks.push(taken);
      else inUse.push({ name: path.relative(root, folder).replaceAll(path.sep, '/'), by: taken.by });
    }
  } catch (error) {
    for (const lock of locks) lock.release();
    throw error;
  }
  if (inUse.length === 0) return { locks };
  for (const lock of locks) lock.release();
  return { inUse };
}

function takeFolder(folder: string): FolderLock | { readonly by: Holder | null } {
  const result = lockFolder(makeFolder(folder));
  return result.locked ? { by: result.by } : result.lock;
}

/** A link in the place of a folder is removed as a link: what it leads to is not of Chatagram. */
function foldersIn(parent: string): string[] {
  if (!fs.existsSync(parent)) return [];
  return fs
    .readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => path.join(parent, name));
}
