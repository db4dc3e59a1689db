import type { PeerKey } from '../../../shared/ids.ts';
import type { KeyValueStorage } from '../bridge/command-storage.ts';

/** What was typed and not sent, by conversation and by the person who typed it (UI 3). */
export class Drafts {
  readonly #storage: KeyValueStorage;

  constructor(storage: KeyValueStorage) {
    this.#storage = storage;
  }

  read(owner: PeerKey | null, peer: PeerKey): string {
    return owner === null ? '' : (this.#storage.getItem(keyOf(owner, peer)) ?? '');
  }

  write(owner: PeerKey | null, peer: PeerKey, text: string): void {
    if (owner === null) return;
    if (text === '') this.#storage.removeItem(keyOf(owner, peer));
    else this.#storage.setItem(keyOf(owner, peer), text);
  }
}

function keyOf(owner: PeerKey, peer: PeerKey): string {
  return `chatagram:draft:${owner}:${peer}`;
}
