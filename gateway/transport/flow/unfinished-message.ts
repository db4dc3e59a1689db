import type { MemoryShare } from './flow-options.ts';

/** Fragments of a message with gaps between them. An honest sender cuts the largest message into fewer. */
export const separateFragmentsMax = 1_024;
/** The memory of an unfinished message without any byte. */
const emptyBytes = 384;
/** The memory of a fragment, besides its bytes: a view, the head of a buffer, and places in arrays. */
const fragmentBytes = 128;

interface Fragment {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/**
 * A message of which some fragments have arrived. PROTOCOL 8.13: its memory grows with the bytes that came, and not with the
 * length that its sender announces. Fragments stay apart until all are there, because each growth of one piece would copy it again.
 */
export class UnfinishedMessage {
  readonly total: number;
  readonly #budget: MemoryShare;
  /** The bytes before `#end`, in order and without gaps. */
  readonly #beginning: Uint8Array[] = [];
  /** So many bytes from the start are there. */
  #end = 0;
  /** By their starts, rising; all behind `#end`. */
  readonly #ahead: Fragment[] = [];
  #memoryBytes = emptyBytes;

  private constructor(total: number, budget: MemoryShare) {
    this.total = total;
    this.#budget = budget;
  }

  /** Returns undefined without room for it. The caller gives `memoryBytes` back when it drops the message. */
  static begin(total: number, budget: MemoryShare, isAwaited: boolean): UnfinishedMessage | undefined {
    return budget.take(emptyBytes, isAwaited) ? new UnfinishedMessage(total, budget) : undefined;
  }

  /** The bytes of the budget that this message uses. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** Joins the whole message; undefined while bytes are missing. */
  join(): Uint8Array | undefined {
    if (this.#end < this.total) return undefined;
    const whole = new Uint8Array(this.total);
    let place = 0;
    for (const bytes of this.#beginning) {
      whole.set(bytes, place);
      place += bytes.length;
    }
    return whole;
  }

  /**
   * Returns false if there is no room for the fragment; then nothing changes. `isAwaited`: the channel waits for this message before
   * all others.
   */
  add(offset: number, payload: Uint8Array, isAwaited: boolean): boolean {
    const end = offset + payload.length;
    if (end <= this.#end) return true;
    if (offset > this.#end) return this.#keepAhead(offset, payload, isAwaited);
    const kept = this.#keep(payload.subarray(this.#end - offset), isAwaited);
    if (kept === undefined) return false;
    this.#beginning.push(kept);
    this.#end = end;
    this.#closeGap();
    return true;
  }

  /** Moves the fragments that the beginning has reached. */
  #closeGap(): void {
    let reached = 0;
    for (const { start, end, bytes } of this.#ahead) {
      if (start > this.#end) break;
      reached++;
      // Copies have the same bytes, so it does not matter which of two overlapping ones stays.
      if (end <= this.#end) this.#giveBack(bytes);
      else {
        this.#beginning.push(bytes.subarray(this.#end - start));
        this.#end = end;
      }
    }
    if (reached > 0) this.#ahead.splice(0, reached);
  }

  #keepAhead(start: number, payload: Uint8Array, isAwaited: boolean): boolean {
    const end = start + payload.length;
    let place = this.#ahead.length;
    // Fragments usually arrive in order.
    while (place > 0 && (this.#ahead[place - 1]?.start ?? 0) > start) place--;
    if ((this.#ahead[place - 1]?.end ?? 0) >= end) return true;
    // With the beginning, they are as many separate ones.
    if (this.#ahead.length >= separateFragmentsMax) return false;
    const bytes = this.#keep(payload, isAwaited);
    if (bytes === undefined) return false;
    this.#ahead.splice(place, 0, { start, end, bytes });
    return true;
  }

  /** Takes memory for a fragment. The packet stays as it is where the fragment is most of it; else the fragment is copied. */
  #keep(payload: Uint8Array, isAwaited: boolean): Uint8Array | undefined {
    const bytes = 2 * payload.length >= payload.buffer.byteLength ? payload : payload.slice();
    if (!this.#budget.take(memoryOf(bytes), isAwaited)) return undefined;
    this.#memoryBytes += memoryOf(bytes);
    return bytes;
  }

  #giveBack(bytes: Uint8Array): void {
    this.#budget.giveBack(memoryOf(bytes));
    this.#memoryBytes -= memoryOf(bytes);
  }
}

function memoryOf({ buffer }: Uint8Array): number {
  return buffer.byteLength + fragmentBytes;
}
