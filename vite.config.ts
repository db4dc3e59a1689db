import { defineConfig } from 'vite';
import { pageBuild } from './scripts/web-app/page-build.ts';

/** The web app. vitest.config.ts has the tests, since `npm start` installs no test tools. */
export default defineConfig(pageBuild('index.html', 'web'));
