import type { DataFrame } from '../../../shared/wire/frames.ts';
import { transportMessageBytesMax } from '../../../shared/limits.ts';
import type { MemoryShare } from './flow-options.ts';
import { messageOverheadBytes } from './settings.ts';
import { UnfinishedMessage } from './unfinished-message.ts';

/** The memory of a message that waits whole, besides its bytes: a view of them, and an entry in a map. */
const heldMessageBytes = 128;

/** The receiving half of a channel: joins fragments and puts messages in order. */
export class IncomingChannel {
  readonly #window: number;
  /** PROTOCOL 8.21: with less credit left, the sender might wait with its next message for ever. */
  readonly #creditLeftMin: number;
  readonly #budget: MemoryShare;
  readonly #deliver: (bytes: Uint8Array) => void;
  #expected = 0;
  /** Messages that wait for fragments or for earlier messages, by number. */
  #held: Map<number, Uint8Array | UnfinishedMessage> | undefined;
  /**
   * The packets that hold waiting messages in their memory, with the number of those messages. A copy of each message would cost
   * more than all its other handling. One small message keeps its whole packet, so these packets have their own bound,
   * a window. Past it, messages are copied.
   */
  #packets: Map<ArrayBufferLike, number> | undefined;
  #packetBytes = 0;
  #heldCost = 0;
  #deliveredCost = 0;
  #granted: number;

  constructor(window: number, budget: MemoryShare, deliver: (bytes: Uint8Array) => void) {
    this.#window = window;
    this.#creditLeftMin = Math.min(window, transportMessageBytesMax + messageOverheadBytes);
    this.#budget = budget;
    this.#deliver = deliver;
    this.#granted = window;
  }

  /** Whether no part of this message was taken yet. */
  isNew(message: number): boolean {
    return message >= this.#expected && this.#held?.has(message) !== true;
  }

  /** Returns why the frame was dropped; undefined if it was taken, or was a duplicate. */
  handle(frame: DataFrame): 'malformed' | 'limit' | undefined {
    const { message, total, payload } = frame;
    if (message < this.#expected) return undefined;
    const isWhole = payload.length === total;
    if (isWhole && message === this.#expected) {
      // This message passes even when the budget is full, because the others wait for it.
      if (this.#held !== undefined) this.#release(message);
      this.#pass(payload);
      this.#passFinished();
      return undefined;
    }
    const held = this.#held?.get(message);
    if (held instanceof Uint8Array) return held.length === total ? undefined : 'malformed';
    // A copy of the whole message arrives where fragments are held: it counts as one fragment with all bytes.
    if (held !== undefined && held.total !== total) return 'malformed';
    // A sender that obeys its credit never exceeds the window.
    if (held === undefined && this.#heldCost + total + messageOverheadBytes > this.#window) return 'limit';
    const isTaken =
      held === undefined && isWhole ? this.#holdWhole(message, payload) : this.#holdPart(held, frame);
    if (!isTaken) return 'limit';
    if (held === undefined) this.#heldCost += total + messageOverheadBytes;
    this.#passFinished();
    return undefined;
  }

  /** True while messages wait for fragments or for earlier messages. */
  get isHolding(): boolean {
    return this.#heldCost > 0;
  }

  /** True when half of the granted credit is used up, or the rest is too little for the largest message. */
  get isCreditDue(): boolean {
    const left = this.#granted - this.#deliveredCost;
    return left <= this.#window / 2 || left < this.#creditLeftMin;
  }

  /** Called when CREDIT is sent; returns its limit. */
  grant(): number {
    this.#granted = this.#deliveredCost + this.#window;
    return this.#granted;
  }

  discard(): void {
    for (const held of this.#held?.values() ?? []) this.#budget.giveBack(this.#memoryOf(held));
    this.#heldCost = 0;
    this.#held = undefined;
    this.#budget.giveBack(this.#packetBytes);
    this.#packetBytes = 0;
    this.#packets = undefined;
  }

  #hold(message: number, held: Uint8Array | UnfinishedMessage): void {
    this.#held ??= new Map<number, Uint8Array | UnfinishedMessage>();
    this.#held.set(message, held);
  }

  #holdWhole(message: number, payload: Uint8Array): boolean {
    const isInPacket = this.#keepPacket(payload.buffer);
    if (!this.#budget.take(heldMessageBytes + (isInPacket ? 0 : payload.length))) {
      if (isInPacket) this.#releasePacket(payload.buffer);
      return false;
    }
    this.#hold(message, isInPacket ? payload : payload.slice());
    return true;
  }

  #holdPart(known: UnfinishedMessage | undefined, { message, total, offset, payload }: DataFrame): boolean {
    const isAwaited = message === this.#expected;
    const unfinished = known ?? UnfinishedMessage.begin(total, this.#budget, isAwaited);
    if (unfinished?.add(offset, payload, isAwaited) === true) {
      if (known === undefined) this.#hold(message, unfinished);
      return true;
    }
    if (known === undefined && unfinished !== undefined) this.#budget.giveBack(unfinished.memoryBytes);
    return false;
  }

  /** The bytes of the budget that a held message uses, without the packet that it may lie in. */
  #memoryOf(held: Uint8Array | UnfinishedMessage): number {
    if (!(held instanceof Uint8Array)) return held.memoryBytes;
    return heldMessageBytes + (this.#packets?.has(held.buffer) === true ? 0 : held.length);
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
      const bytes = next instanceof Uint8Array ? next : next?.join();
      if (bytes === undefined) break;
      this.#release(this.#expected);
      this.#pass(bytes);
    }
    // Usually nothing is missing, and an idle connection should be small.
    if (held.size === 0) this.#held = this.#packets = undefined;
  }

  /** Frees what is held of a message, if anything. */
  #release(message: number): void {
    const held = this.#held?.get(message);
    if (held === undefined) return;
    this.#held?.delete(message);
    const isWhole = held instanceof Uint8Array;
    this.#heldCost -= (isWhole ? held.length : held.total) + messageOverheadBytes;
    this.#budget.giveBack(this.#memoryOf(held));
    if (isWhole) this.#releasePacket(held.buffer);
  }

  #pass(bytes: Uint8Array): void {
    this.#expected++;
    this.#deliveredCost += bytes.length + messageOverheadBytes;
    this.#deliver(bytes);
  }
}
