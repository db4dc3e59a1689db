import fs, { type FileHandle } from 'node:fs/promises';
import { isFileSize, pieceBytes } from '../../shared/files/tree.ts';
import { uploadsAtOnceMax } from '../../shared/limits.ts';
import type { BlobId, FileDiskFailure } from '../turn/file-disk.ts';
import { bytesOf, nameOf, toMake, type BlobFolder } from './blob-folder.ts';
import { writeFully } from './byte-source.ts';
import { ownFault } from './file-fault.ts';
import { bytesOfPiece, hashPiece, LayerWriter } from './piece-layer.ts';

/** Says of the bytes of an upload, as they come, whether they may be one. */
export interface UploadCheck<Code extends string> {
  /** Returns why the upload ends here; undefined if it goes on. */
  add(bytes: Uint8Array): Code | undefined;
  /** All bytes were added. */
  end(): Code | undefined;
}

export interface Upload<Code extends string = never> {
  /** As it was announced. */
  readonly size: number;
  /** The next bytes are taken when those before are hashed and written. */
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly check?: UploadCheck<Code>;
  /** The user has cancelled it. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytes: number) => void;
}

/**
 * `upload-incomplete`: the bytes ended early, were cancelled, or are more than announced. `too-many-uploads`: as many come already as
 * may come at once.
 */
export type UploadFailure = FileDiskFailure | 'upload-incomplete' | 'too-many-uploads';

export type UploadAnswer<Code extends string = never> =
  | { readonly type: 'done'; readonly blob: BlobId }
  | { readonly type: 'failed'; readonly code: UploadFailure | Code };

/** Takes files from browsers into `blobs/`. It hashes the bytes while they come. What does not come to its end is removed. */
export class Uploads {
  readonly #blobs: BlobFolder;
  #count = 0;

  constructor(blobs: BlobFolder) {
    this.#blobs = blobs;
  }

  async take<Code extends string = never>(upload: Upload<Code>): Promise<UploadAnswer<Code>> {
    if (!isFileSize(upload.size)) return { type: 'failed', code: 'upload-incomplete' };
    if (this.#count === uploadsAtOnceMax) return { type: 'failed', code: 'too-many-uploads' };
    this.#count++;
    try {
      return await this.#take(upload);
    } catch (error) {
      return { type: 'failed', code: ownFault(error).code };
    } finally {
      this.#count--;
    }
  }

  async #take<Code extends string>(upload: Upload<Code>): Promise<UploadAnswer<Code>> {
    const files = this.#blobs.uploadFiles();
    const { space } = this.#blobs;
    await space.take(files.bytes, bytesOf({ root: noRoot, size: upload.size }));
    try {
      const taken = await inNewFile(files.bytes, async (bytes) =>
        inNewFile(files.layer, async (layer) => {
          const intake = new Intake(upload, bytes, layer, async (count) =>
            space.beforeWrite(files.bytes, count),
          );
          return intake.run();
        }),
      );
      if (taken.type === 'failed') return taken;
      return { type: 'done', blob: await this.#keep({ root: taken.root, size: upload.size }, files) };
    } finally {
      await this.#blobs.removeFile(files.bytes);
      await this.#blobs.removeFile(files.layer);
      space.release(files.bytes);
    }
  }

  async #keep(blob: BlobId, files: { readonly bytes: string; readonly layer: string }): Promise<BlobId> {
    if (await this.#blobs.isWhole(blob)) return blob;
    await this.#blobs.putInPlace(files.layer, this.#blobs.layerFile(blob));
    await this.#blobs.putInPlace(files.bytes, this.#blobs.wholeFile(blob));
    this.#blobs.space.release(files.bytes);
    this.#blobs.space.keep(nameOf(blob), bytesOf(blob), bytesOf(blob));
    return blob;
  }
}

const noRoot = new Uint8Array(0);

/** Ends an upload. Its intake has the code. */
class Refused extends Error {}

/** One upload on its way. A piece is written while the next one comes. */
class Intake<Code extends string> {
  readonly #upload: Upload<Code>;
  readonly #bytes: FileHandle;
  readonly #layer: FileHandle;
  readonly #writer: LayerWriter;
  readonly #beforeWrite: (bytes: number) => Promise<void>;
  #piece = 0;
  #filled = 0;
  #buffer: Uint8Array;
  /** The write of the piece before. */
  #writing: Promise<void> = Promise.resolve();
  #refusal: UploadFailure | Code = 'upload-incomplete';

