import type { Barrier } from '../net/driver.ts';

/** What a later sync needs of a store. */
export interface LaterSyncStore {
  /** Resolves when all commits before the call are on the disk. */
  syncLater(): Promise<void>;
}

/**
 * Puts the commits of a role on the disk in another thread, and lets the role go on. Its datagrams wait until the disk has the commit. For many roles in one process: the disk takes their commits together, and no role waits for those of the others.
 */
export class LaterSync implements Barrier {
  readonly #store: LaterSyncStore;
  #waiting: (() => void)[] = [];
  #isSyncing = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(store: LaterSyncStore) {
    this.#store = store;
  }

  /** Throws what a sync has failed with. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Whether something still waits that the disk may let pass. */
  get isWaiting(): boolean {
    return this.#isSyncing;
  }

  pass(release: () => void): void {
    if (this.#failure !== undefined) return;
    this.#waiting.push(release);
    if (!this.#isSyncing) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isSyncing = true;
    while (this.#waiting.length > 0) {
      const released = this.#waiting.splice(0);
      try {
        await this.#store.syncLater();
      } catch (error) {
        // Nothing that waits may leave: the disk may not have what it says.
        this.#failure = { error };
        this.#waiting = [];
        break;
      }
      for (const release of released) release();
    }
    this.#isSyncing = false;
  }
}
