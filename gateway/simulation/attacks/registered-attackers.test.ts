import { describeAttacks } from './attacks.contract.ts';

describeAttacks(
  'an attacker with 64 registered keys from 8 addresses',
  'registered',
  new Set(['A3 server', 'A3 client', 'A5', 'A7', 'A8', 'A9 server', 'A9 client']),
);
