import type { SeededRandom } from '../net/seeded-random.ts';

/** What can happen in a storm over the whole chat. */
const hazards = [
  ...(['kill', 'kill server', 'die', 'server dies', 'wipe', 'restore', 'cut', 'leave', 'new key'] as const),
  ...(['wall clock', 'leap', 'sleep', 'full disk', 'weather', 'receipts'] as const),
];
export type Hazard = (typeof hazards)[number];

/** Each storm has some of it, so that many storms show one thing alone. */
export function drawHazards(chance: SeededRandom): Hazard[] {
  return hazards.filter(() => chance.below(2) === 0);
}
