import type { KnownServer } from '../../../../shared/join-address.ts';
import { connectToRead } from '../connect-to-read.ts';
import { clientSchema } from './client-schema.ts';
import { optional, rowFrom, textOf, type Row } from '../rows.ts';
import { serverOf } from './known-server.ts';

/** What a client's database knows of its server, for a search over data folders. */
export interface StoredServer {
  readonly nickname: string;
  /** With the key that the last commit pinned. */
  readonly server: KnownServer;
}

/**
 * Reads it without writing, also while a gateway runs on the database. Returns undefined for a client that was never
 * registered, and for a file that is missing, damaged or of another shape.
 */
export function readStoredServer(file: string): StoredServer | undefined {
  try {
    const connection = connectToRead(file, 250);
    try {
      const applicationId = connection.prepare('PRAGMA application_id').get()?.['application_id'];
      if (applicationId !== clientSchema.applicationId) return undefined;
      const row = connection.prepare('SELECT nickname, server, server_key FROM client').get();
      return row === undefined ? undefined : storedServerOf(rowFrom(row));
    } finally {
      connection.close();
    }
  } catch {
    return undefined;
  }
}

function storedServerOf(row: Row): StoredServer | undefined {
  const nickname = optional(row, 'nickname', textOf);
  const server = serverOf(row);
  return nickname === undefined || server === undefined ? undefined : { nickname, server };
}
