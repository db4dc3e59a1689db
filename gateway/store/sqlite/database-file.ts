import fs from 'node:fs';
import { promisify } from 'node:util';
import { StoreError } from '../errors.ts';
import type { Disk } from './database.ts';

const fdatasync = promisify(fs.fdatasync);

/** A commit costs a disk access in any case. To look at each one would slow down a server on a fast disk. */
const lookEveryMs = 1_000;

/**
 * The files of an open database. A system that removes or moves one of them leaves it open, so that each commit succeeds and
 * nothing of it is there after the end. The peers would be told that their messages are on the disk.
 *
 * The commits are in the WAL, which stays the same file while the database is open (https://sqlite.org/walformat.html section 1).
 */
export class DatabaseFile implements Disk {
  /** The database and its WAL, by their paths. */
  readonly #inodes: ReadonlyMap<string, number | undefined>;
  readonly #wal: number;
  /** Syncs that a thread of the pool does at this moment. The file stays open for them. */
  #syncing = 0;
  #isClosed = false;
  #lookedMs = -Infinity;

  /** The database is open, and something was written. */
  constructor(file: string) {
    const wal = `${file}-wal`;
    // Windows flushes only what was opened for writing.
    this.#wal = fs.openSync(wal, 'r+');
    this.#inodes = new Map([file, wal].map((each) => [each, inodeOf(each)]));
  }

  /** Throws StoreError while another file or none is in the place of one of them. Looks once a second, and each time after it has thrown. */
  check(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs < lookEveryMs) return;
    for (const [file, inode] of this.#inodes) {
      if (inodeOf(file) === inode) continue;
      throw new StoreError(
        'disk-refused',
        `${file} was moved or removed while Chatagram ran. Put it back, or start Chatagram again.`,
      );
    }
    this.#lookedMs = nowMs;
  }

  /** fdatasync(2), FlushFileBuffers or F_FULLFSYNC: whatever this process has written into the WAL is on the disk then. */
  sync(): void {
    fs.fdatasyncSync(this.#wal);
  }

  /** The same, while this thread goes on. What is written after the call may be on the disk or not. */
  async syncLater(): Promise<void> {
    this.#refuseClosed();
    this.#syncing++;
    try {
      await fdatasync(this.#wal);
    } finally {
      this.#syncing--;
      if (this.#isClosed) this.#close();
    }
  }

  /** The descriptor may be that of another file by now. */
  #refuseClosed(): void {
    if (this.#isClosed) throw new Error('a sync of a file that is closed');
  }

  close(): void {
    this.#isClosed = true;
    this.#close();
  }

  #close(): void {
    if (this.#syncing === 0) fs.closeSync(this.#wal);
  }
}

function inodeOf(file: string): number | undefined {
  return fs.statSync(file, { throwIfNoEntry: false })?.ino;
}
