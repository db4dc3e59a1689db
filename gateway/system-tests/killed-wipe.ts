import fs from 'node:fs';
import { prepareWipe } from '../data-dir/wipe.ts';

/**
 * A process for tests. It wipes the data root of its first argument. Just before the change of the disk with the number of its
 * second argument, it kills itself. It prints how many changes it made.
 */
const [, , root = '', lastChange = '0'] = process.argv;
let changes = 0;

function count(): void {
  changes++;
  if (changes === Number(lastChange)) process.kill(process.pid, 'SIGKILL');
}

const { rmSync, renameSync, rmdirSync } = fs;
fs.rmSync = (...words) => {
  count();
  rmSync(...words);
};
fs.renameSync = (...words) => {
  count();
  renameSync(...words);
};
fs.rmdirSync = (...words) => {
  count();
  rmdirSync(...words);
};

const wipe = prepareWipe(root, new Set());
if ('inUse' in wipe) throw new Error('another process uses the folders');
wipe.begin();
wipe.removeRoles();
wipe.end();
fs.writeSync(1, `${changes}\n`);
