/** A number of bytes that all connections of an endpoint share: what one peer uses, the others cannot. */
export class ByteBudget {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  hasRoom(byteCount: number): boolean {
    return this.#bytes + byteCount <= this.#bytesMax;
  }

  take(byteCount: number): boolean {
    if (!this.hasRoom(byteCount)) return false;
    this.#bytes += byteCount;
    return true;
  }

  giveBack(byteCount: number): void {
    this.#bytes -= byteCount;
  }
}
