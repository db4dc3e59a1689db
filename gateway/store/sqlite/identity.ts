import type { Identity } from '../client-store.ts';
import { bytesOf, optional, peerKeyOf, signingKeyOf, type Row } from './rows.ts';

/** The columns `seed`, `key` and `signing_key` of a role's only row. */
export function identityOf(row: Row): Identity | undefined {
  const seed = optional(row, 'seed', bytesOf);
  if (seed === undefined) return undefined;
  return { seed, key: peerKeyOf(row, 'key'), signingKey: signingKeyOf(row, 'signing_key') };
}
