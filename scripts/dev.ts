/** `npm run dev -- <arguments>`: the usual gateway, with vite behind its origin in place of the built app. */
import path from 'node:path';
import { createServer } from 'vite';
import { runProgram } from '../gateway/cli/program.ts';
import { userFolder } from './processes.mjs';

const root = path.resolve(import.meta.dirname, '..');

const vite = await createServer({
  configFile: path.join(root, 'vite.config.ts'),
  appType: 'spa',
  server: {
    middlewareMode: true,
    // Pages come from 127.0.0.1, and "localhost" may be another address.
    hmr: { host: '127.0.0.1' },
    // The app shares code with the gateway, and takes fonts from the packages.
    fs: { allow: [root] },
  },
});

// vite has started in the root of the repository. The paths of the arguments begin where the user stands.
process.chdir(userFolder());
await runProgram(process.argv.slice(2), { type: 'middleware', handler: vite.middlewares });
// Reached only when there was nothing to run: --help, or a mistake in the arguments.
await vite.close();
