import fs from 'node:fs';
import type { JoinCode } from '../../shared/ids.ts';
import { errors } from '../../shared/errors.ts';
import { parseJoinCode } from '../../shared/join-code.ts';
import { StartError } from '../runtime/start-error.ts';
import { quoted } from './option-values.ts';

/** A longer file holds something else. */
const fileBytesMax = 1_024;

/** Reads the join code from a file that only its owner can read. Throws StartError, which does not repeat the content. */
export function joinCodeIn(file: string): JoinCode {
  const name = quoted(file);
  const text = readPrivately(file, name);
  const code = parseJoinCode(text);
  if (code !== undefined) return code;
  throw new StartError(
    'join-code-invalid',
    `${name} has no join code. ${errors['join-code-invalid'].sentence}`,
  );
}

function readPrivately(file: string, name: string): string {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, 'r');
  } catch (error) {
    throw new StartError('join-code-invalid', `${name} cannot be read. Check the path.`, { cause: error });
  }
  try {
    const { mode, size } = fs.fstatSync(descriptor);
    // Windows has no such bits: its folders of a user are private.
    const isShared = process.platform !== 'win32' && (mode & 0o077) !== 0;
    if (isShared)
      throw new StartError(
        'join-code-invalid',
        `Other users of this computer can read ${name}. Run chmod 600 on it, then start again.`,
      );
    return size > fileBytesMax ? '' : fs.readFileSync(descriptor, 'utf8');
  } finally {
    fs.closeSync(descriptor);
  }
}
