import Type, { type Static, type TProperties, type TSchema, type TUnsafe } from 'typebox';
import { KeyField, MessageIdField, RoomNameField } from '../chat/fields.ts';
import { roomIdPattern, type RoomId } from '../ids.ts';
import {
  AccessField,
  HistoryField,
  ModeField,
  ownKindSchemas,
  RetentionField,
  RoleField,
  type OwnRoomKind,
  type RoomContentOf,
} from '../rooms/content.ts';
import { findings, type FindingKind } from '../rooms/verify-log.ts';
import { ConversationIdSchema, MessageIdSchema, PeerKeySchema } from './schema.ts';

/** Rooms as frontends see them, and the commands about them. */

export const RoomIdSchema = Type.Unsafe<RoomId>(Type.String({ pattern: roomIdPattern }));

/** Where a room ended: its owner archived it, or the operator closed it. */
export const EndedSchema = Type.Union([Type.Literal('archived'), Type.Literal('closed'), Type.Null()]);

/**
 * What the user is in a room: a member with a role, or no member. `left`, `removed` and `banned`: the user was a member, and keeps
 * what arrived until then.
 */
const RoomStandingSchema = Type.Union([
  RoleField,
  Type.Literal('invited'),
  Type.Literal('left'),
  Type.Literal('removed'),
  Type.Literal('banned'),
]);

/** Something wrong in what the server sent of the log (PROTOCOL 10.28). */
const RoomFindingSchema = Type.Object({
  kind: Type.Unsafe<FindingKind>(Type.Enum(Object.keys(findings))),
  /** The place of the entry in the log, or that of the newest entry before it. */
  seq: Type.Integer({ minimum: 0 }),
  /** The author of the entry; null where it is not about one entry. */
  author: Type.Union([PeerKeySchema, Type.Null()]),
});
export type RoomFinding = Static<typeof RoomFindingSchema>;

/** A room of the user: its log is in this gateway, or to which the user is invited. */
export const RoomViewSchema = Type.Object({
  room: RoomIdSchema,
  conversation: ConversationIdSchema,
  name: Type.String(),
  topic: Type.String(),
  access: AccessField,
  mode: ModeField,
  history: HistoryField,
  retention: RetentionField,
  ended: EndedSchema,
  standing: RoomStandingSchema,
  /** Whether the user is silenced here. */
  silenced: Type.Boolean(),
  /** The number of members. In `#everyone`, of the people in the client table. */
  members: Type.Integer({ minimum: 0 }),
  /** Pinned messages. The one that was pinned first is first. */
  pins: Type.Array(MessageIdSchema),
  /** The newest findings, at most 20. The oldest is first. */
  findings: Type.Array(RoomFindingSchema),
  /** Whether the room is of a server that had another key. It can be read, and nothing is sent. */
  otherServer: Type.Boolean(),
  /** Whether the log begins later than the room: the server has cut it, or new members see no history. */
  cut: Type.Boolean(),
});
export type RoomView = Static<typeof RoomViewSchema>;

const RoomMemberSchema = Type.Object({ key: PeerKeySchema, role: RoleField, silenced: Type.Boolean() });
export type RoomMember = Static<typeof RoomMemberSchema>;

/** In `#everyone`, only the members with another role than member, and those that are silenced. The client table has the others. */
export const RoomMembersResultSchema = Type.Object({
  members: Type.Array(RoomMemberSchema),
  invited: Type.Array(PeerKeySchema),
  banned: Type.Array(PeerKeySchema),
});
export type RoomMembers = Static<typeof RoomMembersResultSchema>;

/** A room in the list of those that anyone can join. `guest`: the user is no member of it, and not invited. */
export const RoomRowSchema = Type.Object({
  room: RoomIdSchema,
  name: Type.String(),
  topic: Type.String(),
  access: AccessField,
  ended: EndedSchema,
  standing: Type.Union([RoomStandingSchema, Type.Literal('guest')]),
  members: Type.Integer({ minimum: 0 }),
});
export type RoomRow = Static<typeof RoomRowSchema>;

/** How far one message of the user has come, by the word of the server. Each member of that time is in one list. */
export const RoomReadersSchema = Type.Object({
  room: RoomIdSchema,
  id: MessageIdSchema,
  read: Type.Array(PeerKeySchema),
  /** They have it and have not read it, or do not tell. */
  delivered: Type.Array(PeerKeySchema),
  pending: Type.Array(PeerKeySchema),
  /** Members that have no place in the lists. */
  more: Type.Integer({ minimum: 0 }),
});
export type RoomReaders = Static<typeof RoomReadersSchema>;

// --- commands that write an entry --------------------------------------------------------------------------------

/** `create` has a command of its own, because the user is no member before it. The server writes the other two. */
const otherKinds = ['create', 'name-owner', 'close'] as const;

/** The kinds of entries that a user writes and that only rooms have. Each has the command `room-` and its name. */
export type RoomCommandKind = Exclude<OwnRoomKind, (typeof otherKinds)[number]>;

/** What the entry says, without its kind. */
export type RoomCommandContent<Kind extends RoomCommandKind> = Omit<RoomContentOf<Kind>, 'kind'>;

type FieldsOf<Kind extends RoomCommandKind> = {
  [Field in keyof RoomCommandContent<Kind>]: TUnsafe<RoomCommandContent<Kind>[Field]>;
};

type EntryFieldsOf<Kind extends RoomCommandKind> = {
  /** Of the entry. The frontend draws it, as for a message. */
  readonly id: typeof MessageIdSchema;
  readonly room: typeof RoomIdSchema;
} & FieldsOf<Kind>;

export type RoomCommandType = `room-${RoomCommandKind}`;

type RoomCommandRows = {
  readonly [Kind in RoomCommandKind as `room-${Kind}`]: {
    readonly fields: { [Field in keyof EntryFieldsOf<Kind>]: EntryFieldsOf<Kind>[Field] };
    readonly result: null;
    readonly execution: 'client-transaction';
    readonly keepInTab: false;
    readonly guest: true;
  };
};

/** A typed name is prepared before it is an entry. */
const asText = new Map<TSchema, TSchema>([
  [KeyField, PeerKeySchema],
  [MessageIdField, MessageIdSchema],
  [RoomNameField, Type.String()],
]);

export const roomCommandKinds: readonly RoomCommandKind[] = (
  Object.keys(ownKindSchemas) as OwnRoomKind[]
).filter((kind): kind is RoomCommandKind => !(otherKinds as readonly string[]).includes(kind));

/** One row for each of these kinds, with the fields of its content. Keys and ids are texts on the bridge. */
export const roomCommandRows = Object.fromEntries(
  roomCommandKinds.map((kind) => {
    const { kind: _kind, ...fields }: TProperties = ownKindSchemas[kind].properties;
    const ofContent = Object.entries(fields).map(
      ([name, field]) => [name, asText.get(field) ?? field] as const,
    );
    return [
      `room-${kind}`,
      {
        fields: { id: MessageIdSchema, room: RoomIdSchema, ...Object.fromEntries(ofContent) },
        result: null,
        execution: 'client-transaction',
        keepInTab: false,
        guest: true,
      },
    ];
  }),
) as RoomCommandRows;
