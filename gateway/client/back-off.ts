/** Doubling waits between tries: `firstMs`, twice that, ... at most `mostMs`. */
export class BackOff {
  readonly #firstMs: number;
  readonly #mostMs: number;
  #failures = 0;

  constructor(firstMs: number, mostMs: number) {
    this.#firstMs = firstMs;
    this.#mostMs = mostMs;
  }

  /** One more failure; gives how long to wait now, in milliseconds. */
  next(): number {
    const waitMs = Math.min(this.#firstMs * 2 ** this.#failures, this.#mostMs);
    this.#failures = Math.min(this.#failures + 1, 30);
    return waitMs;
  }

  reset(): void {
    this.#failures = 0;
  }
}
