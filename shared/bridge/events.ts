import Type, { type Static, type TProperties } from 'typebox';
import { changeKinds, failureCodes } from '../message.ts';
import {
  ChangeSchema,
  ConversationIdSchema,
  ConversationSchema,
  DeliverySchema,
  EpochSchema,
  HostingSchema,
  MessageIdSchema,
  MessageSchema,
  MovedConversationSchema,
  NearbyChatSchema,
  nearbyPhases,
  NotifySchema,
  PeerKeySchema,
  ContactSchema,
  ErrorCodeSchema,
  ProfileSchema,
  SessionSchema,
  SettingsSchema,
} from './schema.ts';
import { CheckReportSchema, CheckTargetSchema } from './check.ts';
import { TrafficSchema } from './administration.ts';
import { fileProgressFields, FileNewsSchema } from './files.ts';
import { GuestsSchema } from './guests.ts';
import { RoomIdSchema, RoomReadersSchema, RoomRowSchema, RoomViewSchema } from './rooms.ts';
import { StatisticsSchema } from './statistics.ts';
import { WipeReportSchema } from './wipe.ts';

/** Everything that a frontend needs to begin. */
export const SnapshotSchema = Type.Object({
  session: SessionSchema,
  hosting: HostingSchema,
  /** The guests of the open chat; null without a chat, and for a guest. */
  guests: Type.Union([GuestsSchema, Type.Null()]),
  /** The specification of the network conditioner while it is on (`--lab`). Frontends always show it. */
  lab: Type.Union([Type.String(), Type.Null()]),
  contacts: Type.Array(ContactSchema),
  conversations: Type.Array(ConversationSchema),
  /** The rooms of the user. Each has an entry in `conversations` too. */
  rooms: Type.Array(RoomViewSchema),
  /** Each previous id of a conversation: its peer had another key then. Old addresses and drafts lead to the new one. */
  movedConversations: Type.Array(MovedConversationSchema),
  /** Null while no chat is joined. */
  settings: Type.Union([SettingsSchema, Type.Null()]),
  /** For the first screen, newest first. */
  profiles: Type.Array(ProfileSchema),
});
export type Snapshot = Static<typeof SnapshotSchema>;

/** The fields of every numbered event. The gateway tells them to every frontend, in the order in which they happened. */
const events = {
  session: { session: SessionSchema },
  hosting: { hosting: HostingSchema },
  /** Guests have come or gone, or the user has chosen something about them. */
  guests: { guests: Type.Union([GuestsSchema, Type.Null()]) },
  /** A file that a message offers is new, or has another state. */
  file: { file: FileNewsSchema },
  /** The user has changed a setting, in this frontend or in another one. */
  settings: { settings: SettingsSchema },
  /** Rows of the client table that are new or changed. The other rows stay as they are. */
  contacts: { contacts: Type.Array(ContactSchema) },
  /** Contacts removed because the table exceeded its limit of people without any message. */
  'contacts-removed': { keys: Type.Array(PeerKeySchema) },
  /** A message that is new, or has another position now. Insert it once by its id. */
  message: {
    message: MessageSchema,
    /** The conversation's new count. */
    unread: Type.Integer({ minimum: 0 }),
    /** How many of the unread messages mention the user. */
    mentions: Type.Integer({ minimum: 0 }),
    /** The message waited on the server. It is part of a backlog, which is not announced message by message. */
    backlog: Type.Boolean(),
  },
  delivery: { conversation: ConversationIdSchema, id: MessageIdSchema, delivery: DeliverySchema },
  /** The user discarded a failed message, or a room no longer keeps it: the outbox and the conversation no longer have it. */
  discarded: { conversation: ConversationIdSchema, id: MessageIdSchema },
  /** An edit, a deletion, a reaction or the like. Replace the message with this id, if it is loaded. */
  changed: {
    message: MessageSchema,
    change: ChangeSchema,
    mentions: Type.Integer({ minimum: 0 }),
  },
  /** A change of messages failed for good: its recipient goes on without it, though it is made here. `of`: the messages. */
  'change-failed': {
    conversation: ConversationIdSchema,
    id: MessageIdSchema,
    kind: Type.Enum([...changeKinds]),
    of: Type.Array(MessageIdSchema),
    code: Type.Enum([...failureCodes]),
  },
  read: {
    conversation: ConversationIdSchema,
    unread: Type.Integer({ minimum: 0 }),
    mentions: Type.Integer({ minimum: 0 }),
  },
  /** The user chose of which messages of a conversation to be notified. */
  notify: { conversation: ConversationIdSchema, notify: NotifySchema },
  /** "You Have Messages": the server kept this many while the user was away. They follow as `message`. */
  'waiting-messages': { count: Type.Integer({ minimum: 1 }) },
  /** The server delivered a message to a peer that is online and that this client could not reach. */
  'delivered-by-server': { conversation: ConversationIdSchema, id: MessageIdSchema },
  /** Rooms of the user that are new or changed. The other rooms stay as they are. */
  rooms: { rooms: Type.Array(RoomViewSchema) },
  /**
   * The server refused an entry of the user that is no message, or (null) sends nothing more of the room. A refused message is a `delivery`
   * that has failed. The entry is gone.
   */
  'room-refused': {
    room: RoomIdSchema,
    id: Type.Union([MessageIdSchema, Type.Null()]),
    code: ErrorCodeSchema,
  },
  /** Answers `room-browse`. `next`: the name after which the next one goes on; null: these were all. */
  'room-list': {
    after: Type.Union([Type.String(), Type.Null()]),
    rooms: Type.Array(RoomRowSchema),
    next: Type.Union([Type.String(), Type.Null()]),
  },
  /** Answers `room-readers`. */
  'room-readers': { readers: RoomReadersSchema },
  /** The user accepted that `peer` has the key `key`. A `reset` follows, because the conversation has moved. */
  'key-accepted': { peer: PeerKeySchema, key: PeerKeySchema },
  /** A machine on the network speaks another version of the protocol, and so many others since the last such event. */
  'other-version': { from: Type.String(), version: Type.Integer(), others: Type.Integer({ minimum: 0 }) },
  /** All chats of this computer are removed, and the gateway ends. A page clears its browser, and goes to `/wiped`. */
  wiped: { report: WipeReportSchema },
  /** Everything changed at once (a chat was joined or left): replace everything that was known. */
  reset: { snapshot: SnapshotSchema },
} as const satisfies Record<string, TProperties>;

