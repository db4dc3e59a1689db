import type { SimulatedHost } from '../network/simulated-network.ts';

/**
 * Answers about a machine, for tests that ask after each instant. Its memory and its disk change only in its turns, so
 * an answer holds until the next one begins.
 */
export class TurnMemo<Key, Value> {
  readonly #host: SimulatedHost;
  readonly #answers = new Map<Key, { readonly value: Value }>();
  #asOfTurn = 0;

  constructor(host: SimulatedHost) {
    this.#host = host;
  }

  get(key: Key, read: () => Value): Value {
    // Within a turn, each input may change the answer.
    if (this.#host.isInTurn) return read();
    if (this.#asOfTurn !== this.#host.turns) {
      this.#answers.clear();
      this.#asOfTurn = this.#host.turns;
    }
    const known = this.#answers.get(key);
    if (known !== undefined) return known.value;
    const value = read();
    this.#answers.set(key, { value });
    return value;
  }

  forget(): void {
    this.#answers.clear();
  }
}
