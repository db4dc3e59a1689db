import type { FileProgressEvent } from '../client/client-event.ts';
import type { EphemeralSubscription } from './ephemeral-subscription.ts';

/** Tells each subscriber how far files are. */
export class FileWatches {
  readonly #watching = new Set<EphemeralSubscription>();

  watch(subscription: EphemeralSubscription): void {
    this.#watching.add(subscription);
  }

  /** The subscriber has gone, or wants no more news. */
  forget(subscription: EphemeralSubscription): void {
    this.#watching.delete(subscription);
  }

  tell(event: FileProgressEvent): void {
    for (const subscription of this.#watching) subscription.put(event);
  }
}
