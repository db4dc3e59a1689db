import { receiptIdsMax } from '../../shared/limits.ts';

/**
 * Receipts towards one peer: one message with receipts is under way at a time, what comes meanwhile goes into the
 * next. A slip that is lost does no harm: whoever misses a receipt offers the message again, and gets the same one.
 */
export class AckBatcher<Item> {
  readonly #waiting = new Map<string, Item>();
  #underway = false;

  /** `key` tells equal receipts apart from different ones. */
  add(key: string, item: Item): void {
    this.#waiting.set(key, item);
  }

  /** The next batch to send, undefined while one is under way or nothing waits. */
  take(): Item[] | undefined {
    if (this.#underway || this.#waiting.size === 0) return undefined;
    const batch = [...this.#waiting].slice(0, receiptIdsMax);
    for (const [key] of batch) this.#waiting.delete(key);
    this.#underway = true;
    return batch.map(([, item]) => item);
  }

  /** The batch under way has arrived, or never will. */
  settled(): void {
    this.#underway = false;
  }
}
