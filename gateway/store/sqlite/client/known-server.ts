import type { KnownServer } from '../../../../shared/join-address.ts';
import { optional, peerKeyOf, textOf, type Row } from '../rows.ts';

/** Reads the server in the row of the table `client`. Undefined before a commit has pinned its key. */
export function serverOf(row: Row): KnownServer | undefined {
  const address = optional(row, 'server', textOf);
  const key = optional(row, 'server_key', peerKeyOf);
  return address === undefined || key === undefined ? undefined : { address, key };
}
