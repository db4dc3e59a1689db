/** Token bucket for each key: `burst` tokens at once, then one per interval. */
export class KeyedTokenBucket {
  readonly #burst: number;
  readonly #intervalMs: number;
  /** When each bucket is full again, the least recently used key first. A key with a full bucket is not in here. */
  readonly #fullAtMs = new Map<string, number>();

  constructor(burst: number, intervalMs: number) {
    this.#burst = burst;
    this.#intervalMs = intervalMs;
  }

  /** When the next token is there; undefined if one is there now. Takes none. */
  freeAtMs(nowMs: number, key: string): number | undefined {
    const freeAtMs = (this.#fullAtMs.get(key) ?? nowMs) - (this.#burst - 1) * this.#intervalMs;
    return freeAtMs > nowMs ? freeAtMs : undefined;
  }

  /** Takes a token and returns undefined, or returns when the next token is there. */
  take(nowMs: number, key: string): number | undefined {
    this.#forgetFullBuckets(nowMs);
    const fullAtMs = Math.max(nowMs, this.#fullAtMs.get(key) ?? nowMs) + this.#intervalMs;
    const freeAtMs = fullAtMs - this.#burst * this.#intervalMs;
    if (freeAtMs > nowMs) return freeAtMs;
    this.#fullAtMs.delete(key);
    this.#fullAtMs.set(key, fullAtMs);
    return undefined;
  }

  #forgetFullBuckets(nowMs: number): void {
    for (const [key, fullAtMs] of this.#fullAtMs) {
      if (fullAtMs > nowMs) return;
      this.#fullAtMs.delete(key);
    }
  }
}
