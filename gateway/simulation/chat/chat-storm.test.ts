import { describe, it } from 'vitest';
import { runChatStorm } from './chat-storm.ts';
import { pinnedSeeds } from './pinned-seeds.ts';

describe('a storm over the whole chat', () => {
  // `npm run simulate` runs as many as one likes; a seed that fails there is pinned here.
  it.each([...Array.from({ length: 20 }, (_, index) => index + 1), ...pinnedSeeds.chat])(
    'seed %i: nothing lost, nothing doubled, in order',
    (seed) => {
      runChatStorm(seed);
    },
  );
});
