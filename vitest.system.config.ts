import { defineConfig } from 'vitest/config';

/** Tests that need root on Linux: network namespaces, mounts, strace. `npm run test:system` runs them. */
export default defineConfig({
  test: {
    include: ['{gateway,bench,scripts}/**/*.system.test.ts'],
    exclude: ['**/node_modules/**'],
    // They start several gateways each, and strace slows them down.
    maxWorkers: 1,
    // Only against hanging.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
