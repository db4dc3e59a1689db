import { describe, expect, it } from 'vitest';
import { pinnedSeeds } from '../simulation/chat/pinned-seeds.ts';
import { crowdEvery, runTransportStorm } from '../simulation/transport/transport-storm.ts';

/** `npm run simulate -- --transport` runs as many as one likes; what fails there is pinned. */
const seeds = [...Array.from({ length: 3 * crowdEvery }, (_, index) => index + 1), ...pinnedSeeds.transport];

describe('endpoints in a storm', () => {
  it.each(seeds)(
    'PROTOCOL 8.17, seed %i: nothing is lost or doubled while its connection lives, all else is handed back, order is kept',
    (seed) => {
      const { outcomes } = runTransportStorm(seed);
      expect(outcomes.acknowledged).toBeGreaterThan(0);
    },
  );

  it('has messages with every end that there is', () => {
    const seen = new Set<string>();
    for (let seed = 101; seed < 120; seed++) {
      for (const [outcome, count] of Object.entries(runTransportStorm(seed).outcomes)) {
        if (count > 0) seen.add(outcome);
      }
    }
    expect([...seen].sort()).toEqual([
      ...['acknowledged', 'closed', 'no-connection', 'replaced', 'sender restarted', 'unreachable'],
    ]);
  });

  it.each([1, 2, crowdEvery])(
    'is the same whether wall clocks jump or not, and from run to run: seed %i',
    (seed) => {
      const still = runTransportStorm(seed, { wallClocksJump: false });
      expect(runTransportStorm(seed)).toEqual(still);
      expect(runTransportStorm(seed + 1).fingerprint).not.toBe(still.fingerprint);
    },
  );
});
