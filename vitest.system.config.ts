import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests that need root on Linux: network namespaces, mounts, strace. `npm run test:system` runs them. */
export default defineConfig({
  test: {
    include: ['{gateway,bench,scripts}/**/*.system.test.ts'],
    exclude: ['**/node_modules/**'],
    // They start several gateways each, and strace slows them down. They wait for these processes half of their time, and
    // each makes namespaces, mounts and folders of its own, so two files run side by side.
    maxWorkers: Math.min(2, availableParallelism()),
    // Only against hanging.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
