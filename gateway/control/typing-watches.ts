import type { TypingView } from '../client/client-event.ts';
import type { EphemeralSubscription } from './ephemeral-subscription.ts';

/** Tells each subscriber which people type. */
export class TypingWatches {
  readonly #now: () => readonly TypingView[];
  readonly #watching = new Set<EphemeralSubscription>();

  /** `now` returns the conversations in which anyone types. */
  constructor(now: () => readonly TypingView[]) {
    this.#now = now;
  }

  watch(subscription: EphemeralSubscription): void {
    this.#watching.add(subscription);
    for (const view of this.#now()) subscription.put({ type: 'typing', ...view });
  }

  /** The subscriber has gone, or wants no more news. */
  forget(subscription: EphemeralSubscription): void {
    this.#watching.delete(subscription);
  }

  tell({ conversation, people }: TypingView): void {
    for (const subscription of this.#watching) subscription.put({ type: 'typing', conversation, people });
  }
}
