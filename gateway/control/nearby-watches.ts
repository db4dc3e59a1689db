import type { EphemeralSubscription } from './ephemeral-subscription.ts';
import type { ChatSearch } from './ports.ts';

/** Tells each subscriber about the chats on the local network, and looks for them only while there is one. */
export class NearbyWatches {
  readonly #search: ChatSearch;
  readonly #watching = new Set<EphemeralSubscription>();

  constructor(search: ChatSearch) {
    this.#search = search;
  }

  watch(subscription: EphemeralSubscription): void {
    if (this.#watching.size === 0) this.#search.start(() => this.#tellAll());
    this.#watching.add(subscription);
    this.#tell(subscription);
  }

  /** The subscriber has gone, or wants no more news. */
  forget(subscription: EphemeralSubscription): void {
    if (this.#watching.delete(subscription) && this.#watching.size === 0) this.#search.stop();
  }

  #tellAll(): void {
    for (const subscription of this.#watching) this.#tell(subscription);
  }

  #tell(subscription: EphemeralSubscription): void {
    const { phase, chats } = this.#search.found();
    subscription.put({ type: 'chats-nearby', phase, chats: [...chats] });
  }
}
