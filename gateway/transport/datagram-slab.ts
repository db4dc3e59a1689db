/**
 * Memory for outgoing datagrams, cut from larger chunks: an allocation for each would cost more than sealing its header. A
 * kept datagram keeps its whole chunk alive, so callers that keep one for long must copy it.
 */
export class DatagramSlab {
  #chunk = new Uint8Array(0);
  #at = 0;

  take(byteCount: number): Uint8Array {
    if (this.#at + byteCount > this.#chunk.length) {
      this.#chunk = new Uint8Array(Math.max(chunkBytes, byteCount));
      this.#at = 0;
    }
    const at = this.#at;
    this.#at += byteCount;
    return this.#chunk.subarray(at, this.#at);
  }
}

/** About 50 datagrams of the usual size or 8 of the largest: less than the system's buffers hold. */
const chunkBytes = 64 * 1024;
