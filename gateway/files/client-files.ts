import { fileQuotaBytes } from '../../shared/limits.ts';
import type { PackedRefusalCode } from '../../shared/files/refusals.ts';
import type { BlobId, FileDisk, FileDiskAnswer, FileDiskFailure } from '../turn/file-disk.ts';
import { BlobDisk } from './blob-disk.ts';
import { BlobFolder, type StoredBlob } from './blob-folder.ts';
import { answered } from './file-fault.ts';
import { OfferedPaths, type OfferAnswer } from './offered-paths.ts';
import type { SaveAnswer } from './new-place.ts';
import { unpack } from './packing/unpack.ts';
import { zipOf, type Zip } from './packing/zip.ts';
import { saveFile } from './save-file.ts';
import { Uploads, type Upload, type UploadAnswer } from './uploads.ts';
import { PieceLayers } from './piece-layers.ts';
import type { HashingOptions } from './piece-layer.ts';

interface OpenParts {
  readonly blobs: BlobFolder;
  readonly paths: OfferedPaths;
  readonly disk: BlobDisk;
  readonly uploads: Uploads;
}

/** What all files take on the disk. */
export interface FilesInUse {
  readonly blobs: readonly StoredBlob[];
  readonly bytesUsed: number;
}

type ZipAnswer = Zip | { readonly type: 'failed'; readonly code: FileDiskFailure | PackedRefusalCode };

/** All that one client has to do with files on the disk. Its folder is made with the first file: most chats never have one. */
export class ClientFiles {
  readonly #folder: string;
  readonly #quotaBytes: number;
  #opening: Promise<OpenParts> | undefined;
  #isClosed = false;

  /** `folder`: `blobs` in the data folder of the client, which is this process's own. */
  constructor(folder: string, quotaBytes: number = fileQuotaBytes) {
    this.#folder = folder;
    this.#quotaBytes = quotaBytes;
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

  /** Takes a file from a browser. For a packed stream, `check` is a PackedCheck. */
  async upload<Code extends string = never>(upload: Upload<Code>): Promise<UploadAnswer<Code>> {
    const parts = await this.#answeredOpen();
    return parts.type === 'failed' ? parts : parts.uploads.take(upload);
  }

  /** Saves a whole blob at a path that is free. A packed one becomes a folder. */
  async save(
    blob: BlobId,
    { target, packed }: { readonly target: string; readonly packed: boolean },
  ): Promise<SaveAnswer<PackedRefusalCode>> {
    const parts = await this.#answeredOpen();
    if (parts.type === 'failed') return parts;
    return packed ? unpack(parts.blobs, blob, target) : saveFile(parts.blobs, blob, target);
  }

  /** Makes a .zip of a packed blob for a browser. */
  async zip(blob: BlobId, time: Date): Promise<ZipAnswer> {
    const parts = await this.#answeredOpen();
    if (parts.type === 'failed') return parts;
    const answer = await answered(async () => ({ zip: await zipOf(parts.blobs, blob, time) }));
    if (answer.type === 'failed') return answer;
    return answer.zip.type === 'refused' ? { type: 'failed', code: answer.zip.code } : answer.zip;
  }

  /** Reads a whole blob for a browser, as fast as its reader takes it. */
  async read(blob: BlobId): Promise<FileDiskAnswer<{ readonly parts: AsyncIterable<Uint8Array> }>> {
    const parts = await this.#answeredOpen();
    return parts.type === 'failed' ? parts : parts.disk.readWhole(blob);
  }

  async inUse(): Promise<FileDiskAnswer<FilesInUse>> {
    const parts = await this.#answeredOpen();
    if (parts.type === 'failed') return parts;
    const { blobs } = parts;
    return answered(async () => ({ blobs: await blobs.list(), bytesUsed: blobs.space.bytesUsed }));
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
    const blobs = await BlobFolder.open({ folder: this.#folder, quotaBytes: () => this.#quotaBytes });
    const layers = new PieceLayers(blobs);
    const paths = new OfferedPaths(blobs, layers);
    const disk = new BlobDisk({ blobs, layers, openPath: async (source) => paths.open(source) });
    return { blobs, paths, disk, uploads: new Uploads(blobs) };
  }
}
