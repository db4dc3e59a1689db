import { describe, it } from 'vitest';
import { pinnedSeeds } from '../chat/pinned-seeds.ts';
import { runRoomStorm } from './room-storm.ts';

describe('a storm over rooms', () => {
  // `npm run simulate -- --rooms` runs any number of seeds. A seed that fails there is pinned here.
  it.each([...Array.from({ length: 20 }, (_, index) => index + 1), ...pinnedSeeds.rooms])(
    'seed %i: one order for all, and nothing lost or shown twice',
    (seed) => {
      runRoomStorm(seed);
    },
  );
});
