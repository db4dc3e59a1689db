import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Address } from '../../shared/address.ts';
import { nicknameComparisonKey } from '../../shared/nickname.ts';
import { asStartError, StartError } from '../runtime/start-error.ts';
import { storeFailure } from '../store/sqlite/failure.ts';

/**
 * The folders on this machine. A client has a data folder for each nickname and server, and a server one for each port, so
 * that three users can chat from one laptop.
 */

/** The parts of the machine that decide where its data root is. */
export interface HostEnvironment {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Returns the absolute path of the account's own folder, undefined where the system names none. */
  readonly homeFolder: () => string | undefined;
}

/**
 * Returns the root of all data: the user's choice (`--data`), else the place that the system has for such data. Throws StartError
 * where the system has no such place.
 */
export function dataRoot(chosen: string | undefined, host: HostEnvironment = thisMachine()): string {
  if (chosen !== undefined) return path.resolve(chosen);
  const { platform, environment } = host;
  switch (platform) {
    case 'win32':
      return path.join(
        absolute(environment['LOCALAPPDATA']) ?? inHome(host, 'AppData', 'Local'),
        'Chatagram',
      );
    case 'darwin':
      return inHome(host, 'Library', 'Application Support', 'Chatagram');
    default:
      // XDG Base Directory Specification: "If an implementation encounters a relative path ... it should consider
      // the path invalid and ignore it."
      return path.join(
        absolute(environment['XDG_DATA_HOME']) ?? inHome(host, '.local', 'share'),
        'chatagram',
      );
  }
}

function absolute(folder: string | undefined): string | undefined {
  return folder !== undefined && path.isAbsolute(folder) ? folder : undefined;
}

function inHome({ homeFolder }: HostEnvironment, ...names: readonly string[]): string {
  const home = homeFolder();
  if (home !== undefined) return path.join(home, ...names);
  throw new StartError(
    'storage-failed',
    'This account has no home folder. Name a folder for the data of Chatagram with --data <dir>.',
  );
}

/**
 * Refuses a data root that another account could have prepared: a symbolic link, or a folder of another account. Its owner could
 * read and replace everything in it. A root that does not exist yet is fine. Throws StartError. `ownUid` is undefined where the
 * system has none.
 */
export function checkDataRoot(root: string, ownUid: number | undefined = process.geteuid?.()): void {
  const stats = asStartError(() => fs.lstatSync(root, { throwIfNoEntry: false }));
  if (stats === undefined) return;
  if (stats.isSymbolicLink()) {
    throw new StartError(
      'storage-failed',
      `The data folder ${root} is a symbolic link. Name the folder that it leads to with --data.`,
    );
  }
  if (!stats.isDirectory()) {
    throw new StartError('storage-failed', `${root} is not a folder. Name another one with --data.`);
  }
  if (ownUid !== undefined && stats.uid !== ownUid) {
    throw new StartError(
      'storage-failed',
      `The data folder ${root} belongs to another account of this computer. Name a folder of your own with --data.`,
    );
  }
  // Other accounts may not put anything into it either, and may not have done so before.
  if (ownUid === undefined || (stats.mode & 0o022) === 0) return;
  asStartError(() => makeFolder(root));
  const foreign = asStartError(() =>
    fs.readdirSync(root).find((name) => {
      const entry = fs.lstatSync(path.join(root, name), { throwIfNoEntry: false });
      return entry !== undefined && (entry.isSymbolicLink() || entry.uid !== ownUid);
    }),
  );
  if (foreign === undefined) return;
  throw new StartError(
    'storage-failed',
    `Other accounts could write to the data folder ${root}, and ${foreign} in it may be theirs. Move that away, then start again.`,
  );
}

/**
 * Returns the folder of a client that joins for the first time, by nickname (as RFC 8266 compares nicknames) and address.
 * Later its profile tells to which server it belongs (find-client-folder.ts).
 */
export function clientFolder(root: string, nickname: string, server: Address): string {
  const name = fileNameOf(nicknameComparisonKey(nickname));
  return path.join(clientsFolder(root), `${name}@${hostNameOf(server.host)}_${server.port}`);
}

