import { describe, it } from 'vitest';
import { pinnedSeeds } from '../chat/pinned-seeds.ts';
import { runFileStorm } from './file-storm.ts';

describe('files of several people under faults', () => {
  // `npm run simulate -- --files` runs any number of seeds. A seed that fails there is pinned here.
  it.each([...Array.from({ length: 10 }, (_, index) => index + 1), ...pinnedSeeds.files])(
    'seed %i: each file that ends is right, each one of an author that stays ends, and no counted piece comes twice',
    (seed) => {
      runFileStorm(seed);
    },
  );
});
