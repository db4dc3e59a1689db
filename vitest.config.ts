import { availableParallelism } from 'node:os';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { breakable } from './web/src/components/fault-injection.ts';

/**
 * The files that take the longest, first the longest. They begin first, so that no processor is idle at the end. The
 * rest follows by the times of the last run, or by size.
 */
const longest = [
  'gateway/simulation/attacks/registered-attackers.test.ts',
  'gateway/simulation/attacks/unknown-attackers.test.ts',
  'gateway/simulation/chat/failing-writes.test.ts',
  'gateway/cli/program.test.ts',
  'gateway/transport/storm.test.ts',
  'gateway/transport/connection/key-exchange-network.test.ts',
  'gateway/simulation/chat/chat-storm.test.ts',
  'scripts/pack.test.ts',
  'gateway/simulation/chat/many-clients.test.ts',
  'gateway/simulation/chat/mail-keys-storm.test.ts',
  'gateway/system-tests/crash-run.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = longest.findIndex((file) => moduleId.endsWith(`/${file}`));
      return index === -1 ? longest.length : index;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  // Tests import modules and components of the app that are compiled by Svelte.
  plugins: [svelte({ configFile: false, preprocess: breakable })],
  test: {
    include: ['{shared,web,gateway,scripts,bench}/**/*.test.ts'],
    // Tests that need root or more programs: `npm run test:system`.
    exclude: ['**/node_modules/**', '**/*.system.test.ts'],
    setupFiles: ['web/src/i18n/test-setup.ts'],
    // Only against hanging: on a busy machine, property tests and real processes are many times slower.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // The files of one process share its loaded modules. To load and compile them again for each file takes a third of
    // the time of all tests. A file may therefore change nothing that another one could see.
    isolate: false,
    restoreMocks: true,
    sequence: { sequencer: LongestFirst },
    // Vitest alone leaves one processor free. Of two, that is half. Some tests wait for real processes and timers: with
    // one worker more than processors, another file runs then.
    maxWorkers: availableParallelism() + 1,
  },
});
