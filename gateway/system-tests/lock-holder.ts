import fs from 'node:fs';
import { lockFolder } from '../data-dir/dir-lock.ts';

/**
 * A process for tests. It locks the folder of its first argument, records its URL (the second), and prints the result as
 * a line of JSON. It runs until its standard input ends or it is killed.
 */
const [, , folder = '', url = ''] = process.argv;
const result = lockFolder(folder);
if (!result.locked) result.lock.setUrl(url);
fs.writeSync(1, `${JSON.stringify(result)}\n`);
// The handler refers to the lock, so that it is not garbage-collected.
process.stdin.resume().on('end', () => {
  if (!result.locked) result.lock.release();
  process.exit(0);
});
