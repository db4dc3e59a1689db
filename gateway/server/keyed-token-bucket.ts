/** So many times at once, and then once in each interval, for each key or address (a token bucket). */
export class KeyedTokenBucket {
  readonly #burst: number;
  readonly #intervalMs: number;
  /** When each key will have its whole burst again; who took least recently stands first, who has it is not in here. */
  readonly #fullAtMs = new Map<string, number>();

  constructor(burst: number, intervalMs: number) {
    this.#burst = burst;
    this.#intervalMs = intervalMs;
  }

  /** Uses one up and gives undefined, or gives when there is one again. */
  take(nowMs: number, key: string): number | undefined {
    this.#forgetWhoIsFull(nowMs);
    const fullAtMs = Math.max(nowMs, this.#fullAtMs.get(key) ?? nowMs) + this.#intervalMs;
    const freeAtMs = fullAtMs - this.#burst * this.#intervalMs;
    if (freeAtMs > nowMs) return freeAtMs;
    this.#fullAtMs.delete(key);
    this.#fullAtMs.set(key, fullAtMs);
    return undefined;
  }

  #forgetWhoIsFull(nowMs: number): void {
    for (const [key, fullAtMs] of this.#fullAtMs) {
      if (fullAtMs > nowMs) return;
      this.#fullAtMs.delete(key);
    }
  }
}
