/** A fault that is further away says nothing about the next one. */
const faultMemoryMs = 120_000;
const pauseMsMin = 1_000;
const pauseMsMax = 30_000;

/**
 * How long mail rests after a fault. Each envelope that is handed over has an answer, which a full disk makes the next
 * fault: offered again at once to everybody, they would fill the network with ever more of each other.
 */
export class FaultPause {
  #untilMs = Number.NEGATIVE_INFINITY;
  #lengthMs = 0;

  /** Until when it lasts. Faults inside a pause do not make it longer, the first one after it begins a longer one. */
  untilAfterFault(nowMs: number): number {
    if (nowMs < this.#untilMs) return this.#untilMs;
    const isNews = nowMs - this.#untilMs > faultMemoryMs;
    this.#lengthMs = isNews ? pauseMsMin : Math.min(2 * this.#lengthMs, pauseMsMax);
    return (this.#untilMs = nowMs + this.#lengthMs);
  }
}
