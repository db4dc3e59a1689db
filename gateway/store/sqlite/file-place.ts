import fs from 'node:fs';
import { StoreError } from '../errors.ts';

/** A commit costs a disk access in any case. To look at each one would slow down a server on a fast disk. */
const lookEveryMs = 1_000;

/**
 * The place of an open database. A system that removes or moves the file leaves it open, so that each commit succeeds and
 * nothing of it is there after the end. The peers would be told that their messages are on the disk.
 */
export class FilePlace {
  readonly #file: string;
  readonly #inode: number | undefined;
  #lookedMs = -Infinity;

  constructor(file: string) {
    this.#file = file;
    this.#inode = inodeOf(file);
  }

  /** Throws StoreError while another file or none is there. Looks once a second, and each time after it has thrown. */
  check(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs < lookEveryMs) return;
    if (inodeOf(this.#file) !== this.#inode) {
      throw new StoreError(
        'disk-refused',
        `${this.#file} was moved or removed while Chatagram ran. Put it back, or start Chatagram again.`,
      );
    }
    this.#lookedMs = nowMs;
  }
}

function inodeOf(file: string): number | undefined {
  return fs.statSync(file, { throwIfNoEntry: false })?.ino;
}
