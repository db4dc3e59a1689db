/** Doubling waits between attempts: `firstMs`, twice that, ... at most `maxMs`. */
export class BackOff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #failures = 0;

  constructor(firstMs: number, maxMs: number) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  /** Counts one more failure and returns how long to wait now, in milliseconds. */
  next(): number {
    const waitMs = Math.min(this.#firstMs * 2 ** this.#failures, this.#maxMs);
    this.#failures = Math.min(this.#failures + 1, 30);
    return waitMs;
  }

  reset(): void {
    this.#failures = 0;
  }
}
