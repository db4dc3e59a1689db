import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { BrowserSchema } from '../../shared/bridge/access.ts';
import { PublicKeySchema } from '../../shared/bridge/proof-schemas.ts';
import { shortIdPattern } from '../../shared/ids.ts';
import { browsersMax } from '../../shared/limits.ts';
import { makeFolder } from '../data-dir/data-dir.ts';
import { authRecordName } from '../data-dir/gateway-dir.ts';
import { replaceFile } from '../data-dir/private-file.ts';
import { PrivateKeySchema } from './proof-key.ts';

const { id, name, addedAtMs, lastSeenAtMs } = BrowserSchema.properties;
const KnownBrowserSchema = Type.Object({
  id,
  name,
  addedAtMs,
  lastSeenAtMs,
  /** SHA-256 of the cookie's token, hex. */
  tokenHash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  /** Null for a browser that came over the network, where browsers have no keys for pages. */
  publicKey: Type.Union([PublicKeySchema, Type.Null()]),
});
export type KnownBrowser = Static<typeof KnownBrowserSchema>;

/** Lets browsers back in after a restart. A reader of the file cannot make a cookie, but could pretend to be the gateway. */
const AuthRecordSchema = Type.Object({
  gatewayId: Type.String({ pattern: shortIdPattern }),
  key: PrivateKeySchema,
  /** The one added first comes first. */
  browsers: Type.Array(KnownBrowserSchema, { maxItems: browsersMax }),
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
  const path = join(folder, authRecordName);
  return {
    load: () => parseRecord(readIfThere(path)),
    save: (record) => {
      makeFolder(folder);
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
