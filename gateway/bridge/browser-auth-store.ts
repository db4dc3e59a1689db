import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { shortIdPattern } from '../../shared/ids.ts';
import { sessionsKeptMax } from '../../shared/limits.ts';
import { replaceFile } from '../data-dir/private-file.ts';

/** What lets browsers back in after a restart. Only hashes: who reads the file cannot make a cookie of it. */
const AccessRecordSchema = Type.Object({
  gatewayId: Type.String({ pattern: shortIdPattern }),
  /** SHA-256 of each cookie's token, hex, the oldest first. */
  tokenHashes: Type.Array(Type.String({ pattern: '^[0-9a-f]{64}$' }), { maxItems: sessionsKeptMax }),
});
export type AccessRecord = Static<typeof AccessRecordSchema>;

export interface AccessStore {
  /** Undefined when nothing is kept, or nothing readable: browsers then need a new link, and nothing else is lost. */
  load(): AccessRecord | undefined;
  /** Throws when the disk refuses. */
  save(record: AccessRecord): void;
}

/** Keeps the record in `folder`/access.json, readable by its owner only; a crash leaves the old or the new one. */
export function fileAccessStore(folder: string): AccessStore {
  const path = join(folder, 'access.json');
  return {
    load: () => parseRecord(readIfThere(path)),
    save: (record) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      replaceFile(path, JSON.stringify(record));
    },
  };
}

function parseRecord(text: string | undefined): AccessRecord | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(AccessRecordSchema, value) ? value : undefined;
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
