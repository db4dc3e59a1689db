import Type, { type Static } from 'typebox';
import {
  ConversationSchema,
  DeliverySchema,
  EpochSchema,
  HostingSchema,
  MessageIdSchema,
  MessageSchema,
  PeerKeySchema,
  PersonSchema,
  ProfileSchema,
  SessionSchema,
  SettingsSchema,
} from './schema.ts';

/** Everything a face needs to begin. */
export const SnapshotSchema = Type.Object({
  session: SessionSchema,
  hosting: HostingSchema,
  /** The conditioner's specification while it is on (`--lab`), to be shown always. */
  lab: Type.Union([Type.String(), Type.Null()]),
  people: Type.Array(PersonSchema),
  conversations: Type.Array(ConversationSchema),
  /** Null while no chat is joined. */
  settings: Type.Union([SettingsSchema, Type.Null()]),
  /** For the first screen, newest first. */
  profiles: Type.Array(ProfileSchema),
});
export type Snapshot = Static<typeof SnapshotSchema>;

/** What the gateway tells every face, in the order in which it happened. */
export const EventSchema = Type.Union([
  Type.Object({ type: Type.Literal('session'), session: SessionSchema }),
  Type.Object({ type: Type.Literal('hosting'), hosting: HostingSchema }),
  /** The person has chosen anew, here or in another face. */
  Type.Object({ type: Type.Literal('settings'), settings: SettingsSchema }),
  /** Rows of the client table that are new or changed; the others stand. */
  Type.Object({ type: Type.Literal('people'), people: Type.Array(PersonSchema) }),
  /** These are in the table no more: nothing was ever said to or by them, and there were too many such people. */
  Type.Object({ type: Type.Literal('people-gone'), keys: Type.Array(PeerKeySchema) }),
  /**
   * A message that was not there before, or stands in another place now: put it at its place, once by its id.
   * `unread` is the conversation's new count.
   */
  Type.Object({
    type: Type.Literal('message'),
    message: MessageSchema,
    unread: Type.Integer({ minimum: 0 }),
    /** Waited on the server: part of a backlog, which is not announced message by message. */
    backlog: Type.Boolean(),
  }),
  Type.Object({
    type: Type.Literal('delivery'),
    peer: PeerKeySchema,
    id: MessageIdSchema,
    delivery: DeliverySchema,
  }),
  /** The message is gone from the outbox and the conversation (`discard`). */
  Type.Object({ type: Type.Literal('discarded'), peer: PeerKeySchema, id: MessageIdSchema }),
  Type.Object({ type: Type.Literal('read'), peer: PeerKeySchema, unread: Type.Integer({ minimum: 0 }) }),
  /** "You Have Messages": the server kept this many for me while I was away; they follow as `message`. */
  Type.Object({ type: Type.Literal('waiting-messages'), count: Type.Integer({ minimum: 1 }) }),
  /** The server found somebody online whom I could not reach, and delivered there. */
  Type.Object({ type: Type.Literal('delivered-by-server'), peer: PeerKeySchema, id: MessageIdSchema }),
  /** `accept-key` was done: `peer` is `key` from now on. A `reset` follows, since the conversation has moved. */
  Type.Object({ type: Type.Literal('key-accepted'), peer: PeerKeySchema, key: PeerKeySchema }),
  /** Somebody on the network speaks another version of the protocol. */
  Type.Object({ type: Type.Literal('other-version'), from: Type.String(), version: Type.Integer() }),
  /** Everything changed at once (a chat was joined or left): take this in place of what was known. */
  Type.Object({ type: Type.Literal('reset'), snapshot: SnapshotSchema }),
]);
export type BridgeEvent = Static<typeof EventSchema>;

/** An event with its number in the gateway's log: 1, 2, 3 ... within one epoch. */
export interface NumberedEvent {
  readonly number: number;
  readonly event: BridgeEvent;
}

/** Where a face stands in the log. The epoch is new at each start of the gateway. */
export const PositionSchema = Type.Object({ epoch: EpochSchema, number: Type.Integer({ minimum: 0 }) });
export type Position = Static<typeof PositionSchema>;
