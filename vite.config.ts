import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** The web app. vitest.config.ts has the tests, since `npm start` installs no test tools. */
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
});
