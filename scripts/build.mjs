// `npm run build`: makes what is published, in dist/: the web app, the gateway in one file, and the command.
import { chmodSync, copyFileSync } from 'node:fs';
import path from 'node:path';
import { fail, root } from './processes.mjs';
import { bundledGateway, setUp, webApp } from './setup.mjs';

try {
  await setUp([webApp, bundledGateway]);
  const command = path.join(root, 'dist', 'chatagram.cjs');
  copyFileSync(path.join(root, 'scripts', 'chatagram.cjs'), command);
  chmodSync(command, 0o755);
} catch (error) {
  fail(error);
}
