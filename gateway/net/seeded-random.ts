/**
 * Repeatable numbers for the conditioner and for simulations: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits
 * of state, chosen because the same seed gives the same run on every machine. Never for secrets: random.ts is.
 */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 0x1_0000_0000) | 0;
    this.#c = 0x9e3779b9 | 0;
    // The author of the generator mixes 12 to 20 rounds before the first number; otherwise similar seeds begin alike.
    for (let round = 0; round < 20; round++) this.#next();
  }

  /** Returns a number from 0 (included) to 1 (excluded). */
  fraction(): number {
    return this.#next() / 0x1_0000_0000;
  }

  /** Returns a whole number from 0 to `bound - 1`. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  bytes(byteCount: number): Uint8Array {
    return Uint8Array.from({ length: byteCount }, () => this.#next() & 0xff);
  }

  #next(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + result) | 0;
    return result >>> 0;
  }
}
