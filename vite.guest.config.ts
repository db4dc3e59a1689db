import { defineConfig } from 'vite';
import { pageBuild } from './scripts/web-app/page-build.ts';

/** The page of a guest, in a folder of its own: the listener for guests serves nothing of the user's app. */
export default defineConfig(pageBuild('guest.html', 'guest'));
