/** Allows each key once per interval. Remembers a bounded number of keys; past it, refuses every new key. */
export class OncePerInterval {
  readonly #intervalMs: number;
  readonly #keysMax: number;
  /** When each key was allowed last, the oldest first. */
  #allowedAtMs = new Map<string, number>();

  constructor(intervalMs: number, keysMax: number) {
    this.#intervalMs = intervalMs;
    this.#keysMax = keysMax;
  }

  allow(nowMs: number, key: string): boolean {
    for (const [oldest, atMs] of this.#allowedAtMs) {
      if (nowMs - atMs < this.#intervalMs) break;
      this.#allowedAtMs.delete(oldest);
    }
    if (this.#allowedAtMs.has(key) || this.#allowedAtMs.size >= this.#keysMax) return false;
    this.#allowedAtMs.set(key, nowMs);
    return true;
  }
}
