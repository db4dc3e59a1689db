import fs, { type FileHandle } from 'node:fs/promises';

interface OpenFile {
  readonly opening: Promise<FileHandle>;
  users: number;
  /** Nothing new uses it. It closes with its last user. */
  isRetired: boolean;
  readonly closed: PromiseWithResolvers<undefined>;
}

/**
 * Files that stay open between two uses: a transfer uses the same file some thousand times a second. Past the maximum the one that was
 * not used for the longest time is closed.
 */
export class OpenFiles {
  readonly #filesMax: number;
  /** By key. The one that was not used for the longest time is first. */
  readonly #files = new Map<string, OpenFile>();

  constructor(filesMax: number) {
    this.#filesMax = filesMax;
  }

  get count(): number {
    return this.#files.size;
  }

  /**
   * Gives `run` the file, which is opened when it is not open.
   * @param key tells files apart that stand at one path one after the other
   */
  async use<Result>(
    { path, flags, key = path }: { readonly path: string; readonly flags: number; readonly key?: string },
    run: (handle: FileHandle) => Promise<Result>,
  ): Promise<Result> {
    const file = this.#files.get(key) ?? this.#open(key, path, flags);
    this.#files.delete(key);
    this.#files.set(key, file);
    file.users++;
    try {
      return await run(await file.opening);
    } finally {
      file.users--;
      if (file.isRetired) this.#closeIfUnused(file);
      else this.#closeOverdue();
    }
  }

  /** Returns when the file is closed. Uses that have begun go on to their end. */
  async close(key: string): Promise<void> {
    const file = this.#files.get(key);
    if (file === undefined) return;
    this.#retire(key, file);
    await file.closed.promise;
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#files.keys()].map(async (key) => this.close(key)));
  }

  #open(key: string, path: string, flags: number): OpenFile {
    const opening = fs.open(path, flags);
    const file = { opening, users: 0, isRetired: false, closed: Promise.withResolvers<undefined>() };
    opening.catch(() => {
      if (this.#files.get(key) === file) this.#files.delete(key);
      file.closed.resolve(undefined);
    });
    return file;
  }

  #closeOverdue(): void {
    let overdue = this.#files.size - this.#filesMax;
    for (const [key, file] of this.#files) {
      if (overdue <= 0) return;
      if (file.users > 0) continue;
      this.#retire(key, file);
      overdue--;
    }
  }

  #retire(key: string, file: OpenFile): void {
    this.#files.delete(key);
    file.isRetired = true;
    this.#closeIfUnused(file);
  }

  #closeIfUnused(file: OpenFile): void {
    if (file.users > 0) return;
    file.opening
      .then(async (handle) => handle.close())
      // Everything that has to survive was synced before.
      .catch(() => undefined)
      .finally(() => file.closed.resolve(undefined));
  }
}
