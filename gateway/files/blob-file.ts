import type { BlobFolder } from './blob-folder.ts';
import { readFully, type ByteSource } from './byte-source.ts';
import { FileFault } from './file-fault.ts';

/** A file of the folder of blobs. */
export class BlobFile implements ByteSource {
  readonly size: number;
  readonly #blobs: BlobFolder;
  readonly #file: string;

  constructor(blobs: BlobFolder, file: string, size: number) {
    this.size = size;
    this.#blobs = blobs;
    this.#file = file;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    const isWhole = await this.#blobs.use(this.#file, async (handle) => readFully(handle, bytes, position));
    if (!isWhole) throw new FileFault('damaged');
    return bytes;
  }
}
