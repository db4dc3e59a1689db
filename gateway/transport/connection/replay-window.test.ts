import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../net/seeded-random.ts';
import { ReplayWindow, replayWindowSize } from './replay-window.ts';

const size = replayWindowSize;

/** What comes, in this order, and whether it is taken. */
const table: readonly (readonly [counter: number, taken: boolean, why: string])[] = [
  [0, true, 'the first'],
  [0, false, 'again'],
  [1, true, 'the next'],
  [1, false, 'again'],
  [9, true, 'a gap'],
  [8, true, 'in the gap'],
  [7, true, 'in the gap'],
  [7, false, 'again'],
  [31, true, 'the end of a block'],
  [32, true, 'the start of a block'],
  [31, false, 'again'],
  [size - 1, true, 'as far as the window reaches'],
  [2, true, 'as old as can be'],
  [size, true, 'the window moves'],
  [size, false, 'again'],
  [size + 5, true, 'the window moves'],
  [5, false, 'older than the window, never seen'],
  [6, true, 'the oldest in the window, never seen'],
  [6, false, 'again'],
  [3 * size, true, 'a leap past the whole window'],
  [2 * size, false, 'just outside'],
  [2 * size + 1, true, 'just inside'],
  [3 * size - 1, true, 'just before the newest'],
  [2 ** 32, true, 'past 32 bits'],
  [2 ** 32 - 1, true, 'around 32 bits'],
  [2 ** 32 - 1, false, 'again'],
  [2 ** 47, true, 'very late'],
  [2 ** 47 - size + 1, true, 'the oldest in the window'],
  [2 ** 47 - size, false, 'outside'],
  [2 ** 32, false, 'long gone'],
];

describe('ReplayWindow', () => {
  it('PROTOCOL 5.3: accepts each counter once, and none that is too old, as in the table', () => {
    expect(size).toBeGreaterThanOrEqual(2_048);
    const window = new ReplayWindow();
    for (const [counter, taken, why] of table) {
      expect(window.accepts(counter), `${counter}: ${why}`).toBe(taken);
      if (taken) window.add(counter);
    }
  });

  it('PROTOCOL 5.3: accepts the same counters as a set would, in any order', () => {
    const random = new SeededRandom(7);
    const window = new ReplayWindow();
    const seen = new Set<number>();
    let largest = 0;
    for (let round = 0; round < 20_000; round++) {
      const leap = random.below(50) === 0 ? random.below(10_000) : random.below(40);
      const counter = Math.max(0, largest + leap - random.below(size + 100));
      const expected = !seen.has(counter) && largest - counter < size;
      expect(window.accepts(counter), `round ${round}: ${counter} of ${largest}`).toBe(expected);
      if (!expected) continue;
      window.add(counter);
      seen.add(counter);
      largest = Math.max(largest, counter);
    }
  });
});
