/**
 * The minimum of recent values, kept as three candidates: the best, and its successors when it is too old. Follows Linux
 * (lib/win_minmax.c, by Kathleen Nichols): constant work and memory per value. While values only rise, the answer may be
 * that of a slightly shorter window.
 */
export class WindowedMinimum {
  #bestAtMs = Number.NEGATIVE_INFINITY;
  #best = Number.POSITIVE_INFINITY;
  #secondAtMs = Number.NEGATIVE_INFINITY;
  #second = Number.POSITIVE_INFINITY;
  #thirdAtMs = Number.NEGATIVE_INFINITY;
  #third = Number.POSITIVE_INFINITY;

  /** Adds a value; returns the minimum of the values of the last `overMs`, this one included. */
  add(nowMs: number, value: number, overMs: number): number {
    if (value <= this.#best || nowMs - this.#thirdAtMs > overMs) {
      this.#bestAtMs = this.#secondAtMs = this.#thirdAtMs = nowMs;
      this.#best = this.#second = this.#third = value;
      return value;
    }
    if (value <= this.#second) {
      this.#secondAtMs = this.#thirdAtMs = nowMs;
      this.#second = this.#third = value;
    } else if (value <= this.#third) {
      this.#thirdAtMs = nowMs;
      this.#third = value;
    }
    this.#age(nowMs, value, overMs);
    return this.#best;
  }

  #age(nowMs: number, value: number, overMs: number): void {
    const ageMs = nowMs - this.#bestAtMs;
    if (ageMs > overMs) {
      this.#promote(nowMs, value);
      // The second was too old, too.
      if (nowMs - this.#bestAtMs > overMs) this.#promote(nowMs, value);
    } else if (this.#secondAtMs === this.#bestAtMs && ageMs > overMs / 4) {
      // A quarter of the window passed without a better second value: take one from the second quarter.
      this.#secondAtMs = this.#thirdAtMs = nowMs;
      this.#second = this.#third = value;
    } else if (this.#thirdAtMs === this.#secondAtMs && ageMs > overMs / 2) {
      this.#thirdAtMs = nowMs;
      this.#third = value;
    }
  }

  #promote(nowMs: number, value: number): void {
    this.#bestAtMs = this.#secondAtMs;
    this.#best = this.#second;
    this.#secondAtMs = this.#thirdAtMs;
    this.#second = this.#third;
    this.#thirdAtMs = nowMs;
    this.#third = value;
  }
}
