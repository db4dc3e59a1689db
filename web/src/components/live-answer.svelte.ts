import type { AppView } from '../model/app-view.ts';

/** The newest answer to a question that a component asks again and again: other tabs and the terminal may change it. */
export class LiveAnswer<Result> {
  /** Undefined before the first answer. */
  latest = $state.raw<Result>();
  readonly #ask: () => Promise<Result | undefined>;
  #asking: Promise<void> | undefined;
  #isOutdated = false;

  /**
   * `dependsOn` reads the state in the question. A change of it is asked at once. `everyMs`: at most this often otherwise. Call this
   * where a component begins.
   */
  constructor(
    app: Pick<AppView, 'nowMs'>,
    ask: () => Promise<Result | undefined>,
    dependsOn: () => unknown = () => undefined,
    everyMs = 1_000,
  ) {
    this.#ask = ask;
    const turn = $derived(Math.floor(app.nowMs / everyMs));
    $effect(() => {
      dependsOn();
      if (turn > 0) void this.refresh();
    });
  }

  /** Resolves with an answer to a question that was asked after this call. */
  refresh(): Promise<void> {
    this.#isOutdated = true;
    // Questions must not pile up while the gateway does not answer.
    this.#asking ??= this.#askUntilNew();
    return this.#asking;
  }

  async #askUntilNew(): Promise<void> {
    while (this.#isOutdated) {
      this.#isOutdated = false;
      this.latest = (await this.#ask()) ?? this.latest;
    }
    this.#asking = undefined;
  }
}
