import type { KeyValueStorage } from '../bridge/command-storage.ts';

/**
 * Returns the browser's storage, or the memory of this tab where storage is forbidden. Typing goes on either way; only a
 * reload forgets.
 */
export function openStorage(): ForgivingStorage {
  return forgiving(() => localStorage);
}

/** Returns the storage of this tab, which a reload keeps. Where it is forbidden, it is memory, too. */
export function openTabStorage(): ForgivingStorage {
  return forgiving(() => sessionStorage);
}

/** A browser that blocks the data of sites throws when a page reads the global itself. Others throw at the first write. */
function forgiving(read: () => Storage): ForgivingStorage {
  try {
    const storage = read();
    const probe = 'chatagram:probe';
    storage.setItem(probe, '1');
    storage.removeItem(probe);
    return new ForgivingStorage(storage);
  } catch {
    return new ForgivingStorage(new MemoryStorage());
  }
}

/** A storage that never refuses: a value that does not fit lasts until a reload. */
export class ForgivingStorage implements KeyValueStorage {
  readonly #storage: KeyValueStorage;
  readonly #overflow = new Map<string, string>();
  #isClosed = false;

  constructor(storage: KeyValueStorage) {
    this.#storage = storage;
  }

  /** Whether the page finds what it has stored here after a reload. */
  get survivesReload(): boolean {
    return !(this.#storage instanceof MemoryStorage) && this.#overflow.size === 0;
  }

  get length(): number {
    return this.#storage.length;
  }

  key(index: number): string | null {
    return this.#storage.key(index);
  }

  getItem(key: string): string | null {
    return this.#overflow.get(key) ?? this.#storage.getItem(key);
  }

  setItem(key: string, value: string): void {
    if (this.#isClosed) return;
    try {
      this.#storage.setItem(key, value);
      this.#overflow.delete(key);
    } catch {
      // The storage is full. The tab remembers the value until a reload.
      this.#overflow.set(key, value);
    }
  }

  removeItem(key: string): void {
    this.#overflow.delete(key);
    this.#storage.removeItem(key);
  }

  /** Whether there are drafts or commands of any user. */
  hasChats(): boolean {
    return this.#keys().some(isOfChats);
  }

  /** Removes drafts and commands of all users. What the user chose for this browser stays. */
  clearChats(): void {
    for (const key of this.#keys()) if (isOfChats(key)) this.removeItem(key);
  }

  /** Removes everything, and keeps nothing from now on: a draft is still written when its page goes away. */
  clearForGood(): void {
    this.#isClosed = true;
    for (const key of this.#keys()) this.removeItem(key);
    this.#overflow.clear();
  }

  #keys(): string[] {
    return Array.from({ length: this.length }, (_, index) => this.key(index)).filter((key) => key !== null);
  }
}

function isOfChats(key: string): boolean {
  return /^chatagram:(?:draft|writing|command):/u.test(key);
}

/** The memory of this tab, in place of the browser's storage. */
export class MemoryStorage implements KeyValueStorage {
  readonly #entries = new Map<string, string>();

  get length(): number {
    return this.#entries.size;
  }

  key(index: number): string | null {
    return [...this.#entries.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.#entries.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#entries.set(key, value);
  }

  removeItem(key: string): void {
    this.#entries.delete(key);
  }
}
