// Runs a program of this repository with the Node that it needs: `node scripts/run.mjs <file> <arguments>`.
import { become, root } from './processes.mjs';
import { setUp } from './setup.mjs';
import { fail } from './setup-faults.mjs';

try {
  const node = await setUp([]);
  become(node, process.argv.slice(2), { env: process.env, cwd: root });
} catch (error) {
  fail(error);
}
