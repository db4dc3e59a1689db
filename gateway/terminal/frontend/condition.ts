/** A condition variable: waits until a predicate over the chat's state becomes true. */
export class Condition {
  readonly #checks = new Set<() => void>();
  #ended = false;

  /** Checks all waiting predicates again, because the state may have changed. */
  notify(): void {
    for (const check of this.#checks) check();
  }

  /**
   * Returns whether the predicate became true within `timeoutMs`; without `timeoutMs` it waits as long as it takes.
   * Gives up at once after `end()`.
   */
  until(predicate: () => boolean, timeoutMs?: number): Promise<boolean> {
    if (predicate() || this.#ended) return Promise.resolve(predicate());
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#checks.delete(check);
        resolve(predicate());
      };
      const check = (): void => {
        if (this.#ended || predicate()) finish();
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
