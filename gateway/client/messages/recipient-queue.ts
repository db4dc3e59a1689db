import type { MessageId } from '../../../shared/ids.ts';
import { offersInFlightMax } from '../../../shared/limits.ts';

export interface Queued {
  readonly id: MessageId;
  /** The author's count in the conversation. */
  readonly sequence: number;
}

/**
 * What one recipient still has to get: a bounded number in flight, the others waiting in the order of their sequence. A
 * long queue costs no more than a short one, except for one search by sequence.
 */
export class RecipientQueue<Entry extends Queued> {
  readonly #waiting: Entry[] = [];
  readonly #inFlight = new Set<Entry>();

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  get inFlight(): Iterable<Entry> {
    return this.#inFlight;
  }

  *waitingNewestFirst(): Iterable<Entry> {
    for (let index = this.#waiting.length - 1; index >= 0; index--) {
      const entry = this.#waiting[index];
      if (entry !== undefined) yield entry;
    }
  }

  /** Returns the entries that may leave now, in order; none while the maximum is in flight. */
  next(): Entry[] {
    return this.#waiting.slice(0, Math.max(0, offersInFlightMax - this.#inFlight.size));
  }

  /** Puts an entry among the waiting ones, also one that was in flight. */
  wait(entry: Entry): void {
    this.#inFlight.delete(entry);
    const index = this.#indexOf(entry);
    if (this.#waiting[index] !== entry) this.#waiting.splice(index, 0, entry);
  }

  depart(entry: Entry): void {
    this.#stopWaiting(entry);
    this.#inFlight.add(entry);
  }

  remove(entry: Entry): void {
    this.#stopWaiting(entry);
    this.#inFlight.delete(entry);
  }

  #stopWaiting(entry: Entry): void {
    const index = this.#indexOf(entry);
    if (this.#waiting[index] === entry) this.#waiting.splice(index, 1);
  }

  /** The index at which the entry stands, or belongs. */
  #indexOf(entry: Entry): number {
    let [from, to] = [0, this.#waiting.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const other = this.#waiting[middle];
      if (other !== undefined && isBefore(other, entry)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/** Several conversations with one recipient count each by itself; the id makes the order unique. */
function isBefore(one: Queued, other: Queued): boolean {
  return one.sequence < other.sequence || (one.sequence === other.sequence && one.id < other.id);
}