type Events = typeof events;
type Flat<T> = { [Field in keyof T]: T[Field] };

export type EventType = keyof Events;
export type EventOf<T extends EventType> = {
  [Type in T]: Flat<{ type: Type } & Static<ReturnType<typeof Type.Object<Events[Type]>>>>;
}[T];
export type BridgeEvent = EventOf<EventType>;

export const eventTypes: readonly EventType[] = Object.keys(events) as EventType[];

export const EventSchema = Type.Unsafe<BridgeEvent>(
  Type.Union(eventTypes.map((type) => Type.Object({ type: Type.Literal(type), ...events[type] }))),
);

/** An event with its number in the gateway's log: 1, 2, 3 ... within one epoch. */
export interface NumberedEvent {
  readonly number: number;
  readonly event: BridgeEvent;
}

/**
 * The fields of every ephemeral event, and the field that decides which older event a newer one replaces; null: each older one. An
 * ephemeral event has no number and no history: a frontend that misses it waits for the next one.
 */
const ephemeralEvents = {
  /** The newest statistics of a connection that this frontend watches (`watch-connection`). */
  'connection-statistics': { fields: { peer: PeerKeySchema, statistics: StatisticsSchema }, key: 'peer' },
  /** What the server in this gateway did in the last five minutes, for a frontend that watches it (`watch-traffic`). */
  traffic: { fields: { traffic: TrafficSchema }, key: null },
  /** The chats on the local network, all of them, for a frontend that looks for them (`find-chats`). */
  'chats-nearby': {
    fields: { phase: Type.Enum([...nearbyPhases]), chats: Type.Array(NearbyChatSchema) },
    key: null,
  },
  /** The report so far of the connection check that this frontend has started (`check`). */
  'connection-check': { fields: { target: CheckTargetSchema, report: CheckReportSchema }, key: null },
  /** The people that type in this conversation now, for a frontend that wants to know (`watch-typing`). None: no one does any longer. */
  typing: {
    fields: { conversation: ConversationIdSchema, people: Type.Array(PeerKeySchema) },
    key: 'conversation',
  },
  /** More of a file is here, or at a recipient, for a frontend that wants to know (`watch-files`). */
  'file-progress': { fields: fileProgressFields, key: 'of' },
  /**
   * This frontend is to notify the user of messages that no frontend shows (`set-attention`), if it may, and to play a sound if
   * `hasSound`. `text`: the beginning of the newest message, or null if the user does not want it shown. `count`: so many have come
   * since the user last looked.
   */
  notification: {
    fields: {
      conversation: ConversationIdSchema,
      author: PeerKeySchema,
      count: Type.Integer({ minimum: 1 }),
      mentionsMe: Type.Boolean(),
      text: Type.Union([Type.String(), Type.Null()]),
      hasSound: Type.Boolean(),
    },
    key: 'conversation',
  },
} as const satisfies Record<string, { readonly fields: TProperties; readonly key: string | null }>;

type EphemeralEvents = typeof ephemeralEvents;
export type EphemeralEventType = keyof EphemeralEvents;
export type EphemeralEvent = {
  [Type in EphemeralEventType]: Flat<
    { type: Type } & Static<ReturnType<typeof Type.Object<EphemeralEvents[Type]['fields']>>>
  >;
}[EphemeralEventType];

const ephemeralEventTypes: readonly EphemeralEventType[] = Object.keys(
  ephemeralEvents,
) as EphemeralEventType[];

export const EphemeralEventSchema = Type.Unsafe<EphemeralEvent>(
  Type.Union(
    ephemeralEventTypes.map((type) =>
      Type.Object({ type: Type.Literal(type), ...ephemeralEvents[type].fields }),
    ),
  ),
);

/** Events with the same key replace each other. */
export function ephemeralKey(event: EphemeralEvent): string {
  switch (event.type) {
    case 'connection-statistics':
      return `${event.type} ${event.peer}`;
    case 'typing':
    case 'notification':
      return `${event.type} ${event.conversation}`;
    case 'file-progress':
      return `${event.type} ${event.of} ${event.peer ?? ''}`;
    case 'chats-nearby':
    case 'connection-check':
    case 'traffic':
      return event.type;
    default:
      return event satisfies never;
  }
}

/** How far a frontend has read the log. The epoch is new at each start of the gateway. */
export const EventCursorSchema = Type.Object({ epoch: EpochSchema, number: Type.Integer({ minimum: 0 }) });
export type EventCursor = Static<typeof EventCursorSchema>;
