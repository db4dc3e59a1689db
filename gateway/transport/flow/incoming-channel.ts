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
  #held: Map<number, Uint8Array | UnfinishedMessage> | undefined;
  /**
   * Packets in whose memory held messages lie, and how many do: copying each costs more than all else that it needs. One
   * small message keeps all of its packet, so these have a bound of their own, a window; past it, copies are made.
   */
  #packets: Map<ArrayBufferLike, number> | undefined;
  #packetBytes = 0;
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
    const isWhole = payload.length === total;
    if (isWhole && message === this.#expected) {
      // However full the budget is: this is what the others wait for.
      if (this.#held !== undefined) this.#release(message);
      this.#pass(payload);
      this.#passFinished();
      return 'taken';
    }
    let held = this.#held?.get(message);
    if (held === undefined) {
      const cost = total + messageOverheadBytes;
      // A sender that keeps to its credit never comes past the window.
      if (this.#heldCost + cost > this.#window || !this.#budget.take(cost)) return 'limit';
      this.#heldCost += cost;
      if (isWhole) held = this.#keepPacket(payload.buffer) ? payload : payload.slice();
      else held = new UnfinishedMessage(total);
      this.#held ??= new Map<number, Uint8Array | UnfinishedMessage>();
      this.#held.set(message, held);
    }
    if (held instanceof Uint8Array) return held.length === total ? 'taken' : 'malformed';
    // A copy of the whole comes where parts of it were held: it is all parts in one.
    if (held.bytes.length !== total) return 'malformed';
    held.add(frame.offset, payload);
    if (held.parts.rangeCount > partsApartMax) return 'limit';
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
    this.#held = undefined;
    this.#budget.giveBack(this.#packetBytes);
    this.#packetBytes = 0;
    this.#packets = undefined;
  }

  #keepPacket(packet: ArrayBufferLike): boolean {
    this.#packets ??= new Map<ArrayBufferLike, number>();
    const holders = this.#packets.get(packet) ?? 0;
    if (holders === 0) {
      if (this.#packetBytes + packet.byteLength > this.#window) return false;
      if (!this.#budget.take(packet.byteLength)) return false;
      this.#packetBytes += packet.byteLength;
    }
    this.#packets.set(packet, holders + 1);
    return true;
  }

  #releasePacket(packet: ArrayBufferLike): void {
    const holders = this.#packets?.get(packet);
    if (holders === undefined) return;
    if (holders > 1) this.#packets?.set(packet, holders - 1);
    else {
      this.#packets?.delete(packet);
      this.#packetBytes -= packet.byteLength;
      this.#budget.giveBack(packet.byteLength);
    }
  }

  #passFinished(): void {
    const held = this.#held;
    if (held === undefined) return;
    for (;;) {
      const next = held.get(this.#expected);
      const bytes = next instanceof Uint8Array ? next : next?.whole;
      if (bytes === undefined) break;
      this.#release(this.#expected);
      this.#pass(bytes);
    }
    // Most of the time nothing is missing, and an idle connection is to be small.
    if (held.size === 0) this.#held = this.#packets = undefined;
  }

  /** What is held of a message, if anything, is held no longer. */
  #release(message: number): void {
    const held = this.#held?.get(message);
    if (held === undefined) return;
    this.#held?.delete(message);
    const isWhole = held instanceof Uint8Array;
    const cost = (isWhole ? held : held.bytes).length + messageOverheadBytes;
    this.#heldCost -= cost;
    this.#budget.giveBack(cost);
    if (isWhole) this.#releasePacket(held.buffer);
  }

  #pass(bytes: Uint8Array): void {
    this.#expected++;
    this.#deliveredCost += bytes.length + messageOverheadBytes;
    this.#deliver(bytes);
  }
}

/** A message of which parts are there. */
class UnfinishedMessage {
  readonly bytes: Uint8Array;
  readonly parts = new RangeSet();
  #missing: number;

  constructor(total: number) {
    this.bytes = new Uint8Array(total);
    this.#missing = total;
  }

  add(offset: number, payload: Uint8Array): void {
    this.bytes.set(payload, offset);
    this.#missing -= this.parts.add(offset, offset + payload.length);
  }

  /** Undefined while something is missing. */
  get whole(): Uint8Array | undefined {
    return this.#missing > 0 ? undefined : this.bytes;
  }
}
