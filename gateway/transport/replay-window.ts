/**
 * Which packet counters came already (RFC 6479, with its bit map in blocks that go round). The window is what the map
 * holds without the block that is being filled: nobody has to shift bits.
 */
export class ReplayWindow {
  readonly #blocks = new Uint32Array(blockCount);
  #largest = -1;

  /** The largest counter that was added, -1 before any. */
  get largest(): number {
    return this.#largest;
  }

  /** Whether this counter did not come yet, and is not too old to be told. */
  accepts(counter: number): boolean {
    if (counter > this.#largest) return true;
    if (this.#largest - counter >= replayWindowSize) return false;
    return ((this.#blocks[blockOf(counter)] ?? 0) & bitOf(counter)) === 0;
  }

  /** Only after the packet was authenticated: else a forged one would shut out genuine ones. */
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
/** PROTOCOL 5.3 asks for at least 2,048. */
export const replayWindowSize = (blockCount - 1) * blockBits;

function blockOf(counter: number): number {
  return Math.floor(counter / blockBits) % blockCount;
}

function bitOf(counter: number): number {
  return 1 << (counter % blockBits);
}
