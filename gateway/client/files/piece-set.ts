/** A set of pieces of a file: one bit for each, the first piece in the lowest bit of the first byte. */
export class PieceSet {
  readonly #pieces: number;
  readonly #bits: Uint8Array;
  #count = 0;

  /** `bits`: a set that was stored; one of another length is taken as far as it goes. */
  constructor(pieces: number, bits: Uint8Array = new Uint8Array(0)) {
    this.#pieces = pieces;
    this.#bits = new Uint8Array(Math.ceil(pieces / 8));
    for (let piece = 0; piece < pieces; piece++)
      if (((bits[piece >> 3] ?? 0) & (1 << (piece & 7))) !== 0) this.add(piece);
  }

  /** The set as it is stored. */
  get bits(): Uint8Array {
    return this.#bits.slice();
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.#pieces;
  }

  has(piece: number): boolean {
    return ((this.#bits[piece >> 3] ?? 0) & (1 << (piece & 7))) !== 0;
  }

  add(piece: number): void {
    if (piece >= this.#pieces || this.has(piece)) return;
    const byte = piece >> 3;
    this.#bits[byte] = (this.#bits[byte] ?? 0) | (1 << (piece & 7));
    this.#count++;
  }

  /** Returns the first piece from `from` on that is not in the set; the number of pieces where all are in it. */
  firstMissing(from: number): number {
    let piece = from;
    while (piece < this.#pieces) {
      const isByteFull = (piece & 7) === 0 && this.#bits[piece >> 3] === 0xff;
      if (!isByteFull && !this.has(piece)) return piece;
      piece += isByteFull ? 8 : 1;
    }
    return this.#pieces;
  }
}
