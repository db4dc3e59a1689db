import type { MemoryShare } from './flow-options.ts';

/** Fragments of a message with gaps between them. An honest sender cuts the largest message into fewer. */
export const separateFragmentsMax = 1_024;
/** The memory of an unfinished message without any byte. */
const emptyBytes = 384;
/** The memory of a fragment that waits for those before it, besides its bytes. */
const fragmentBytes = 128;

interface Fragment {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/**
 * A message of which some fragments have arrived. PROTOCOL 8.13: its memory grows with the bytes that came, and not with the
 * length that its sender announces. The beginning lies in one piece, which doubles as it grows. Fragments behind a gap lie apart.
 */
export class UnfinishedMessage {
  readonly total: number;
  readonly #budget: MemoryShare;
  #beginning = new Uint8Array(0);
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
  static begin(total: number, budget: MemoryShare): UnfinishedMessage | undefined {
    return budget.take(emptyBytes) ? new UnfinishedMessage(total, budget) : undefined;
  }

  /** The bytes of the budget that this message uses. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** The whole message; undefined while bytes are missing. */
  get whole(): Uint8Array | undefined {
    return this.#end < this.total ? undefined : this.#beginning;
  }

  /** Returns false if there is no room for the fragment; then nothing changes. */
  add(offset: number, payload: Uint8Array): boolean {
    const end = offset + payload.length;
    if (end <= this.#end) return true;
    if (offset > this.#end) return this.#keepAhead(offset, end, payload);
    let joined = 0;
    let joinedBytes = 0;
    let newEnd = end;
    for (const fragment of this.#ahead) {
      if (fragment.start > newEnd) break;
      joined++;
      joinedBytes += memoryOf(fragment);
      newEnd = Math.max(newEnd, fragment.end);
    }
    if (!this.#grow(newEnd, joinedBytes)) return false;
    this.#beginning.set(payload, offset);
    // Copies have the same bytes, so it does not matter which of two overlapping ones stays.
    for (const { start, bytes } of this.#ahead.splice(0, joined)) this.#beginning.set(bytes, start);
    this.#end = newEnd;
    return true;
  }

  /** Makes room for the bytes before `end`, while fragments with `freedBytes` of memory go away. */
  #grow(end: number, freedBytes: number): boolean {
    const before = this.#beginning.length;
    const length = end <= before ? before : Math.min(this.total, Math.max(end, 2 * before));
    const moreBytes = length - before - freedBytes;
    if (moreBytes > 0 && !this.#budget.take(moreBytes)) return false;
    if (moreBytes < 0) this.#budget.giveBack(-moreBytes);
    this.#memoryBytes += moreBytes;
    if (length === before) return true;
    const grown = new Uint8Array(length);
    grown.set(this.#beginning.subarray(0, this.#end));
    this.#beginning = grown;
    return true;
  }

  #keepAhead(start: number, end: number, payload: Uint8Array): boolean {
    let place = this.#ahead.length;
    // Fragments usually arrive in order.
    while (place > 0 && (this.#ahead[place - 1]?.start ?? 0) > start) place--;
    if ((this.#ahead[place - 1]?.end ?? 0) >= end) return true;
    // With the beginning, they are as many separate ones.
    if (this.#ahead.length >= separateFragmentsMax) return false;
    const fragment = { start, end, bytes: payload };
    if (!this.#budget.take(memoryOf(fragment))) return false;
    this.#memoryBytes += memoryOf(fragment);
    this.#ahead.splice(place, 0, { start, end, bytes: payload.slice() });
    return true;
  }
}

function memoryOf({ bytes }: Fragment): number {
  return bytes.length + fragmentBytes;
}
