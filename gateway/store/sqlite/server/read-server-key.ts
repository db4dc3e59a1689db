import type { PeerKey } from '../../../../shared/ids.ts';
import { connectToRead } from '../connect-to-read.ts';
import { peerKeyOf, rowFrom } from '../rows.ts';
import { serverSchema } from './server-schema.ts';

/**
 * Reads the key of a server from its database without writing, also while a gateway runs on it. Returns undefined for a file
 * that is missing, new, damaged or of another shape.
 */
export function readServerKey(file: string): PeerKey | undefined {
  try {
    const connection = connectToRead(file, 250);
    try {
      const applicationId = connection.prepare('PRAGMA application_id').get()?.['application_id'];
      if (applicationId !== serverSchema.applicationId) return undefined;
      const row = connection.prepare('SELECT key FROM server WHERE key IS NOT NULL').get();
      return row === undefined ? undefined : peerKeyOf(rowFrom(row), 'key');
    } finally {
      connection.close();
    }
  } catch {
    return undefined;
  }
}
