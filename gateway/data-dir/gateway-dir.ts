import fs from 'node:fs';
import path from 'node:path';
import { gatewayFolder } from './data-dir.ts';
import { acquireDataDir, lockFolder, type FolderLock } from './dir-lock.ts';
import { StartError } from '../runtime/start-error.ts';
import { isBeingWiped } from './wipe.ts';

/** The file that keeps which browsers may use the gateway. */
export const authRecordName = 'access.json';

export interface GatewayDir {
  readonly folder: string;
  readonly lock: FolderLock;
}

/** Takes the folder of the gateway at this HTTP port for this process. Throws StartError if another process has it. */
export function acquireGatewayDir(root: string, httpPort: number): GatewayDir {
  const folder = gatewayFolder(root, httpPort);
  const sentence = `Another Chatagram with the same data folder listens on port ${httpPort}`;
  const lock = acquireDataDir(folder, sentence, () => null);
  // A wipe that began before looks at this lock, and one that begins later finds it.
  if (isBeingWiped(root)) {
    lock.release();
    throw new StartError(
      'data-folder-in-use',
      `All chats in ${root} are being wiped now. Wait a moment, then start again.`,
    );
  }
  return { folder, lock };
}

/** Removes the folder of a gateway that has ended, and the one above it if no other gateway has a folder there. */
export function removeGatewayDir(root: string, httpPort: number): void {
  const folder = gatewayFolder(root, httpPort);
  try {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.rmdirSync(path.dirname(folder));
  } catch {
    // Another gateway has its folder there, or the disk refuses. The rest takes no room to speak of.
  }
}

/**
 * Another process has this HTTP port. If no gateway of this data folder runs there, that process has taken the place of one:
 * all browsers that knew it are forgotten, because their open tabs and cookies now go to that process.
 */
export function forgetBrowsersAt(root: string, httpPort: number): void {
  const folder = gatewayFolder(root, httpPort);
  const record = path.join(folder, authRecordName);
  if (!fs.existsSync(record)) return;
  const result = lockFolder(folder);
  if (result.locked) return;
  try {
    fs.rmSync(record, { force: true });
  } finally {
    result.lock.release();
  }
}
