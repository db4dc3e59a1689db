/** Counts events for each key. Each event counts for one interval after the one before it is over. */
export class RecentCounts {
  readonly #intervalMs: number;
  /** When no event of a key counts any longer, the least recently used key first. */
  readonly #emptyAtMs = new Map<string, number>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  count(nowMs: number, key: string): number {
    const emptyAtMs = this.#emptyAtMs.get(key) ?? nowMs;
    return Math.max(0, Math.ceil((emptyAtMs - nowMs) / this.#intervalMs));
  }

  add(nowMs: number, key: string): void {
    for (const [other, emptyAtMs] of this.#emptyAtMs) {
      if (emptyAtMs > nowMs) break;
      this.#emptyAtMs.delete(other);
    }
    const emptyAtMs = Math.max(nowMs, this.#emptyAtMs.get(key) ?? nowMs) + this.#intervalMs;
    this.#emptyAtMs.delete(key);
    this.#emptyAtMs.set(key, emptyAtMs);
  }
}
