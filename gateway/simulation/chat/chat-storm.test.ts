import { describe, it } from 'vitest';
import { runChatStorm } from './chat-storm.ts';
import { pinnedSeeds } from './pinned-seeds.ts';

describe('a storm over a whole chat', () => {
  // `npm run simulate` runs any number of seeds. A seed that fails there is pinned here.
  it.each([...Array.from({ length: 20 }, (_, index) => index + 1), ...pinnedSeeds.chat])(
    'seed %i: loses no message, duplicates none, and keeps their order',
    (seed) => {
      runChatStorm(seed);
    },
  );
});
