/** Waits for conditions on what the face tells. */
export class Condition {
  readonly #checks = new Set<() => void>();
  #ended = false;

  /** Something may have changed. */
  notify(): void {
    for (const check of this.#checks) check();
  }

  /** Whether `condition` became true within `timeoutMs` (without it: ever); gives up at once after `end()`. */
  until(condition: () => boolean, timeoutMs?: number): Promise<boolean> {
    if (condition() || this.#ended) return Promise.resolve(condition());
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#checks.delete(check);
        resolve(condition());
      };
      const check = (): void => {
        if (this.#ended || condition()) finish();
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(finish, timeoutMs);
      this.#checks.add(check);
    });
  }

  end(): void {
    this.#ended = true;
    this.notify();
  }
}
