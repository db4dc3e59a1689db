import type { DataFrame } from '../../../shared/wire/frames.ts';
import { RangeSet } from './range-set.ts';
import type { ByteBudget } from '../byte-budget.ts';
import { messageOverheadBytes } from './settings.ts';

/** Parts of a message that lie apart. An honest sender cuts the largest message in fewer. */
const partsApartMax = 1_024;

/** The receiving half of a channel: puts parts together and messages in order. */
export class IncomingChannel {
  readonly #window: number;
  readonly #budget: ByteBudget;
  readonly #deliver: (bytes: Uint8Array) => void;
  #expected = 0;
  /** Messages that wait for parts or for earlier ones, by their number. */
  #unfinished: Map<number, UnfinishedMessage> | undefined;
  #heldCost = 0;
  #deliveredCost = 0;
  #granted: number;

  constructor(window: number, budget: ByteBudget, deliver: (bytes: Uint8Array) => void) {
    this.#window = window;
    this.#budget = budget;
    this.#deliver = deliver;
    this.#granted = window;
  }

  handle(frame: DataFrame): 'taken' | 'malformed' | 'limit' {
    const { message, total, payload } = frame;
    if (message < this.#expected) return 'taken';
    if (message === this.#expected && payload.length === total) {
      // However full the budget is: this is what the others wait for.
      this.#release(message);
      this.#pass(payload);
      this.#passFinished();
      return 'taken';
    }
    this.#unfinished ??= new Map<number, UnfinishedMessage>();
    let unfinished = this.#unfinished.get(message);
    if (unfinished === undefined) {
      const cost = total + messageOverheadBytes;
      // A sender that keeps to its credit never comes past the window.
      if (this.#heldCost + cost > this.#window || !this.#budget.take(cost)) return 'limit';
      this.#heldCost += cost;
      unfinished = { bytes: new Uint8Array(total), parts: new RangeSet(), missing: total };
      this.#unfinished.set(message, unfinished);
    }
    if (unfinished.bytes.length !== total) return 'malformed';
    // Copied: a small part must not keep the whole datagram that it came in.
    unfinished.bytes.set(payload, frame.offset);
    if (total > 0) unfinished.missing -= unfinished.parts.add(frame.offset, frame.offset + payload.length);
    if (unfinished.parts.rangeCount > partsApartMax) return 'limit';
    this.#passFinished();
    return 'taken';
  }

  /** Half of what was granted is used up. */
  get isCreditDue(): boolean {
    return this.#deliveredCost + this.#window - this.#granted >= this.#window / 2;
  }

  /** Called when it leaves; returns the limit that it tells. */
  grant(): number {
    this.#granted = this.#deliveredCost + this.#window;
    return this.#granted;
  }

  discard(): void {
    this.#budget.giveBack(this.#heldCost);
    this.#heldCost = 0;
    this.#unfinished = undefined;
  }

  #passFinished(): void {
    const unfinished = this.#unfinished;
    if (unfinished === undefined) return;
    for (;;) {
      const next = unfinished.get(this.#expected);
      if (next === undefined || next.missing > 0) break;
      this.#release(this.#expected);
      this.#pass(next.bytes);
    }
    // Most of the time nothing is missing, and an idle connection is to be small.
    if (unfinished.size === 0) this.#unfinished = undefined;
  }

  /** What is held of a message, if anything, is held no longer. */
  #release(message: number): void {
    const held = this.#unfinished?.get(message);
    if (held === undefined) return;
    this.#unfinished?.delete(message);
    const cost = held.bytes.length + messageOverheadBytes;
    this.#heldCost -= cost;
    this.#budget.giveBack(cost);
  }

  #pass(bytes: Uint8Array): void {
    this.#expected++;
    this.#deliveredCost += bytes.length + messageOverheadBytes;
    this.#deliver(bytes);
  }
}

interface UnfinishedMessage {
  readonly bytes: Uint8Array;
  readonly parts: RangeSet;
  missing: number;
}
