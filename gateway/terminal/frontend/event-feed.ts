import type { EphemeralEvent, EventCursor, NumberedEvent, Snapshot } from '../../../shared/bridge/events.ts';
import type { EphemeralSubscription } from '../../control/ephemeral-subscription.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';

export type FeedItem =
  /** Where to begin: the first item, and again when the log no longer has the missed events. */
  | { readonly type: 'snapshot'; readonly cursor: EventCursor; readonly snapshot: Snapshot }
  | { readonly type: 'events'; readonly events: readonly NumberedEvent[] }
  | { readonly type: 'ephemeral'; readonly event: EphemeralEvent };

/**
 * Gives the gateway's events at the reader's own pace. The feed queues nothing: it has a cursor in the gateway's bounded
 * log and reads the events after it. A reader that falls behind the log gets a snapshot in place of the missed events,
 * like a tab that returns. So a slow reader of standard output costs no memory and delays no other reader.
 */
export class EventFeed {
  readonly #api: GatewayApi;
  readonly #subscription: { unsubscribe(): void };
  /** The reader's own queue of ephemeral events, which come when no numbered event waits. */
  readonly ephemeral: EphemeralSubscription;
  #cursor: EventCursor | undefined;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(api: GatewayApi) {
    this.#api = api;
    this.#subscription = api.subscribe(() => this.#wake?.());
    this.ephemeral = api.subscribeEphemeral(() => this.#wake?.());
  }

  /** Returns the next item as soon as there is one; undefined after `end()`, when nothing is left. */
  async next(): Promise<FeedItem | undefined> {
    for (;;) {
      const item = this.#take();
      if (item !== undefined) return item;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Stops waiting for new events. */
  end(): void {
    this.#ended = true;
    this.#subscription.unsubscribe();
    this.ephemeral.close();
    this.#wake?.();
  }

  #take(): FeedItem | undefined {
    const events = this.#cursor === undefined ? undefined : this.#api.missedSince(this.#cursor);
    if (events === undefined) {
      const { cursor, snapshot } = this.#api.snapshot();
      this.#cursor = cursor;
      return { type: 'snapshot', cursor, snapshot };
    }
    const last = events.at(-1);
    if (last === undefined || this.#cursor === undefined) {
      const event = this.ephemeral.take();
      return event === undefined ? undefined : { type: 'ephemeral', event };
    }
    this.#cursor = { epoch: this.#cursor.epoch, number: last.number };
    return { type: 'events', events };
  }
}
