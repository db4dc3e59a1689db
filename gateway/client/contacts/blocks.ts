import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import { unopenedIdsMax } from '../../../shared/limits.ts';
import type { ClientStore } from '../../store/client-store.ts';

/**
 * The keys that the user has blocked (PROTOCOL 6.88). A block is about a key, not about a person: another key of the person
 * is not blocked.
 */
export class Blocks {
  readonly #store: Pick<ClientStore, 'blocks'>;
  /** In the order in which they were blocked. */
  readonly #keys: Set<PeerKey>;

  constructor(store: Pick<ClientStore, 'blocks'>) {
    this.#store = store;
    this.#keys = new Set(store.blocks.all());
  }

  keys(): PeerKey[] {
    return [...this.#keys];
  }

  has(key: PeerKey): boolean {
    return this.#keys.has(key);
  }

  add(key: PeerKey): void {
    this.#keys.add(key);
    this.#store.blocks.put(key);
  }

  delete(key: PeerKey): void {
    this.#keys.delete(key);
    this.#store.blocks.remove(key);
  }

  /** The message left the mailbox and was not opened. */
  takeUnopened(sender: PeerKey, id: MessageId): void {
    this.#store.blocks.putUnopened(sender, id, unopenedIdsMax);
  }

  /** Whether a message with this id was taken unopened: it stays gone, also after the key is unblocked. */
  hasTakenUnopened(sender: PeerKey, id: MessageId): boolean {
    return this.#store.blocks.hasUnopened(sender, id);
  }
}
