import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { shortIdPattern } from '../../shared/ids.ts';
import { sessionsKeptMax } from '../../shared/limits.ts';
import { replaceFile } from '../data-dir/private-file.ts';

/** Lets browsers back in after a restart. It holds only hashes: a reader of the file cannot make a cookie. */
const AuthRecordSchema = Type.Object({
  gatewayId: Type.String({ pattern: shortIdPattern }),
  /** SHA-256 of each cookie's token, hex, the oldest first. */
  tokenHashes: Type.Array(Type.String({ pattern: '^[0-9a-f]{64}$' }), { maxItems: sessionsKeptMax }),
});
export type AuthRecord = Static<typeof AuthRecordSchema>;

export interface AuthStore {
  /** Returns undefined without a readable record. Browsers then need a new link, and nothing else is lost. */
  load(): AuthRecord | undefined;
  /** Throws when the disk refuses. */
  save(record: AuthRecord): void;
}

/** Keeps the record in `folder`/access.json, readable by its owner only. A crash leaves the old or the new one. */
export function fileAuthStore(folder: string): AuthStore {
  const path = join(folder, 'access.json');
  return {
    load: () => parseRecord(readIfThere(path)),
    save: (record) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      replaceFile(path, JSON.stringify(record));
    },
  };
}

function parseRecord(text: string | undefined): AuthRecord | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(AuthRecordSchema, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
