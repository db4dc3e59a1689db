import { connectToRead } from '../connect-to-read.ts';
import { integerOf, rowFrom } from '../rows.ts';
import { clientSchema } from './client-schema.ts';

/**
 * Counts the messages and changes in the outbox of a client's database that have not left yet. Reads without writing, also while a
 * gateway runs on it. Undefined for a file that is missing, damaged or of another shape.
 */
export function countWaiting(file: string): number | undefined {
  try {
    const connection = connectToRead(file, 250);
    try {
      const applicationId = connection.prepare('PRAGMA application_id').get()?.['application_id'];
      if (applicationId !== clientSchema.applicationId) return undefined;
      const row = connection.prepare(waitingQuery).get();
      return row === undefined ? undefined : integerOf(rowFrom(row), 'waiting');
    } finally {
      connection.close();
    }
  } catch {
    return undefined;
  }
}

/** What the server keeps for a recipient has left. An entry that the server of a room refused waits for its user. */
const waitingQuery = `
  SELECT (SELECT count(*) FROM dispatch WHERE stage = 'pending')
    + (SELECT count(*) FROM room_waiting WHERE refused_with IS NULL) AS waiting`;
