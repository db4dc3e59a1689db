import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Returns a file of published vectors from the folder that CHATAGRAM_VECTORS names; undefined without that folder. The tests
 * themselves contain some of the vectors, which run everywhere.
 */
export function readPublishedVectors(name: string): unknown {
  const folder = process.env.CHATAGRAM_VECTORS;
  if (folder === undefined || folder === '' || !existsSync(folder)) return undefined;
  return JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
}
