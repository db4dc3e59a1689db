// `npm run build`: what is published, in dist/: the web app, the gateway in one file, and the command.
import { chmodSync, copyFileSync } from 'node:fs';
import path from 'node:path';
import { fail, root, run, say, SetupError } from './processes.mjs';
import { setUp } from './setup.mjs';

try {
  const node = await setUp();
  say('Bundling the gateway ...');
  const vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const config = ['--config', 'vite.gateway.config.ts', '--logLevel', 'warn'];
  if ((await run(node, [vite, 'build', ...config])) !== 0) {
    throw new SetupError('The gateway could not be bundled; see the words of vite above.');
  }
  const command = path.join(root, 'dist', 'chatagram.cjs');
  copyFileSync(path.join(root, 'scripts', 'chatagram.cjs'), command);
  chmodSync(command, 0o755);
} catch (error) {
  fail(error);
}
