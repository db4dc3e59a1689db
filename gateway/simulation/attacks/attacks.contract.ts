import { describe, expect, it } from 'vitest';
import { attackKinds, type AttackKeys } from './attack-kinds.ts';
import { brokenPromises, runAttack } from './simulated-attack.ts';

/** `npm run simulate -- --attacks` runs them for a minute each. */
const attackMs = 5_000;

/** docs/SECURITY.md names these titles. */
const attacks: readonly (readonly [title: string, name: string])[] = [
  ['A1: large messages that are announced and never sent hold back no message at a server', 'A1 server'],
  ['A1: large messages that are announced and never sent hold back no message at a client', 'A1 client'],
  ['A2: nonsense from peers that take no answers fills no memory and delays no answer', 'A2'],
  ['A3: connections that never register keep no newcomer out of a server', 'A3 server'],
  ['A3: connections that never say anything keep no newcomer away from a client', 'A3 client'],
  ['A4: a flood of words takes the processor from no one', 'A4'],
  ['A5: path challenges cost little, and reflect little to an address that proved nothing', 'A5'],
  ['A6: full mailboxes still take the messages of people that their owners know', 'A6'],
  ['A7: long messages of people that the user never answered fill no disk', 'A7'],
  ['A8: reported addresses make no client flood a machine that takes no part', 'A8'],
  ['A9: datagrams of another version make a few notices at a server', 'A9 server'],
  ['A9: datagrams of another version make a few notices at a client', 'A9 client'],
];

/** The tests of all attacks with these keys. Each kind of keys has a file of its own, so that both run side by side. */
export function describeAttacks(attacker: string, keys: AttackKeys): void {
  describe(attacker, () => {
    it.each(attacks)('%s', (_title, name) => {
      const kind = attackKinds.find((candidate) => candidate.name === name);
      if (kind === undefined) throw new Error(`there is no attack ${name}`);
      const result = runAttack(kind, keys, attackMs);
      expect(result.reachedPerSecond).toBeGreaterThan(0);
      expect(brokenPromises(result, attackMs)).toEqual([]);
    });
  });
}
