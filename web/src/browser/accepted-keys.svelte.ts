import { parsePeerKey, type PeerKey } from '../../../shared/ids.ts';
import type { KeyValueStorage } from '../bridge/command-storage.ts';

/** Remembers which key the user accepted in place of which, so that an old address still opens its conversation. */
export class AcceptedKeys {
  readonly #storage: KeyValueStorage;
  /** Changes with each write: the storage itself is not reactive. */
  #version = $state(0);

  constructor(storage: KeyValueStorage) {
    this.#storage = storage;
  }

  accept(owner: PeerKey | null, old: PeerKey, accepted: PeerKey): void {
    if (owner === null) return;
    this.#storage.setItem(entryKey(owner, old), accepted);
    // Nothing leads away from the key that is valid now, so following keys always ends.
    this.#storage.removeItem(entryKey(owner, accepted));
    this.#version += 1;
  }

  /** Returns the key that replaced this one, also over several changes, or the key itself. */
  currentKey(owner: PeerKey | null, key: PeerKey): PeerKey {
    if (owner === null || this.#version < 0) return key;
    const next = parsePeerKey(this.#storage.getItem(entryKey(owner, key)) ?? '');
    return next === undefined ? key : this.currentKey(owner, next);
  }
}

function entryKey(owner: PeerKey, old: PeerKey): string {
  return `chatagram:accepted-key:${owner}:${old}`;
}
