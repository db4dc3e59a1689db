import type { Identity } from '../client-store.ts';
import { bytesOf, optional, peerKeyOf, type Row } from './rows.ts';

/** The columns `secret` and `key` of a role's only row. */
export function identityOf(row: Row): Identity | undefined {
  const secret = optional(row, 'secret', bytesOf);
  return secret === undefined ? undefined : { secret, key: peerKeyOf(row, 'key') };
}
