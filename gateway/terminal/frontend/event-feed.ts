import type { NumberedEvent, EventCursor, Snapshot } from '../../../shared/bridge/events.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';

export type FeedItem =
  /** Begin from here: the first thing ever, and again when the log no longer has what was missed. */
  | { readonly type: 'snapshot'; readonly cursor: EventCursor; readonly snapshot: Snapshot }
  | { readonly type: 'events'; readonly events: readonly NumberedEvent[] };

/**
 * The face's events at the reader's own pace. Nothing is queued here: the reader has a cursor in the gateway's
 * bounded log and takes from it what came since. Whoever reads so slowly that the log has moved on gets a
 * snapshot in place of what was missed, exactly like a tab that comes back, so that a slow reader of standard
 * output costs no memory and stops nobody.
 */
export class EventFeed {
  readonly #api: GatewayApi;
  readonly #subscription: { unsubscribe(): void };
  #cursor: EventCursor | undefined;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(api: GatewayApi) {
    this.#api = api;
    this.#subscription = api.subscribe(() => this.#wake?.());
  }

  /** What comes next, as soon as there is something; undefined after `end()`, when nothing is left. */
  async next(): Promise<FeedItem | undefined> {
    for (;;) {
      const fed = this.#take();
      if (fed !== undefined) return fed;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Nothing new is waited for any more. */
  end(): void {
    this.#ended = true;
    this.#subscription.unsubscribe();
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
    if (last === undefined || this.#cursor === undefined) return undefined;
    this.#cursor = { epoch: this.#cursor.epoch, number: last.number };
    return { type: 'events', events };
  }
}
