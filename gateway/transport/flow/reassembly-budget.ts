/** Bytes of messages that wait for their missing parts or for earlier ones, of all connections of an endpoint. */
export class ReassemblyBudget {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  take(byteCount: number): boolean {
    if (this.#bytes + byteCount > this.#bytesMax) return false;
    this.#bytes += byteCount;
    return true;
  }

  giveBack(byteCount: number): void {
    this.#bytes -= byteCount;
  }
}
