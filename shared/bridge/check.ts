import Type, { type Static } from 'typebox';
import type { CheckReport } from '../check/connection-check.ts';
import { PeerKeySchema, ServerSchema } from './schema.ts';

/** What a connection check is about. `server`: the server of the chat. `address`: one that the user typed, with or without a chat. */
export const CheckTargetSchema = Type.Union([
  Type.Object({ type: Type.Literal('server') }),
  Type.Object({ type: Type.Literal('person'), peer: PeerKeySchema }),
  Type.Object({ type: Type.Literal('address'), server: ServerSchema }),
]);
export type CheckTarget = Static<typeof CheckTargetSchema>;

/**
 * The report of a check so far. Its shape is that of shared/check/connection-check.ts, and not repeated here: each page loads this schema
 * before it shows anything.
 */
export const CheckReportSchema = Type.Unsafe<CheckReport>(
  Type.Object({ phase: Type.String(), attempts: Type.Array(Type.Unknown()) }),
);
