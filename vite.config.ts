import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: 'web',
  plugins: [svelte()],
  build: { outDir: '../dist/web', emptyOutDir: true },
  test: { root: '.', include: ['{shared,gateway,web,scripts}/**/*.test.ts'], exclude: ['**/node_modules/**'] },
});
