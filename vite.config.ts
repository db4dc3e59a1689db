import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const unitTests = {
  root: '.',
  // Tests that need root or more programs: `npm run test:system`.
  exclude: ['**/node_modules/**', '**/*.system.test.ts'],
  // Only against hanging: on a busy machine, property tests and real processes are many times slower.
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

/**
 * Tests that share the loaded modules of their process. Loading them again for each file would take longer than these tests
 * themselves. They change nothing that another file could see.
 */
const sharingFiles = ['{shared,web,gateway/{client,server,store,terminal}}/**/*.test.ts'];

export default defineConfig({
  root: 'web',
  plugins: [svelte({ configFile: false })],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The licences of the bundled packages ask for this file.
    license: { fileName: 'licenses.md' },
    // The Content-Security-Policy allows no data: URIs for fonts.
    assetsInlineLimit: 0,
    // The polyfill would be an inline script, which the Content-Security-Policy forbids.
    modulePreload: { polyfill: false },
  },
  test: {
    root: '.',
    // Vitest alone leaves one processor free. Of two, that is half.
    maxWorkers: '100%',
    projects: [
      { extends: true, test: { ...unitTests, name: 'shared', isolate: false, include: sharingFiles } },
      {
        extends: true,
        test: {
          ...unitTests,
          name: 'isolated',
          include: ['{gateway,scripts,bench}/**/*.test.ts'],
          exclude: [...unitTests.exclude, ...sharingFiles],
        },
      },
    ],
  },
});
