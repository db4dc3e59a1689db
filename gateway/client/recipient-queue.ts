import type { MessageId } from '../../shared/ids.ts';
import { offersInFlightMax } from '../../shared/limits.ts';

/** What a lane must know of a message. */
export interface InLane {
  readonly item: { readonly id: MessageId; readonly sequence: number };
}

/**
 * The messages that one person shall still get: a bounded number under way, the others waiting in the order of their
 * sequence. Nothing here costs more for a long lane than for a short one, but for the one search by sequence.
 */
export class RecipientQueue<Entry extends InLane> {
  readonly #waiting: Entry[] = [];
  readonly #underway = new Set<Entry>();

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  get underway(): Iterable<Entry> {
    return this.#underway;
  }

  /** Those whose turn it is, in order; none while as many as may be are under way. */
  next(): Entry[] {
    return this.#waiting.slice(0, Math.max(0, offersInFlightMax - this.#underway.size));
  }

  /** Takes its place among the waiting, also when it was under way. */
  wait(entry: Entry): void {
    this.#underway.delete(entry);
    const index = this.#indexOf(entry);
    if (this.#waiting[index] !== entry) this.#waiting.splice(index, 0, entry);
  }

  depart(entry: Entry): void {
    this.#stopWaiting(entry);
    this.#underway.add(entry);
  }

  remove(entry: Entry): void {
    this.#stopWaiting(entry);
    this.#underway.delete(entry);
  }

  #stopWaiting(entry: Entry): void {
    const index = this.#indexOf(entry);
    if (this.#waiting[index] === entry) this.#waiting.splice(index, 1);
  }

  /** Where it stands, or belongs. */
  #indexOf({ item: { sequence } }: Entry): number {
    let [from, to] = [0, this.#waiting.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#waiting[middle]?.item.sequence ?? 0) < sequence) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
