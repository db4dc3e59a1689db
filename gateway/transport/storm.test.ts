import { describe, expect, it } from 'vitest';
import { pinnedSeeds } from '../simulation/chat/pinned-seeds.ts';
import { crowdEvery, runTransportStorm } from '../simulation/transport/transport-storm.ts';

/** `npm run simulate -- --transport` runs as many as one likes; what fails there is pinned. */
const seeds = [...Array.from({ length: 3 * crowdEvery }, (_, index) => index + 1), ...pinnedSeeds.transport];

describe('endpoints in a storm', () => {
  it.each(seeds)(
    'PROTOCOL 8.17, seed %i: no message is lost or doubled while its connection lives, all others are returned, and order is kept',
    (seed) => {
      const { outcomes } = runTransportStorm(seed);
      expect(outcomes.acknowledged).toBeGreaterThan(0);
    },
  );

  it('gives messages every possible outcome', () => {
    const seen = new Set<string>();
    for (let seed = 101; seed < 120; seed++) {
      for (const [outcome, count] of Object.entries(runTransportStorm(seed).outcomes)) {
        if (count > 0) seen.add(outcome);
      }
    }
    expect([...seen].sort()).toEqual([
      'acknowledged',
      'closed',
      'no-connection',
      'replaced',
      'sender restarted',
      'unreachable',
    ]);
  });

  it.each([1, 2, crowdEvery])('is the same in each run, whether wall clocks jump or not: seed %i', (seed) => {
    const still = runTransportStorm(seed, { wallClocksJump: false });
    expect(runTransportStorm(seed)).toEqual(still);
    expect(runTransportStorm(seed + 1).fingerprint).not.toBe(still.fingerprint);
  });
});
