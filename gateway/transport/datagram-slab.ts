/**
 * Memory for datagrams that leave, cut from larger pieces: an allocation for each costs more than sealing its header. A
 * datagram that somebody keeps for long keeps the whole piece, so whoever does that copies it.
 */
export class DatagramSlab {
  #piece = new Uint8Array(0);
  #at = 0;

  take(byteCount: number): Uint8Array {
    if (this.#at + byteCount > this.#piece.length) {
      this.#piece = new Uint8Array(Math.max(pieceBytes, byteCount));
      this.#at = 0;
    }
    const at = this.#at;
    this.#at += byteCount;
    return this.#piece.subarray(at, this.#at);
  }
}

/** Some 50 datagrams of the usual size, 8 of the largest: small beside what the system's buffers hold. */
const pieceBytes = 64 * 1024;
