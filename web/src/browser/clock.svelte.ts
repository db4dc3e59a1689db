/** The wall clock for countdowns and day lines. It ticks once a second while the page is visible. */
export class Clock {
  #nowMs = $state(Date.now());
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    document.addEventListener('visibilitychange', () => this.#follow());
    this.#follow();
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  #follow(): void {
    clearInterval(this.#timer);
    if (document.visibilityState === 'hidden') return;
    this.#nowMs = Date.now();
    this.#timer = setInterval(() => (this.#nowMs = Date.now()), 1_000);
  }
}
