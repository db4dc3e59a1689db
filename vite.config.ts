import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: 'web',
  plugins: [svelte({ configFile: false })],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // What is bundled asks that its licence goes along.
    license: { fileName: 'licenses.md' },
    // The Content-Security-Policy allows no data: URIs for fonts.
    assetsInlineLimit: 0,
    // Nothing is inlined, so nothing needs a polyfill that would be.
    modulePreload: { polyfill: false },
  },
  test: {
    root: '.',
    include: ['{shared,gateway,web,scripts,bench}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // By itself vitest leaves a processor to others, which on two is half of them.
    maxWorkers: '100%',
    // Only against hanging: a busy machine makes the property tests and real processes many times slower.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
