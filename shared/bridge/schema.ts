import Type, { type Static } from 'typebox';
import { messageIdPattern, peerKeyPattern, shortIdPattern, type MessageId, type PeerKey } from '../ids.ts';
import type { Delivery } from '../message.ts';
import { errors, type ErrorCode } from '../errors.ts';

/** The words that commands and events of the bridge share, each a schema and the type that it gives. */

export const PeerKeySchema = Type.Unsafe<PeerKey>(Type.String({ pattern: peerKeyPattern }));
export const MessageIdSchema = Type.Unsafe<MessageId>(Type.String({ pattern: messageIdPattern }));
export const EpochSchema = Type.String({ pattern: shortIdPattern });
export const ErrorCodeSchema = Type.Unsafe<ErrorCode>(Type.Enum(Object.keys(errors)));

export const DeliverySchema = Type.Unsafe<Delivery>(
  Type.Union([
    Type.Object({ state: Type.Literal('saved') }),
    Type.Object({
      state: Type.Literal('sending'),
      attempt: Type.Integer({ minimum: 1 }),
      via: Type.Union([Type.Literal('direct'), Type.Literal('server')]),
    }),
    Type.Object({
      state: Type.Literal('waiting'),
      nextTryAtMs: Type.Union([Type.Number(), Type.Null()]),
      reason: Type.Union([
        Type.Literal('no-connection'),
        Type.Literal('mailbox-full'),
        Type.Literal('sender-quota-full'),
        Type.Literal('server-disk-full'),
        Type.Literal('key-changed'),
        Type.Literal('wrong-key'),
      ]),
    }),
    Type.Object({ state: Type.Literal('stored') }),
    Type.Object({ state: Type.Literal('delivered'), later: Type.Boolean() }),
    Type.Object({ state: Type.Literal('read') }),
    Type.Object({
      state: Type.Literal('failed'),
      code: Type.Union([
        Type.Literal('unknown-recipient'),
        Type.Literal('message-too-long'),
        Type.Literal('message-expired'),
        Type.Literal('refused'),
      ]),
    }),
  ]),
);

export const MessageSchema = Type.Object({
  id: MessageIdSchema,
  peer: PeerKeySchema,
  direction: Type.Union([Type.Literal('in'), Type.Literal('out')]),
  text: Type.String(),
  sentAtMs: Type.Number(),
  place: Type.Integer(),
  sequence: Type.Integer(),
  delivery: Type.Optional(DeliverySchema),
});

/** Why the person here has to look at a key before words go to it (docs/decisions/0010-keys.md). */
export const KeyDoubtSchema = Type.Union([
  /** The server names `newKey` for the nickname of this person. `refused`: it was said that the key of old is meant. */
  Type.Object({ type: Type.Literal('changed'), newKey: PeerKeySchema, refused: Type.Boolean() }),
  /** This key goes by a nickname that belongs to the key `pinned` here. */
  Type.Object({ type: Type.Literal('not-pinned'), pinned: PeerKeySchema, refused: Type.Boolean() }),
]);
export type KeyDoubt = Static<typeof KeyDoubtSchema>;

/**
 * A row of the client table. `nickname` is null until the server has told it (a message can be faster). Without
 * `doubt`, the key is the one that was first seen under this nickname, or that was accepted.
 */
export const PersonSchema = Type.Object({
  key: PeerKeySchema,
  nickname: Type.Union([Type.String(), Type.Null()]),
  online: Type.Boolean(),
  doubt: Type.Optional(KeyDoubtSchema),
  /** True: the safety number with this key was compared. */
  verified: Type.Optional(Type.Boolean()),
  /** Since when the person is away, by the clock here: only of who lets others know. */
  lastSeenMs: Type.Optional(Type.Number()),
});
export type Person = Static<typeof PersonSchema>;

/** How this gateway stands to its server. Times are the gateway's wall clock in milliseconds. */
export const SessionSchema = Type.Union([
  /** First screen: nothing joined. */
  Type.Object({ phase: Type.Literal('none') }),
  /** The first join has not been answered yet. */
  Type.Object({ phase: Type.Literal('joining'), nickname: Type.String(), server: Type.String() }),
  Type.Object({
    phase: Type.Literal('online'),
    me: PeerKeySchema,
    nickname: Type.String(),
    server: Type.String(),
    sinceMs: Type.Number(),
  }),
  /** The server is out of reach; the next try is at `nextTryAtMs`, or running when null. */
  Type.Object({
    phase: Type.Literal('unreachable'),
    me: PeerKeySchema,
    nickname: Type.String(),
    server: Type.String(),
    sinceMs: Type.Number(),
    nextTryAtMs: Type.Union([Type.Number(), Type.Null()]),
  }),
  /** The person went offline by `deregister`; `register` comes back. */
  Type.Object({
    phase: Type.Literal('offline'),
    me: PeerKeySchema,
    nickname: Type.String(),
    server: Type.String(),
  }),
  /** The server said no (nickname taken, another version ...): the person must do something. */
  Type.Object({
    phase: Type.Literal('refused'),
    me: PeerKeySchema,
    nickname: Type.String(),
    server: Type.String(),
    code: ErrorCodeSchema,
    suggestion: Type.Union([Type.String(), Type.Null()]),
    /** With `server-key-changed`: the key that answers now. */
    serverKey: Type.Optional(PeerKeySchema),
  }),
]);
export type Session = Static<typeof SessionSchema>;

/** What the person has chosen for this chat. */
export const SettingsSchema = Type.Object({
  /** Others are told when I have read their messages. */
  readReceipts: Type.Boolean(),
  /** Whether others may know when I was online last. */
  lastSeen: Type.Boolean(),
});
export type Settings = Static<typeof SettingsSchema>;

/** The server role in this gateway, if it plays one, and the addresses at which others join. */
export const HostingSchema = Type.Union([
  Type.Null(),
  Type.Object({ port: Type.Integer(), addresses: Type.Array(Type.String()) }),
]);
export type Hosting = Static<typeof HostingSchema>;

/** What the list of conversations needs; every person in `people` has one. */
export const ConversationSchema = Type.Object({
  peer: PeerKeySchema,
  unread: Type.Integer({ minimum: 0 }),
  /** The newest messages in order, at most `snapshotMessagesMax`. */
  messages: Type.Array(MessageSchema),
  /** Whether `history` has older ones. */
  older: Type.Boolean(),
});
export type Conversation = Static<typeof ConversationSchema>;

/** A chat that was joined from this data folder before, for one-button return on the first screen. */
export const ProfileSchema = Type.Object({
  nickname: Type.String(),
  server: Type.String(),
  hosted: Type.Boolean(),
});
export type Profile = Static<typeof ProfileSchema>;
