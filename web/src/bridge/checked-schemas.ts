import Type, { type Static, type TSchema } from 'typebox';
import {
  commands,
  commandTypes,
  isForGuests,
  type Command,
  type CommandType,
} from '../../../shared/bridge/commands.ts';
import { bridgeVersion, GatewayFrameSchema } from '../../../shared/bridge/frames.ts';
import { ErrorCodeSchema, PeerKeySchema } from '../../../shared/bridge/schema.ts';
import type { JsonSchema } from './schema-check.ts';

/**
 * The part of the bridge's tables that the page needs, as plain data. The build evaluates this module, and the page gets its exports
 * as JSON (scripts/web-app/evaluated-module.ts). So the page loads neither TypeBox nor the tables.
 */

/** The commands that a tab keeps in its storage until they are answered. */
export const keptInTab: readonly CommandType[] = commandTypes.filter((type) => commands[type].keepInTab);

/** The commands that a guest may give. */
export const guestCommands: readonly CommandType[] = commandTypes.filter(isForGuests);

/** Only these are in the storage. */
const KeptCommandSchema = Type.Unsafe<Command>(
  Type.Union(keptInTab.map((type) => Type.Object({ type: Type.Literal(type), ...commands[type].fields }))),
);

const StoredCommandSchema = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64 }),
  /** The user of the gateway that the command was given to, null before a chat was joined. */
  owner: Type.Union([PeerKeySchema, Type.Null()]),
  command: KeptCommandSchema,
  typedAtMs: Type.Number(),
  /** Set if the gateway refused a message. The message stays until the user retries or discards it. */
  refusal: Type.Optional(Type.Object({ code: ErrorCodeSchema, retry: Type.Boolean() })),
});
export type StoredCommand = Static<typeof StoredCommandSchema>;

export const storedCommand = asData(StoredCommandSchema);
export const gatewayFrame = asData(GatewayFrameSchema);
export { bridgeVersion };

/** Without what TypeBox keeps beside the keywords. */
function asData(schema: TSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}
