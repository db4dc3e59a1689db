import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Address } from '../../shared/address.ts';
import { nicknameComparisonKey } from '../../shared/nickname.ts';
import { storeFailure } from '../store/sqlite/failure.ts';

/**
 * Where things lie on this machine. A data folder belongs to one role of one person (DESIGN section 7): one for each
 * nickname and server for clients, one for each port for servers, so that three people on one laptop just work.
 */

/** What decides where the data of this person lie. */
export interface HostEnvironment {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
}

/** The root of everything: what the person said (`--data`), else the place that the system has for such things. */
export function dataRoot(said: string | undefined, surroundings: HostEnvironment = thisMachine()): string {
  if (said !== undefined) return path.resolve(said);
  const { platform, environment, homeFolder } = surroundings;
  switch (platform) {
    case 'win32':
      return path.join(environment['LOCALAPPDATA'] ?? path.join(homeFolder, 'AppData', 'Local'), 'Chatagram');
    case 'darwin':
      return path.join(homeFolder, 'Library', 'Application Support', 'Chatagram');
    default: {
      const xdg = environment['XDG_DATA_HOME'] ?? '';
      // XDG Base Directory Specification: "If an implementation encounters a relative path ... it should consider
      // the path invalid and ignore it."
      return path.join(path.isAbsolute(xdg) ? xdg : path.join(homeFolder, '.local', 'share'), 'chatagram');
    }
  }
}

/** The folder of one person on one server; equal nicknames (RFC 8266) share it. */
export function clientFolder(root: string, nickname: string, server: Address): string {
  const person = fileNameOf(nicknameComparisonKey(nickname));
  return path.join(clientsFolder(root), `${person}@${hostNameOf(server.host)}_${server.port}`);
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

/** What belongs to the gateway itself at this HTTP port, whoever chats through it: who may open the app. */
export function gatewayFolder(root: string, httpPort: number): string {
  return path.join(root, 'gateways', String(httpPort));
}

/**
 * Makes the folder (an absolute path) and those missing above it, for its owner only; gives the folder. Throws
 * StoreError when the disk refuses.
 */
export function makeFolder(folder: string): string {
  try {
    const missing = missingOf(folder);
    for (const each of missing) makeUnlessThere(each);
    if (missing[0] !== undefined) syncUpwards(folder, path.dirname(missing[0]));
    fs.chmodSync(folder, 0o700);
    return folder;
  } catch (error) {
    throw storeFailure(error, folder);
  }
}

/** This folder and those above it that are not there, the uppermost first. */
function missingOf(folder: string): string[] {
  const missing: string[] = [];
  for (let each = folder; !fs.existsSync(each); each = path.dirname(each)) {
    missing.unshift(each);
    // A drive that is not there has nothing above it.
    if (path.dirname(each) === each) break;
  }
  return missing;
}

/** One by one: where a system refuses with ENOENT (/proc does), Node's own `recursive` tries for ever. */
function makeUnlessThere(folder: string): void {
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process, which started in the same moment, has made it.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** The files in these folders that hold the stores. */
export const clientDatabaseName = 'client.sqlite';
export const serverDatabaseName = 'server.sqlite';

/**
 * A name that every file system takes, a different one for each text: small letters, digits and hyphens stay, each
 * other byte of its UTF-8 becomes %xx, so that no dot, slash or letter of another case is left to fold.
 */
function fileNameOf(text: string): string {
  const encoded = percentEncoded(text, /[a-z0-9-]/);
  if (encoded.length <= fileNameCharactersMax) return encoded;
  // 32 emoji would be 384 characters, and file systems stop at 255. No short name has a tilde in it.
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return `${encoded.slice(0, fileNameCharactersMax - hash.length - 1)}~${hash}`;
}

const fileNameCharactersMax = 128;

/** Hosts are IP literals in canonical form: dots are harmless in them, colons are not on Windows. */
function hostNameOf(host: string): string {
  return percentEncoded(host, /[a-z0-9.-]/);
}

function percentEncoded(text: string, kept: RegExp): string {
  return Array.from(Buffer.from(text, 'utf8'), (byte) => {
    const letter = String.fromCharCode(byte);
    return kept.test(letter) ? letter : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

/** A new folder is there after a power cut when the one above it is on the disk (Windows syncs no folders). */
function syncUpwards(from: string, to: string): void {
  if (process.platform === 'win32') return;
  for (let folder = path.dirname(from); folder.startsWith(to); folder = path.dirname(folder)) {
    const descriptor = fs.openSync(folder, 'r');
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    if (folder === to) return;
  }
}

function thisMachine(): HostEnvironment {
  return { platform: process.platform, environment: process.env, homeFolder: os.homedir() };
}
