import fs from 'node:fs';
import { storeFailure } from '../store/sqlite/failure.ts';

/**
 * Replaces a small file, whole or not at all, for its owner only. A reader sees the old one or the new one. Throws StoreError
 * when the disk refuses.
 */
export function replaceFile(file: string, text: string): void {
  const draft = `${file}.new`;
  try {
    fs.rmSync(draft, { force: true });
    const descriptor = fs.openSync(draft, 'wx', 0o600);
    try {
      fs.writeFileSync(descriptor, text);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(draft, file);
  } catch (error) {
    throw storeFailure(error, file);
  }
}

/** Removes a file that holds nothing of worth now. Where the disk refuses, the file stays. */
export function removeIfPossible(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // A disk that became read-only ends no chat.
  }
}

/** Returns the JSON in a file, undefined when the file is missing or is not JSON. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
