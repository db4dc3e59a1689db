// Runs a program of this repository with the Node that it needs: `node scripts/run.mjs <file> <arguments>`.
import { become, fail, root } from './processes.mjs';
import { setUp } from './setup.mjs';

try {
  const node = await setUp([]);
  process.chdir(root);
  become(node, process.argv.slice(2), process.env);
} catch (error) {
  fail(error);
}
