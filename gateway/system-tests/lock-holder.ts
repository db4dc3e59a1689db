import fs from 'node:fs';
import { lockFolder } from '../data-dir/dir-lock.ts';

/**
 * A process for tests: takes the folder of its first argument, says where it runs (the second), tells what came of
 * it as a line of JSON, and stays until its standard input ends or somebody kills it.
 */
const [, , folder = '', url = ''] = process.argv;
const result = lockFolder(folder);
if (!result.locked) result.lock.setUrl(url);
fs.writeSync(1, `${JSON.stringify(result)}\n`);
// What nobody refers to any more is collected, and its lock with it.
process.stdin.resume().on('end', () => {
  if (!result.locked) result.lock.release();
  process.exit(0);
});
