import { setMaxListeners } from 'node:events';
import { guestAttacks, type Victim } from './guest-attacks.ts';

/** What guest-attack.ts tells this process, as its one argument, in JSON. */
export interface GuestAttackOrder {
  readonly name: string;
  readonly seconds: number;
  readonly victim: Victim;
}
/** This process attacks for the time it was told, and says how often it did it. */
export interface GuestAttackReport {
  readonly done: number;
}

const { name, seconds, victim } = JSON.parse(process.argv[2] ?? '') as GuestAttackOrder;
const attack = guestAttacks.find((each) => each.name === name);
if (attack === undefined) throw new Error(`there is no attack ${name}`);

/** All of 127.0.0.0/8 is this machine, so the attacker has several addresses. */
const addresses = 8;

const controller = new AbortController();
const stop = controller.signal;
setTimeout(() => controller.abort(), seconds * 1_000);
setMaxListeners(0, stop);
let done = 0;
await Promise.all(
  Array.from({ length: attack.width }, async (_none, index) => {
    while (!stop.aborted) {
      done += (await attack.run(victim, `127.0.0.${101 + (index % addresses)}`, stop)) ?? 1;
      // Without it, an attack that is refused at once would leave no time for the others.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }),
);
process.send?.({ done } satisfies GuestAttackReport);
process.disconnect();
process.exit(0);
