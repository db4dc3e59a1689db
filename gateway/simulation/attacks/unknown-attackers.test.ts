import { attackKinds } from './attack-kinds.ts';
import { describeAttacks } from './attacks.contract.ts';

describeAttacks(
  'an attacker with fresh keys from one address',
  'unknown',
  new Set(attackKinds.map(({ name }) => name)),
);
