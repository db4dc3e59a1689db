import type { AttackKind } from '../../gateway/simulation/attacks/attack-kinds.ts';

/** The base for all other rows: the same users, and an attacker that is connected and does nothing. */
export const noAttack: AttackKind = {
  name: 'none',
  what: 'does nothing',
  target: 'server',
  wantedPerSecond: 0,
  unit: '',
  begin: () => ({ tick: () => undefined, done: 0 }),
};
