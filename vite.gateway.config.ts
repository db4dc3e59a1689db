import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/**
 * The gateway with its packages in one file, dist/gateway.js, since Node refuses TypeScript under node_modules. Only
 * sodium-native stays outside: it is a native library for each system. The published package contains it.
 */
export default defineConfig({
  define: { __CHATAGRAM_VERSION__: JSON.stringify(version) },
  publicDir: false,
  ssr: { noExternal: true, external: ['sodium-native'], target: 'node' },
  build: {
    ssr: 'gateway/main.ts',
    outDir: 'dist',
    emptyOutDir: false,
    target: 'node24',
    // The licences of the bundled packages ask for this file.
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      output: {
        entryFileNames: 'gateway.js',
        codeSplitting: false,
        // Node keeps the text of the program in memory. Names stay: a stack trace in a report has to be readable.
        minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
      },
    },
  },
});
