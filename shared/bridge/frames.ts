import Type, { type Static } from 'typebox';
import { AnswerSchema, CommandSchema } from './commands.ts';
import { NonceSchema, PublicKeySchema, SignatureSchema } from './proof-schemas.ts';
import { EphemeralEventSchema, EventCursorSchema, EventSchema, SnapshotSchema } from './events.ts';

/** The WebSocket's frames, JSON as text. docs/BRIDGE.md describes the exchange. */

/**
 * From a tab to the gateway. `hello` comes first. After the gateway's `proof` comes `prove`, with the cursor of the last event that
 * the tab has, if any. Before that proof, the tab sends nothing: another program may have taken the port. The page of a guest sends `enter`
 * in place of both, because its channel has proved both keys already.
 */
export const TabFrameSchema = Type.Union([
  Type.Object({ type: Type.Literal('hello'), version: Type.Integer(), nonce: NonceSchema }),
  Type.Object({
    type: Type.Literal('prove'),
    signature: SignatureSchema,
    cursor: Type.Optional(EventCursorSchema),
  }),
  Type.Object({
    type: Type.Literal('enter'),
    version: Type.Integer(),
    cursor: Type.Optional(EventCursorSchema),
  }),
  Type.Object({
    type: Type.Literal('command'),
    id: Type.String({ minLength: 1, maxLength: 64 }),
    command: CommandSchema,
  }),
]);
export type TabFrame = Static<typeof TabFrameSchema>;

/**
 * From the gateway to a tab. After `hello`: `proof`. After `prove`: one `snapshot`, or `resumed` and the events that the tab
 * missed. A later `snapshot` replaces events that the log dropped before the tab had taken them.
 */
export const GatewayFrameSchema = Type.Union([
  Type.Object({
    type: Type.Literal('proof'),
    gatewayKey: PublicKeySchema,
    nonce: NonceSchema,
    signature: SignatureSchema,
  }),
  /** The browser has not proved its key, or the user has signed it out. It needs a new link. */
  Type.Object({ type: Type.Literal('not-admitted') }),
  Type.Object({ type: Type.Literal('snapshot'), cursor: EventCursorSchema, snapshot: SnapshotSchema }),
  Type.Object({ type: Type.Literal('resumed'), cursor: EventCursorSchema }),
  Type.Object({ type: Type.Literal('event'), number: Type.Integer(), event: EventSchema }),
  /** Has no number: a newer one with the same key replaces it, and it never holds up numbered events. */
  Type.Object({ type: Type.Literal('ephemeral'), event: EphemeralEventSchema }),
  Type.Object({ type: Type.Literal('answer'), id: Type.String(), answer: AnswerSchema }),
  /** The gateway did not understand a frame. The tab reloads itself once: it may be another version of the app. */
  Type.Object({ type: Type.Literal('protocol-error'), sentence: Type.String() }),
]);
export type GatewayFrame = Static<typeof GatewayFrameSchema>;

/** Version of the bridge contract. A tab of another version is told to reload. */
export const bridgeVersion = 1;
