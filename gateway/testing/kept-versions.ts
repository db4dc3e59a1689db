import path from 'node:path';

/** Where the database of a role is kept as the program of that schema left it (gzip). */
export function keptVersion(role: 'client' | 'server', version: number): string {
  return path.join(import.meta.dirname, '../store/sqlite/versions', `${role}-${version}.sqlite.gz`);
}
