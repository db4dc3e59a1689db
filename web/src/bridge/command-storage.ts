import type { PeerKey } from '../../../shared/ids.ts';
import { storedCommand, type StoredCommand } from './checked-schemas.ts';
import { fits } from './schema-check.ts';

export interface CommandStorage {
  put(command: StoredCommand): void;
  remove(command: StoredCommand): void;
  /** Returns this user's stored commands without the refused ones, oldest first. */
  all(owner: PeerKey): readonly StoredCommand[];
}

/** The used part of `Storage`, so that tests can replace it with a Map. */
export type KeyValueStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** Stores each command under a key of its own, so that two tabs of one user never overwrite each other. */
export class BrowserCommandStorage implements CommandStorage {
  readonly #storage: KeyValueStorage;

  constructor(storage: KeyValueStorage) {
    this.#storage = storage;
  }

  put(command: StoredCommand): void {
    this.#storage.setItem(entryKey(command), JSON.stringify(command));
  }

  remove(command: StoredCommand): void {
    this.#storage.removeItem(entryKey(command));
  }

  all(owner: PeerKey): readonly StoredCommand[] {
    return this.#read(owner).filter((stored) => stored.refusal === undefined);
  }

  refused(owner: PeerKey): readonly StoredCommand[] {
    return this.#read(owner).filter((stored) => stored.refusal !== undefined);
  }

  /** Sorts by id: UUIDv7 grow with the time of their making. */
  #read(owner: PeerKey): readonly StoredCommand[] {
    const keys = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index));
    return keys
      .filter((key) => key !== null)
      .filter((key) => key.startsWith(prefixOf(owner)))
      .toSorted()
      .map((key) => parseStored(this.#storage.getItem(key)))
      .filter((stored) => stored !== undefined)
      .filter((stored) => stored.owner === owner);
  }
}

function prefixOf(owner: PeerKey | null): string {
  return `chatagram:command:${owner ?? 'none'}:`;
}

function entryKey(command: StoredCommand): string {
  return prefixOf(command.owner) + command.id;
}

/** Parses an entry of the storage. Ignores what an older version left. */
function parseStored(text: string | null): StoredCommand | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isStored(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isStored(value: unknown): value is StoredCommand {
  return fits(storedCommand, value);
}
