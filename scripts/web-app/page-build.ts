import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { PreprocessorGroup } from 'svelte/compiler';
import type { UserConfig } from 'vite';
import { evaluatedModule } from './evaluated-module.ts';
import { precompressed } from './precompressed.ts';

/**
 * The Content-Security-Policy forbids the style that bits-ui has in the markup of an item of a command list. The element around the item
 * draws nothing, so it needs no style.
 */
const withoutInlineStyle: PreprocessorGroup = {
  name: 'without-inline-style',
  markup: ({ content }) => ({ code: content.replaceAll(' style="display: contents;"', '') }),
};

/**
 * How a page of the web app is built, alone in a folder: the user's app, or the page of a guest. `page` is its file in web/ and
 * in dist/`folder`.
 */
export function pageBuild(page: string, folder: string): UserConfig {
  return {
    root: 'web',
    plugins: [
      svelte({ configFile: false, preprocess: withoutInlineStyle }),
      evaluatedModule(
        new URL('../../web/src/bridge/checked-schemas.ts', import.meta.url),
        () => import('../../web/src/bridge/checked-schemas.ts'),
      ),
      precompressed(),
    ],
    build: {
      outDir: `../dist/${folder}`,
      emptyOutDir: true,
      rolldownOptions: { input: `web/${page}` },
      // The licences of the bundled packages ask for this file.
      license: { fileName: 'licenses.md' },
      // scripts/web-app/first-load.ts reads from it what the page requests at its start.
      manifest: true,
      // The Content-Security-Policy allows no data: URIs for fonts.
      assetsInlineLimit: 0,
      modulePreload: {
        // The polyfill would be an inline script, which the Content-Security-Policy forbids.
        polyfill: false,
        // A part on demand names its styles only. The names of its scripts, to request them sooner, are 1 kB of the first load, and the
        // gateway is on the same computer or its network.
        resolveDependencies: (_file, files, { hostType }) =>
          hostType === 'html' ? files : files.filter((file) => file.endsWith('.css')),
      },
    },
  };
}
