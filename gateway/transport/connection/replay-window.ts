/**
 * The packet counters that arrived already (RFC 6479: a ring of blocks of bits). The window is the map without the block
 * that is being filled, so that no bits are ever shifted.
 */
export class ReplayWindow {
  readonly #blocks = new Uint32Array(blockCount);
  #largest = -1;

  /** The largest added counter; -1 before the first. */
  get largest(): number {
    return this.#largest;
  }

  /** Returns true for a counter that is new and not too old to judge. */
  accepts(counter: number): boolean {
    if (counter > this.#largest) return true;
    if (this.#largest - counter >= replayWindowSize) return false;
    return ((this.#blocks[blockOf(counter)] ?? 0) & bitOf(counter)) === 0;
  }

  /** Must be called only after authentication: otherwise a forged packet would shut out genuine ones. */
  add(counter: number): void {
    if (counter > this.#largest) this.#advance(counter);
    this.#blocks[blockOf(counter)] = (this.#blocks[blockOf(counter)] ?? 0) | bitOf(counter);
  }

  #advance(counter: number): void {
    const newBlock = Math.floor(counter / blockBits);
    const lastBlock = Math.floor(this.#largest / blockBits);
    const cleared = Math.min(newBlock - lastBlock, blockCount);
    for (let step = 0; step < cleared; step++) this.#blocks[(newBlock - step) % blockCount] = 0;
    this.#largest = counter;
  }
}

const blockBits = 32;
const blockCount = 65;
/** PROTOCOL 5.3 requires at least 2,048. */
export const replayWindowSize = (blockCount - 1) * blockBits;

function blockOf(counter: number): number {
  return Math.floor(counter / blockBits) % blockCount;
}

function bitOf(counter: number): number {
  return 1 << (counter % blockBits);
}
