import { describeAttacks } from './attacks.contract.ts';

describeAttacks('an attacker with 64 registered keys from 8 addresses', 'registered');