export function clientsFolder(root: string): string {
  return path.join(root, 'clients');
}

export function serverFolder(root: string, port: number): string {
  return path.join(serversFolder(root), String(port));
}

export function serversFolder(root: string): string {
  return path.join(root, 'servers');
}

/** Returns the folder of the gateway itself at this HTTP port. It keeps which browsers may open the app. */
export function gatewayFolder(root: string, httpPort: number): string {
  return path.join(gatewaysFolder(root), String(httpPort));
}

export function gatewaysFolder(root: string): string {
  return path.join(root, 'gateways');
}

/**
 * Makes the folder (an absolute path) and the missing ones above it, for their owner only. Returns the folder. Throws
 * StoreError when the disk refuses.
 */
export function makeFolder(folder: string): string {
  try {
    const missing = makeMissingFolders(folder);
    if (missing[0] !== undefined) syncUpwards(folder, path.dirname(missing[0]));
    fs.chmodSync(folder, 0o700);
    return folder;
  } catch (error) {
    throw storeFailure(error, folder);
  }
}

/** Makes this folder and the missing ones above it, for their owner only. Returns those that it made, the uppermost first. */
export function makeMissingFolders(folder: string): string[] {
  const missing = missingFolders(folder);
  for (const each of missing) makeUnlessThere(each);
  return missing;
}

/** Returns this folder and those above it that do not exist, the uppermost first. */
export function missingFolders(folder: string): string[] {
  const missing: string[] = [];
  for (let each = folder; !fs.existsSync(each); each = path.dirname(each)) {
    missing.unshift(each);
    // Nothing is above a missing drive.
    if (path.dirname(each) === each) break;
  }
  return missing;
}

/** Makes one folder. Where a system refuses with ENOENT, as /proc does, Node's `recursive` never ends. */
function makeUnlessThere(folder: string): void {
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process has made it at the same time.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** The files in these folders that hold the stores. */
export const clientDatabaseName = 'client.sqlite';
export const serverDatabaseName = 'server.sqlite';

/**
 * Returns a name that every file system takes, a different one for each text. Small letters, digits and hyphens stay. Each
 * other byte of the UTF-8 becomes %xx, so that no dot, slash or capital letter is left.
 */
function fileNameOf(text: string): string {
  const encoded = percentEncoded(text, /[a-z0-9-]/);
  if (encoded.length <= fileNameCharactersMax) return encoded;
  // 32 emoji take 384 characters, and file systems allow 255. No short name has a tilde in it.
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return `${encoded.slice(0, fileNameCharactersMax - hash.length - 1)}~${hash}`;
}

const fileNameCharactersMax = 128;

/** Hosts are IP literals in canonical form. Windows allows their dots, but not their colons. */
function hostNameOf(host: string): string {
  return percentEncoded(host, /[a-z0-9.-]/);
}

function percentEncoded(text: string, unescaped: RegExp): string {
  return Array.from(Buffer.from(text, 'utf8'), (byte) => {
    const letter = String.fromCharCode(byte);
    return unescaped.test(letter) ? letter : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

/** A new folder survives a power cut once the one above it is on the disk. */
function syncUpwards(from: string, to: string): void {
  for (let folder = path.dirname(from); folder.startsWith(to); folder = path.dirname(folder)) {
    syncFolder(folder);
    if (folder === to) return;
  }
}

/** What was made or removed in this folder survives a power cut. Windows cannot sync folders. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function thisMachine(): HostEnvironment {
  return { platform: process.platform, environment: process.env, homeFolder };
}

/** Containers run programs for accounts that the system does not know, and services run without HOME, or with an empty one. */
function homeFolder(): string | undefined {
  for (const read of [os.homedir, () => os.userInfo().homedir]) {
    try {
      const folder = absolute(read());
      if (folder !== undefined) return folder;
    } catch {
      // The account has no entry in the system's list.
    }
  }
  return undefined;
}