  constructor(
    upload: Upload<Code>,
    bytes: FileHandle,
    layer: FileHandle,
    beforeWrite: (bytes: number) => Promise<void>,
  ) {
    this.#upload = upload;
    this.#bytes = bytes;
    this.#layer = layer;
    this.#writer = new LayerWriter(layer, upload.size);
    this.#beforeWrite = beforeWrite;
    this.#buffer = this.#newBuffer();
  }

  /** Returns the root, once all bytes are on the disk. */
  async run(): Promise<
    | { readonly type: 'done'; readonly root: Uint8Array }
    | { readonly type: 'failed'; readonly code: UploadFailure | Code }
  > {
    try {
      for await (const bytes of this.#parts()) await this.#add(bytes);
      await this.#writing;
      if (this.#piece * pieceBytes + this.#filled < this.#upload.size) this.#refuse('upload-incomplete');
      const code = this.#upload.check?.end();
      if (code !== undefined) this.#refuse(code);
      const root = await this.#writer.finish();
      await Promise.all([this.#bytes.sync(), this.#layer.sync()]);
      return { type: 'done', root };
    } catch (error) {
      // The file is closed next.
      await this.#writing.catch(() => undefined);
      if (error instanceof Refused) return { type: 'failed', code: this.#refusal };
      throw error;
    }
  }

  #refuse(code: UploadFailure | Code): never {
    this.#refusal = code;
    throw new Refused();
  }

  /** A connection that breaks, or a user who goes away, is no fault of the disk. */
  async *#parts(): AsyncGenerator<Uint8Array> {
    const { bytes, signal } = this.#upload;
    const parts = bytes[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await parts.next().catch(() => undefined);
        if (next === undefined || signal?.aborted === true) this.#refuse('upload-incomplete');
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await parts.return?.();
    }
  }

  async #add(bytes: Uint8Array): Promise<void> {
    const done = this.#piece * pieceBytes + this.#filled;
    if (done + bytes.length > this.#upload.size) this.#refuse('upload-incomplete');
    const code = this.#upload.check?.add(bytes);
    if (code !== undefined) this.#refuse(code);
    for (let rest = bytes; rest.length > 0;) {
      const taken = rest.subarray(0, this.#buffer.length - this.#filled);
      this.#buffer.set(taken, this.#filled);
      this.#filled += taken.length;
      rest = rest.subarray(taken.length);
      if (this.#filled === this.#buffer.length) await this.#endPiece();
    }
    this.#upload.onProgress?.(done + bytes.length);
  }

  async #endPiece(): Promise<void> {
    const [piece, bytes] = [this.#piece, this.#buffer];
    await this.#writing;
    await this.#beforeWrite(bytes.length);
    this.#writing = this.#write(piece, bytes);
    // It is awaited with the next piece. Until then it is no unhandled one.
    this.#writing.catch(() => undefined);
    this.#piece++;
    this.#filled = 0;
    this.#buffer = this.#newBuffer();
  }

  async #write(piece: number, bytes: Uint8Array): Promise<void> {
    await this.#writer.add(hashPiece(bytes, this.#upload.size, piece).hash);
    await writeFully(this.#bytes, [bytes], piece * pieceBytes);
  }

  #newBuffer(): Uint8Array {
    return new Uint8Array(Math.max(0, bytesOfPiece(this.#upload.size, this.#piece)));
  }
}

async function inNewFile<Result>(
  file: string,
  run: (handle: FileHandle) => Promise<Result>,
): Promise<Result> {
  const handle = await fs.open(file, toMake, 0o600);
  try {
    return await run(handle);
  } finally {
    await handle.close();
  }
}
