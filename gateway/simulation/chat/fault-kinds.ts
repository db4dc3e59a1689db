import type { SeededRandom } from '../../net/seeded-random.ts';

/** The faults of a storm over a whole chat. */
const faultKinds = [
  ...(['kill', 'kill server', 'die', 'server dies', 'wipe', 'restore', 'cut', 'leave', 'new key'] as const),
  ...(['wall clock', 'leap', 'sleep', 'full disk', 'network conditions', 'receipts'] as const),
];
export type FaultKind = (typeof faultKinds)[number];

/** Draws some of the faults for a storm, so that many storms show one fault alone. */
export function drawFaultKinds(chance: SeededRandom): FaultKind[] {
  return faultKinds.filter(() => chance.below(2) === 0);
}
