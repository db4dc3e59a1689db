/** Bytes that may leave at once after a pause. RFC 9002 7.7: bursts must not exceed the initial window. */
const burstBytesMin = 10 * 1_232;
/** Timers fire a ms or two late; the packets that were due by then may leave together. */
const burstMs = 3;
/** Small enough to wait for, large enough to be worth a timer. */
const portionBytes = 1_232;

/** Spreads packets over the round trip time (RFC 9002 7.7), as a leaky bucket. */
export class Pacer {
  #bytes = burstBytesMin;
  #updatedAtMs: number;

  constructor(nowMs: number) {
    this.#updatedAtMs = nowMs;
  }

  isOpen(nowMs: number, bytesPerMs: number): boolean {
    if (bytesPerMs === Number.POSITIVE_INFINITY) return true;
    this.#refill(nowMs, bytesPerMs);
    // A byte of tolerance: sums of fractions must not leave a wait of 0 ms.
    return this.#bytes >= portionBytes - 1;
  }

  onSent(byteCount: number): void {
    // A burst that left while no rate was known is not paid back later.
    this.#bytes = Math.max(this.#bytes - byteCount, -Math.max(byteCount, portionBytes));
  }

  opensAtMs(bytesPerMs: number): number {
    return this.#updatedAtMs + Math.max(0, portionBytes - this.#bytes) / bytesPerMs;
  }

  #refill(nowMs: number, bytesPerMs: number): void {
    const most = Math.max(burstBytesMin, bytesPerMs * burstMs);
    this.#bytes = Math.min(most, this.#bytes + (nowMs - this.#updatedAtMs) * bytesPerMs);
    this.#updatedAtMs = nowMs;
  }
}
