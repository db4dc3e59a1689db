import { encode } from 'cborg';
import Type, { type StaticDecode } from 'typebox';
import { decodeCbor } from '../chat/cbor.ts';
import { conversationKindSchemas } from '../chat/content-kinds.ts';
import { KeyField, MessageIdField, MessageTextField, RoomNameField } from '../chat/fields.ts';
import { decodeBySchema, encodeBySchema } from '../chat/transcoder.ts';
import { roomKeepBytesMax, roomKeepCountMax, roomKeepDaysMax, roomSlowSecondsMax } from '../limits.ts';

/** What the entries of a room say (PROTOCOL 10.14, 10.15): the kinds of every conversation, and those of rooms alone. */

/** A topic may be empty. */
export const TopicField = Type.String({ maxLength: 256 });

/** From the highest to the lowest. */
export const RoleField = Type.Union([
  Type.Literal('owner'),
  Type.Literal('moderator'),
  Type.Literal('member'),
  Type.Literal('reader'),
]);
export type Role = StaticDecode<typeof RoleField>;

/** `moderated`: only moderators post. `slow`: a member posts one message in so many seconds. */
export const ModeField = Type.Union([
  Type.Object({ name: Type.Literal('normal') }),
  Type.Object({ name: Type.Literal('moderated') }),
  Type.Object({
    name: Type.Literal('slow'),
    seconds: Type.Integer({ minimum: 1, maximum: roomSlowSecondsMax }),
  }),
]);
export type Mode = StaticDecode<typeof ModeField>;

/** What a new member sees of the log: all, or nothing before its join. */
export const HistoryField = Type.Union([Type.Literal('all'), Type.Literal('none')]);
export type History = StaticDecode<typeof HistoryField>;

/** What the server keeps of a log: entries of so many days, so many entries, so many bytes. Without a field, no such bound. */
export const RetentionField = Type.Object({
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: roomKeepDaysMax })),
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: roomKeepCountMax })),
  bytes: Type.Optional(Type.Integer({ minimum: 1, maximum: roomKeepBytesMax })),
});
export type Retention = StaticDecode<typeof RetentionField>;

/** `everyone`: the room that every server has. Its members are the roster. */
export const AccessField = Type.Union([
  Type.Literal('open'),
  Type.Literal('closed'),
  Type.Literal('everyone'),
]);
export type Access = StaticDecode<typeof AccessField>;

function aboutMember<Kind extends string>(kind: Kind) {
  return Type.Object({ kind: Type.Literal(kind), member: KeyField });
}

function aboutMessage<Kind extends string>(kind: Kind) {
  return Type.Object({ kind: Type.Literal(kind), of: MessageIdField });
}

function plain<Kind extends string>(kind: Kind) {
  return Type.Object({ kind: Type.Literal(kind) });
}

/** The kinds of rooms alone. */
export const ownKindSchemas = {
  /** The first entry of each log. Its author is the owner. The server creates `everyone`. */
  create: Type.Object({ kind: Type.Literal('create'), name: RoomNameField, access: AccessField }),
  join: plain('join'),
  leave: plain('leave'),
  /** In a closed room, `member` may join. In an open one, it is a notice. */
  invite: aboutMember('invite'),
  /** Also takes an invitation back. */
  remove: aboutMember('remove'),
  ban: aboutMember('ban'),
  unban: aboutMember('unban'),
  role: Type.Object({ kind: Type.Literal('role'), member: KeyField, role: RoleField }),
  /** `member` is an owner from now on, and the author a moderator. */
  'hand-over': aboutMember('hand-over'),
  silence: aboutMember('silence'),
  unsilence: aboutMember('unsilence'),
  hide: aboutMessage('hide'),
  unhide: aboutMessage('unhide'),
  pin: aboutMessage('pin'),
  unpin: aboutMessage('unpin'),
  topic: Type.Object({ kind: Type.Literal('topic'), topic: TopicField }),
  name: Type.Object({ kind: Type.Literal('name'), name: RoomNameField }),
  mode: Type.Object({ kind: Type.Literal('mode'), mode: ModeField }),
  history: Type.Object({ kind: Type.Literal('history'), history: HistoryField }),
  retention: Type.Object({ kind: Type.Literal('retention'), retention: RetentionField }),
  /** No one posts from now on. */
  archive: plain('archive'),
  /** By the server's key: the operator has named `member` the only owner. */
  'name-owner': aboutMember('name-owner'),
  /** By the server's key: the operator has closed the room. It takes no entry from now on. */
  close: plain('close'),
} as const;

export const roomKindSchemas = { ...conversationKindSchemas, ...ownKindSchemas } as const;

export type OwnRoomKind = keyof typeof ownKindSchemas;
export type RoomKind = keyof typeof roomKindSchemas;
export type RoomContent = { [K in RoomKind]: StaticDecode<(typeof roomKindSchemas)[K]> }[RoomKind];
export type RoomContentOf<K extends RoomKind> = Extract<RoomContent, { kind: K }>;

/** A kind of a later version. Its author wrote the fallback for programs that do not know the kind. */
const ForeignRoomContent = Type.Object({
  kind: Type.String({ minLength: 1, maxLength: 64 }),
  fallback: Type.Optional(MessageTextField),
});

export type DecodedRoomContent =
  | { readonly type: 'content'; readonly content: RoomContent }
  | { readonly type: 'unknown'; readonly kind: string; readonly fallback: string | undefined }
  | { readonly type: 'malformed' };

export function encodeRoomContent(content: RoomContent): Uint8Array {
  return encode(encodeBySchema(roomKindSchemas[content.kind], content));
}

/**
 * Reads the content of an entry. `kind` is the one of the header, which the author has signed too: a content of another kind
 * is malformed. The reducer, the timeline and the store read the same bytes, which nothing changes: they are decoded once.
 */
export function decodeRoomContent(kind: string, bytes: Uint8Array): DecodedRoomContent {
  const known = decodedContents.get(bytes);
  if (known?.kind === kind) return known.decoded;
  const decoded = decode(kind, bytes);
  decodedContents.set(bytes, { kind, decoded });
  return decoded;
}

const decodedContents = new WeakMap<
  Uint8Array,
  { readonly kind: string; readonly decoded: DecodedRoomContent }
>();

function decode(kind: string, bytes: Uint8Array): DecodedRoomContent {
  const value = decodeCbor(bytes);
  if (isRoomKind(kind)) {
    const content = decodeBySchema(roomKindSchemas[kind], value) as RoomContent | undefined;
    return content === undefined ? { type: 'malformed' } : { type: 'content', content };
  }
  const foreign = decodeBySchema(ForeignRoomContent, value) as
    StaticDecode<typeof ForeignRoomContent> | undefined;
  if (foreign?.kind !== kind) return { type: 'malformed' };
  return { type: 'unknown', kind, fallback: foreign.fallback };
}

export function isRoomKind(kind: string): kind is RoomKind {
  return Object.hasOwn(roomKindSchemas, kind);
}
