// Sets up what is missing and runs the gateway in the foreground: `npm start -- <arguments>`.
import path from 'node:path';
import { become, fail, root } from './processes.mjs';
import { setUp } from './setup.mjs';

try {
  const node = await setUp();
  become(node, [path.join(root, 'gateway', 'main.ts'), ...process.argv.slice(2)], {
    // Halves the time that loading the program's modules takes.
    NODE_COMPILE_CACHE: path.join(root, '.runtime', 'compile-cache'),
    ...process.env,
  });
} catch (error) {
  fail(error);
}
