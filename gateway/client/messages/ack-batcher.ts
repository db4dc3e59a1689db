import { receiptIdsMax } from '../../../shared/limits.ts';

/**
 * Collects acknowledgements for one peer: one message with them is in flight at a time, and what is added until then goes
 * into the next. A lost batch does no harm: the peer offers the message again and gets the same acknowledgement.
 */
export class AckBatcher<Item> {
  readonly #waiting = new Map<string, Item>();
  #isInFlight = false;

  /** `key` tells whether two items are the same. */
  add(key: string, item: Item): void {
    this.#waiting.set(key, item);
  }

  /** Returns the next batch to send; undefined while one is in flight or nothing waits. */
  take(): Item[] | undefined {
    if (this.#isInFlight || this.#waiting.size === 0) return undefined;
    const batch = [...this.#waiting].slice(0, receiptIdsMax);
    for (const [key] of batch) this.#waiting.delete(key);
    this.#isInFlight = true;
    return batch.map(([, item]) => item);
  }

  /** The batch in flight has arrived, or never will. */
  handleSettled(): void {
    this.#isInFlight = false;
  }
}
