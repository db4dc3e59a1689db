import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/**
 * The gateway with all its packages in one file, dist/gateway.js: what is published has no dependencies to
 * install, and Node refuses TypeScript under node_modules.
 */
export default defineConfig({
  define: { __CHATAGRAM_VERSION__: JSON.stringify(version) },
  publicDir: false,
  ssr: { noExternal: true, target: 'node' },
  build: {
    ssr: 'gateway/main.ts',
    outDir: 'dist',
    emptyOutDir: false,
    target: 'node24',
    minify: false,
    // What is bundled asks that its licence goes along.
    license: { fileName: 'licenses.md' },
    rolldownOptions: { output: { entryFileNames: 'gateway.js', codeSplitting: false } },
  },
});
