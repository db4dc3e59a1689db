import fs from 'node:fs/promises';
import { blobsMax, freeDiskBytesMin } from '../../shared/limits.ts';
import { FileFault, ownFault } from './file-fault.ts';

/** What stands in `blobs/`, or is on its way there. */
interface Reservation {
  /** Bytes that it has, or will have. */
  readonly bytes: number;
  written: number;
}

export interface BlobSpaceOptions {
  readonly folder: string;
  /** The most bytes that all blobs may have. The user can change it. */
  readonly quotaBytes: () => number;
}

/**
 * The room that blobs have: a quota, and what is free on the disk. Room is taken before the first byte comes, so nothing that was
 * begun is stopped by something that begins later, and nothing that is there is removed for something new. The new one is refused.
 */
export class BlobSpace {
  readonly #options: BlobSpaceOptions;
  readonly #reservations = new Map<string, Reservation>();
  #bytesUsed = 0;
  #writtenSinceLook = 0;

  constructor(options: BlobSpaceOptions) {
    this.#options = options;
  }

  /** Bytes of everything that is there or on its way. */
  get bytesUsed(): number {
    return this.#bytesUsed;
  }

  has(key: string): boolean {
    return this.#reservations.has(key);
  }

  /** Takes room for something that is on the disk already, as far as it was written. */
  keep(key: string, bytes: number, written: number): void {
    this.release(key);
    this.#reservations.set(key, { bytes, written: Math.min(bytes, written) });
    this.#bytesUsed += bytes;
  }

  /** Takes room for something new. Throws FileFault: `quota-full`, `disk-full`. */
  async take(key: string, bytes: number): Promise<void> {
    const isFull =
      this.#reservations.size >= blobsMax || this.#bytesUsed + bytes > this.#options.quotaBytes();
    if (isFull) throw new FileFault('quota-full');
    // Two that begin at the same time may not both take the last room.
    this.keep(key, bytes, 0);
    try {
      await this.#checkFree(this.#bytesAwaited());
    } catch (error) {
      this.release(key);
      throw error;
    }
  }

  /** To be called before bytes are written. Now and then it looks whether the disk has room left. Throws FileFault: `disk-full`. */
  async beforeWrite(key: string, bytes: number): Promise<void> {
    this.#writtenSinceLook += bytes;
    if (this.#writtenSinceLook >= bytesBetweenLooks) {
      await this.#checkFree(bytes);
      this.#writtenSinceLook = 0;
    }
    const reservation = this.#reservations.get(key);
    if (reservation !== undefined)
      reservation.written = Math.min(reservation.bytes, reservation.written + bytes);
  }

  release(key: string): void {
    this.#bytesUsed -= this.#reservations.get(key)?.bytes ?? 0;
    this.#reservations.delete(key);
  }

  #bytesAwaited(): number {
    let awaited = 0;
    for (const { bytes, written } of this.#reservations.values()) awaited += bytes - written;
    return awaited;
  }

  async #checkFree(bytes: number): Promise<void> {
    if ((await freeBytes(this.#options.folder)) - bytes < freeDiskBytesMin) throw new FileFault('disk-full');
  }
}

const bytesBetweenLooks = 4 * 1024 * 1024;

/** Returns what this account may still write to the disk of the folder. Throws FileFault. */
export async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await fs.statfs(folder);
    return bavail * bsize;
  } catch (error) {
    throw ownFault(error);
  }
}
