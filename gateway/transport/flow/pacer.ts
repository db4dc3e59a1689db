/** What may leave at once: so many bytes, or what the rate allows in so many ms, whichever is more. */
export interface Burst {
  readonly bytesMin: number;
  /** After a pause. */
  readonly ms: number;
  /** While packets wait for the pacer: timers fire a ms or two late, and what was due by then may leave together. */
  readonly lateMs: number;
}

/** RFC 9002 7.7: bursts must not exceed the initial window. */
export const promptBurst: Burst = { bytesMin: 10 * 1_232, ms: 3, lateMs: 3 };
/** A queue of five packets must hold a burst of bulk beside what it holds already. */
export const bulkBurst: Burst = { bytesMin: 2 * 1_232, ms: 0.1, lateMs: 2 };
/** Small enough to wait for, large enough to be worth a timer. */
const portionBytes = 1_232;

/** Spreads packets over the round trip time (RFC 9002 7.7), as a leaky bucket. */
export class Pacer {
  readonly #burst: Burst;
  #bytes: number;
  #updatedAtMs: number;
  /** Whether a packet has found the pacer closed since it was open last. */
  #isAwaited = false;

  constructor(nowMs: number, burst: Burst) {
    this.#burst = burst;
    this.#bytes = burst.bytesMin;
    this.#updatedAtMs = nowMs;
  }

  isOpen(nowMs: number, bytesPerMs: number): boolean {
    if (bytesPerMs === Number.POSITIVE_INFINITY) return true;
    this.#refill(nowMs, bytesPerMs);
    // A byte of tolerance: sums of fractions must not leave a wait of 0 ms.
    const isOpen = this.#bytes >= portionBytes - 1;
    this.#isAwaited = !isOpen;
    return isOpen;
  }

  onSent(byteCount: number): void {
    // A burst that left while no rate was known is not paid back later.
    this.#bytes = Math.max(this.#bytes - byteCount, -Math.max(byteCount, portionBytes));
  }

  opensAtMs(bytesPerMs: number): number {
    return this.#updatedAtMs + Math.max(0, portionBytes - this.#bytes) / bytesPerMs;
  }

  #refill(nowMs: number, bytesPerMs: number): void {
    // Packets that were due when the turn began may leave in it, however many they are.
    if (nowMs <= this.#updatedAtMs) return;
    const { bytesMin, ms, lateMs } = this.#burst;
    const most = Math.max(bytesMin, bytesPerMs * (this.#isAwaited ? lateMs : ms));
    this.#bytes = Math.min(most, this.#bytes + (nowMs - this.#updatedAtMs) * bytesPerMs);
    this.#updatedAtMs = nowMs;
  }
}
