/** Mutates bytes millions of times a second: one buffer for all results, and a cheap random source. The same seed repeats a run. */
export class ByteMutator {
  readonly #room: Uint8Array;
  #state: number;

  /** `bytesMax`: results are cut there. */
  constructor(seed: number, bytesMax: number) {
    this.#room = new Uint8Array(bytesMax);
    // Xorshift never leaves zero.
    this.#state = (Math.imul(seed, 0x9e37_79b1) ^ 0x5bd1_e995) | 0 || 1;
  }

  /** Returns a whole number from 0 to `bound - 1`. Marsaglia, "Xorshift RNGs" (2003), with 32 bits. */
  below(bound: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) % bound;
  }

  oneOf<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('there is nothing to choose from');
    return item;
  }

  /** Changes a copy of `original` at one to four places; `other` lends parts. The result is valid until the next call. */
  mutate(original: Uint8Array, other: Uint8Array): Uint8Array {
    const room = this.#room;
    let length = Math.min(original.length, room.length);
    room.set(original.subarray(0, length));
    for (let steps = 1 + this.below(4); steps > 0; steps--) length = this.#mutateOnce(length, other);
    return room.subarray(0, length);
  }

  #mutateOnce(length: number, other: Uint8Array): number {
    const room = this.#room;
    const at = this.below(length + 1);
    switch (this.below(8)) {
      case 0:
        return at;
      case 1:
        return this.#splice(at, other);
      case 2: {
        const count = Math.min(1 + this.below(8), room.length - length);
        room.copyWithin(at + count, at, length);
        for (let place = at; place < at + count; place++) room[place] = this.below(256);
        return length + count;
      }
      case 3: {
        const end = Math.min(length, at + 1 + this.below(8));
        room.copyWithin(at, end, length);
        return length - (end - at);
      }
      case 4:
        if (at < length) room[at] = (room[at] ?? 0) ^ (1 << this.below(8));
        return length;
      case 5:
        // The bounds of lengths, counts and types lie there.
        if (at < length) room[at] = edges[this.below(edges.length)] ?? 0;
        return length;
      default:
        if (at < length) room[at] = this.below(256);
        return length;
    }
  }

  /** Ends with a part of `other`. */
  #splice(at: number, other: Uint8Array): number {
    const part = other.subarray(Math.min(at, other.length), other.length);
    const count = Math.min(part.length, this.#room.length - at);
    this.#room.set(part.subarray(0, count), at);
    return at + count;
  }
}

const edges = Uint8Array.of(
  0,
  1,
  2,
  3,
  4,
  0x17,
  0x18,
  0x1f,
  0x3f,
  0x40,
  0x5f,
  0x7f,
  0x80,
  0xbf,
  0xc0,
  0xf6,
  0xfe,
  0xff,
);
