import { fileQuotaBytes } from '../../shared/limits.ts';
import type { FileDisk, FileDiskAnswer } from '../turn/file-disk.ts';
import { BlobDisk } from './blob-disk.ts';
import { BlobFolder } from './blob-folder.ts';
import { answered } from './file-fault.ts';
import { OfferedPaths, type OfferAnswer } from './offered-paths.ts';
import { PieceLayers } from './piece-layers.ts';
import type { HashingOptions } from './piece-layer.ts';

interface OpenParts {
  readonly blobs: BlobFolder;
  readonly paths: OfferedPaths;
  readonly disk: BlobDisk;
}

/** All that one client has to do with files on the disk. Its folder is made with the first file: most chats never have one. */
export class ClientFiles {
  readonly #folder: string;
  #opening: Promise<OpenParts> | undefined;
  #isClosed = false;

  /** `folder`: `blobs` in the data folder of the client, which is this process's own. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** For the jobs of the client. */
  readonly disk: FileDisk = {
    begin: async (blob) => this.#on((disk) => disk.begin(blob)),
    writeHashes: async (blob, part, hashes) => this.#on((disk) => disk.writeHashes(blob, part, hashes)),
    writePiece: async (blob, piece, leafHashes, leaves) =>
      this.#on((disk) => disk.writePiece(blob, piece, leafHashes, leaves)),
    sync: async (blob) => this.#on((disk) => disk.sync(blob)),
    recheck: async (blob, pieces) => this.#on((disk) => disk.recheck(blob, pieces)),
    finish: async (blob) => this.#on((disk) => disk.finish(blob)),
    remove: async (blob) => this.#on((disk) => disk.remove(blob)),
    readHashes: async (source, part) => this.#on((disk) => disk.readHashes(source, part)),
    readPiece: async (source, piece) => this.#on((disk) => disk.readPiece(source, piece)),
  };

  /** Hashes a file or a folder of the user, which is offered where it is and not copied. */
  async offerPath(named: string, options: HashingOptions = {}): Promise<OfferAnswer> {
    const parts = await this.#answeredOpen();
    return parts.type === 'failed' ? parts : parts.paths.offer(named, options);
  }

  /** Closes what is open. Calls after it fail with `disk-refused`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const parts = await this.#opening?.catch(() => undefined);
    await parts?.blobs.close();
  }

  async #on<Found extends object>(
    run: (disk: FileDisk) => FileDiskAnswer<Found> | Promise<FileDiskAnswer<Found>>,
  ): Promise<FileDiskAnswer<Found>> {
    const parts = await this.#answeredOpen();
    return parts.type === 'failed' ? parts : run(parts.disk);
  }

  async #answeredOpen(): Promise<FileDiskAnswer<OpenParts>> {
    if (this.#isClosed) return { type: 'failed', code: 'disk-refused' };
    return answered(async () => {
      this.#opening ??= this.#open();
      try {
        return await this.#opening;
      } catch (error) {
        // The disk may take the folder the next time.
        this.#opening = undefined;
        throw error;
      }
    });
  }

  async #open(): Promise<OpenParts> {
    const blobs = await BlobFolder.open({ folder: this.#folder, quotaBytes: () => fileQuotaBytes });
    const layers = new PieceLayers(blobs);
    const paths = new OfferedPaths(blobs, layers);
    const disk = new BlobDisk({ blobs, layers, openPath: async (source) => paths.open(source) });
    return { blobs, paths, disk };
  }
}
