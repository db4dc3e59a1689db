/**
 * Variable-length integers (RFC 9000 section 16): the two top bits of the first byte give the length, 1, 2, 4 or 8
 * bytes, big-endian. Values are JavaScript numbers, so 2^53 - 1 is the largest that is written or accepted.
 */

export const varintMax = Number.MAX_SAFE_INTEGER;

/** Returns the size of the shortest form, in bytes. */
export function varintBytes(value: number): 1 | 2 | 4 | 8 {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x4000_0000) return 4;
  return 8;
}

/** Writes the shortest form at `at`; returns its end. The caller has checked the room. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  if (value < 0x40) {
    target[at] = value;
    return at + 1;
  }
  if (value < 0x4000) {
    target[at] = 0x40 | (value >>> 8);
    target[at + 1] = value;
    return at + 2;
  }
  if (value < 0x4000_0000) {
    target[at] = 0x80 | (value >>> 24);
    target[at + 1] = value >>> 16;
    target[at + 2] = value >>> 8;
    target[at + 3] = value;
    return at + 4;
  }
  const high = Math.floor(value / 0x1_0000_0000);
  target[at] = 0xc0 | (high >>> 24);
  target[at + 1] = high >>> 16;
  target[at + 2] = high >>> 8;
  target[at + 3] = high;
  target[at + 4] = value >>> 24;
  target[at + 5] = value >>> 16;
  target[at + 6] = value >>> 8;
  target[at + 7] = value;
  return at + 8;
}

/** Reads varints in sequence. A truncated or too large one makes `isBroken` true and every value 0. */
export class VarintReader {
  readonly bytes: Uint8Array;
  at: number;
  isBroken = false;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  byte(): number {
    const value = this.bytes[this.at];
    if (value === undefined) return this.#break();
    this.at++;
    return value;
  }

  varint(): number {
    const { bytes, at } = this;
    const first = bytes[at];
    if (first === undefined) return this.#break();
    if (first < 0x40) {
      this.at = at + 1;
      return first;
    }
    const length = 1 << (first >>> 6);
    if (at + length > bytes.length) return this.#break();
    this.at = at + length;
    let value = first & 0x3f;
    // Multiplied, not shifted: a shift would wrap at 32 bits.
    for (let index = at + 1; index < at + length; index++) value = value * 0x100 + (bytes[index] ?? 0);
    return value <= varintMax ? value : this.#break();
  }

  /** Returns a view of the next bytes; empty if there are fewer. */
  take(byteCount: number): Uint8Array {
    if (byteCount > this.left) {
      this.#break();
      return nothing;
    }
    const view = this.bytes.subarray(this.at, this.at + byteCount);
    this.at += byteCount;
    return view;
  }

  #break(): 0 {
    this.isBroken = true;
    this.at = this.bytes.length;
    return 0;
  }
}

const nothing = new Uint8Array(0);
