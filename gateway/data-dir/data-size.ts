import fs from 'node:fs/promises';
import path from 'node:path';
import { dataKinds, type DataFolder, type DataKind } from '../../shared/bridge/wipe.ts';
import { dataFolderEntriesMax } from '../../shared/limits.ts';
import { commandName } from '../cli/command-name.mjs';
import { dataRoot } from './data-dir.ts';

/** Measures the files under a data root, by what they are for. Stops after `dataFolderEntriesMax` of them, and says so. */
export async function measureDataFolder(
  root: string,
  entriesMax = dataFolderEntriesMax,
): Promise<DataFolder> {
  const found = new Map(dataKinds.map((kind) => [kind, { kind, files: 0, bytes: 0 }]));
  let entries = 0;
  const folders = [root];
  for (const folder of folders) {
    for await (const entry of entriesOf(folder)) {
      entries++;
      if (entries > entriesMax) return { ...described(root), sizes: [...found.values()], complete: false };
      const place = path.join(folder, entry.name);
      if (entry.isDirectory()) folders.push(place);
      else if (entry.isFile()) count(found.get(kindOf(entry.name)), await sizeOf(place));
    }
  }
  return { ...described(root), sizes: [...found.values()], complete: true };
}

function count(size: { files: number; bytes: number } | undefined, bytes: number | undefined): void {
  if (size === undefined || bytes === undefined) return;
  size.files++;
  size.bytes += bytes;
}

function described(root: string): Pick<DataFolder, 'path' | 'backupCommand'> {
  // Where the system keeps data, the command finds the folder by itself.
  const isUsual = root === usualRoot();
  const data = isUsual ? '' : ` --data ${quoted(root)}`;
  return { path: root, backupCommand: `${commandName()} backup chats.backup${data}` };
}

function usualRoot(): string | undefined {
  try {
    return dataRoot(undefined);
  } catch {
    return undefined;
  }
}

/** For the shells of each system. */
function quoted(text: string): string {
  return /^[\w./:\\-]+$/u.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`;
}

function kindOf(name: string): DataKind {
  if (name.includes('.before-restore-')) return 'earlier';
  if (/\.sqlite-(?:wal|shm)$/u.test(name)) return 'write-log';
  return /^(?:client|server)\.sqlite$/u.test(name) ? 'database' : 'other';
}

/** What is gone by now, or cannot be read, does not count. */
async function* entriesOf(folder: string) {
  try {
    yield* await fs.opendir(folder);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await fs.lstat(file)).size;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
