import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A file of published vectors in the folder that CHATAGRAM_VECTORS names; undefined where there is no such folder.
 * A handful of vectors stands in the tests themselves and runs everywhere.
 */
export function readVectorFile(name: string): unknown {
  const folder = process.env.CHATAGRAM_VECTORS;
  if (folder === undefined || folder === '' || !existsSync(folder)) return undefined;
  return JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
}
