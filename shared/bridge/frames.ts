import Type, { type Static } from 'typebox';
import { CommandSchema, OutcomeSchema } from './commands.ts';
import { EventSchema, PositionSchema, SnapshotSchema } from './events.ts';

/** The WebSocket's frames, JSON in text. docs/BRIDGE.md tells the conversation. */

/** From a tab to the gateway. `hello` comes first, with the position after which events are wanted, if it has one. */
export const TabFrameSchema = Type.Union([
  Type.Object({
    type: Type.Literal('hello'),
    version: Type.Integer(),
    position: Type.Optional(PositionSchema),
  }),
  Type.Object({
    type: Type.Literal('command'),
    id: Type.String({ minLength: 1, maxLength: 64 }),
    command: CommandSchema,
  }),
]);
export type TabFrame = Static<typeof TabFrameSchema>;

/**
 * From the gateway to a tab. After `hello`: one `snapshot`, or `resumed` and the events that were missed. A further
 * `snapshot` stands in place of events that the log lost before the tab had taken them.
 */
export const GatewayFrameSchema = Type.Union([
  Type.Object({ type: Type.Literal('snapshot'), position: PositionSchema, snapshot: SnapshotSchema }),
  Type.Object({ type: Type.Literal('resumed'), position: PositionSchema }),
  Type.Object({ type: Type.Literal('event'), number: Type.Integer(), event: EventSchema }),
  Type.Object({ type: Type.Literal('answer'), id: Type.String(), outcome: OutcomeSchema }),
  /** The tab sent what this gateway does not understand; it reloads itself once (another version of the app). */
  Type.Object({ type: Type.Literal('protocol-error'), sentence: Type.String() }),
]);
export type GatewayFrame = Static<typeof GatewayFrameSchema>;

/** Version of the bridge contract; a tab of another version is told to reload. */
export const bridgeVersion = 1;
