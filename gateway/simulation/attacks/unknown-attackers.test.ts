import { describeAttacks } from './attacks.contract.ts';

describeAttacks('an attacker with fresh keys from one address', 'unknown');
