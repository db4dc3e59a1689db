import type { KnownServer } from '../join-address.ts';
import type { ServerRef } from '../join-address-text.ts';
import Type, { type Static } from 'typebox';
import { conversationIdPattern, type ConversationId } from '../conversation.ts';
import { errors, type ErrorCode } from '../errors.ts';
import type { HostName } from '../join-address.ts';
import { messageIdPattern, peerKeyPattern, shortIdPattern, type MessageId, type PeerKey } from '../ids.ts';
import {
  failureCodes,
  roomFailureCodes,
  notifyLevels,
  waitingReasons,
  type ChangeSummary,
  type ChatMessage,
  type Content,
  type Delivery,
  type NotifyLevel,
  type RoomNotice,
  type TypedContent,
} from '../message.ts';
import { mentionsMax, pollChoicesMax } from '../limits.ts';
import { networkKinds, type OfferedAddress } from '../network-kind.ts';
import { mapSettings, type Settings } from '../settings.ts';

/** The parts that commands and events of the bridge share, each a schema and its type. */

export const PeerKeySchema = Type.Unsafe<PeerKey>(Type.String({ pattern: peerKeyPattern }));
export const MessageIdSchema = Type.Unsafe<MessageId>(Type.String({ pattern: messageIdPattern }));
export const ConversationIdSchema = Type.Unsafe<ConversationId>(
  Type.String({ pattern: conversationIdPattern }),
);
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
      nextAttemptAtMs: Type.Union([Type.Number(), Type.Null()]),
      reason: Type.Enum([...waitingReasons]),
    }),
    Type.Object({ state: Type.Literal('stored') }),
    Type.Object({ state: Type.Literal('delivered'), later: Type.Boolean() }),
    Type.Object({ state: Type.Literal('read') }),
    Type.Object({
      state: Type.Literal('in-room'),
      delivered: Type.Integer({ minimum: 0 }),
      read: Type.Integer({ minimum: 0 }),
      of: Type.Integer({ minimum: 0 }),
    }),
    Type.Object({ state: Type.Literal('failed'), code: Type.Enum([...failureCodes, ...roomFailureCodes]) }),
  ]),
);

/** The words of a message. `mentionsRoom` mentions every member of a room. */
export const wordFields = {
  text: Type.String(),
  mentions: Type.Optional(Type.Array(PeerKeySchema, { minItems: 1, maxItems: mentionsMax })),
  mentionsRoom: Type.Optional(Type.Literal(true)),
};

/** What a user can send as a message by `send`. */
export const TypedContentSchema = Type.Unsafe<TypedContent>(
  Type.Union([
    Type.Object({ kind: Type.Literal('text'), ...wordFields }),
    Type.Object({ kind: Type.Literal('reply'), to: MessageIdSchema, ...wordFields }),
    Type.Object({ kind: Type.Literal('announcement'), ...wordFields }),
    Type.Object({
      kind: Type.Literal('poll'),
      question: Type.String(),
      choices: Type.Array(Type.String(), { minItems: 2, maxItems: pollChoicesMax }),
    }),
  ]),
);

/** An offer of a file. `type` is what its author claims. `preview`: a small picture in base64, of which nothing is known but its length. */
const FileContentSchema = Type.Object({
  kind: Type.Literal('file'),
  name: Type.String(),
  size: Type.Integer({ minimum: 0 }),
  type: Type.String(),
  root: Type.String(),
  packed: Type.Optional(Type.Literal(true)),
  preview: Type.Optional(Type.String()),
  text: Type.Optional(Type.String()),
});

/**
 * What a message says. `unknown`: a kind of a later version, with the text that its author's program wrote for this case.
 * `deleted`: its author has deleted it. `erased`: this copy of a room's log has no words of it. `notice`: an entry of a
 * room that is no message, such as `join`.
 */
const ContentSchema = Type.Unsafe<Content>(
  Type.Union([
    TypedContentSchema,
    FileContentSchema,
    Type.Object({ kind: Type.Literal('unknown'), fallback: Type.String() }),
    Type.Object({ kind: Type.Literal('deleted') }),
    Type.Object({ kind: Type.Literal('erased') }),
    Type.Object({
      kind: Type.Literal('notice'),
      entry: Type.Unsafe<RoomNotice>(Type.Object({ kind: Type.String() })),
    }),
  ]),
);

export const MessageSchema = Type.Unsafe<ChatMessage>(
  Type.Object({
    id: MessageIdSchema,
    conversation: ConversationIdSchema,
    author: PeerKeySchema,
    content: ContentSchema,
    sentAtMs: Type.Number(),
    position: Type.Object({ major: Type.Integer(), minor: Type.Integer() }),
    delivery: Type.Optional(DeliverySchema),
    edited: Type.Optional(Type.Literal(true)),
    hidden: Type.Optional(Type.Literal(true)),
    reactions: Type.Optional(
      Type.Array(Type.Object({ emoji: Type.String(), keys: Type.Array(PeerKeySchema) })),
    ),
    votes: Type.Optional(Type.Array(Type.Array(PeerKeySchema))),
    closed: Type.Optional(Type.Literal(true)),
    acknowledgedBy: Type.Optional(Type.Array(PeerKeySchema)),
    mentionsMe: Type.Optional(Type.Literal(true)),
  }),
);

/** What was done to a message, and by which key. */
export const ChangeSchema = Type.Unsafe<ChangeSummary>(
  Type.Union([
    Type.Object({
      author: PeerKeySchema,
      kind: Type.Enum(['edit', 'delete', 'close-poll', 'acknowledge', 'hide', 'unhide']),
    }),
    Type.Object({
      author: PeerKeySchema,
      kind: Type.Literal('reaction'),
      emoji: Type.String(),
      on: Type.Boolean(),
    }),
    Type.Object({
      author: PeerKeySchema,
      kind: Type.Literal('vote'),
      choice: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
    }),
  ]),
);

export const NotifySchema = Type.Unsafe<NotifyLevel>(Type.Enum([...notifyLevels]));

/** Why the user has to decide about a key before messages go to it (docs/decisions/0010-keys.md). */
export const KeyConflictSchema = Type.Union([
  /** The server names `newKey` for the nickname of this person. `refused`: the user kept the old key. */
  Type.Object({ type: Type.Literal('changed'), newKey: PeerKeySchema, refused: Type.Boolean() }),
  /** This key uses a nickname that belongs to the key `pinned`. */
  Type.Object({ type: Type.Literal('not-pinned'), pinned: PeerKeySchema, refused: Type.Boolean() }),
]);
export type KeyConflict = Static<typeof KeyConflictSchema>;

/**
 * A row of the client table. `nickname` is null until the server has sent it (a message can arrive first). Without
 * `keyConflict`, the key is the first one that was seen under this nickname, or one that the user accepted.
 */
export const ContactSchema = Type.Object({
  key: PeerKeySchema,
  nickname: Type.Union([Type.String(), Type.Null()]),
  online: Type.Boolean(),
  keyConflict: Type.Optional(KeyConflictSchema),
  /** Another nickname that looks like this one. The user can take the two people for one another. */
  looksLike: Type.Optional(Type.String()),
  /** True: the user compared the safety number with this key. */
  verified: Type.Optional(Type.Boolean()),
  /** True: the user has blocked this key. */
  blocked: Type.Optional(Type.Boolean()),
  /** True: the user never wrote to this person, and more of their messages wait until the user answers or allows them. */
  moreWaiting: Type.Optional(Type.Boolean()),
  /** The key of the host, if this person is a guest. The computer of the host can read and write in the person's name. */
  guestOf: Type.Optional(PeerKeySchema),
  /** Since when the person is offline, by this machine's clock. Only of people who let others see it. */
  lastSeenMs: Type.Optional(Type.Number()),
});
export type Contact = Static<typeof ContactSchema>;

/** A server. `key` is what a join address has after `#` (shared/join-address.ts). It is absent until the key is known. */
export const ServerSchema = Type.Unsafe<ServerRef>(
  Type.Object({ address: Type.String(), key: Type.Optional(Type.String()) }),
);

/** A server with its whole key. */
export const KnownServerSchema = Type.Unsafe<KnownServer>(
  Type.Object({ address: Type.String(), key: PeerKeySchema }),
);

const HostNameSchema = Type.Unsafe<HostName>(
  Type.Object({ name: Type.String(), addresses: Type.Array(Type.String()) }),
);

const registeredAs = {
  me: PeerKeySchema,
  nickname: Type.String(),
  server: ServerSchema,
};

/** The state of the chat in this gateway. Times are the gateway's wall clock in milliseconds. */
export const SessionSchema = Type.Union([
  /** No chat is joined: the first screen. */
  Type.Object({ phase: Type.Literal('none') }),
  /** The server has not answered the first registration yet. */
  Type.Object({
    phase: Type.Literal('joining'),
    nickname: Type.String(),
    server: ServerSchema,
    /** The name of a host that the user typed, and the addresses that it stands for. All of them are tried. */
    hostName: Type.Optional(HostNameSchema),
  }),
  Type.Object({
    phase: Type.Literal('online'),
    ...registeredAs,
    sinceMs: Type.Number(),
  }),
  /** The server cannot be reached. The next attempt is at `nextAttemptAtMs`; null while one is running. */
  Type.Object({
    phase: Type.Literal('unreachable'),
    ...registeredAs,
    sinceMs: Type.Number(),
    nextAttemptAtMs: Type.Union([Type.Number(), Type.Null()]),
  }),
  /** The user went offline with `deregister`; `register` goes online again. */
  Type.Object({
    phase: Type.Literal('offline'),
    ...registeredAs,
  }),
  /** The server refused (nickname taken, another version ...). The user must do something. */
  Type.Object({
    phase: Type.Literal('refused'),
    ...registeredAs,
    code: ErrorCodeSchema,
    suggestion: Type.Union([Type.String(), Type.Null()]),
    /** With `server-key-changed`: the server that answers now. */
    foundServer: Type.Optional(KnownServerSchema),
  }),
]);
export type Session = Static<typeof SessionSchema>;

/** What the user has chosen for this chat: a key for each row of shared/settings.ts. */
export const SettingsSchema = Type.Unsafe<Settings>(Type.Object(mapSettings(() => Type.Boolean())));

/** The server in this gateway, if there is one, and the join addresses (shared/join-address.ts) for others. */
export const HostingSchema = Type.Union([
  Type.Null(),
  Type.Object({
    port: Type.Integer(),
    /** The one that others most likely reach is the first. */
    addresses: Type.Array(
      Type.Unsafe<OfferedAddress>(
        Type.Object({ address: Type.String(), network: Type.Enum([...networkKinds]) }),
      ),
    ),
    /** The address with its key for programs on this computer. */
    here: Type.String(),
    /** What new users need beside an address, in groups of four; null if nothing. */
    joinCode: Type.Union([Type.String(), Type.Null()]),
    /** The port at which others look for this chat, and which another program has now; null: it has its port. */
    movedFrom: Type.Union([Type.Integer(), Type.Null()]),
  }),
]);
export type Hosting = Static<typeof HostingSchema>;

/** A chat on the local network. Only a handshake shows that the server has the key. */
export const NearbyChatSchema = Type.Object({
  /** May be empty. */
  name: Type.String(),
  key: PeerKeySchema,
  /** Of the key, as join addresses have it: `k7q2-m4xd-9f3a-t6nz`. */
  fingerprint: Type.String(),
  /** `192.168.1.7:50000`, the one that most likely works first. */
  addresses: Type.Array(Type.String()),
  /** New users need a join code. */
  needsCode: Type.Boolean(),
  /** False: the server speaks only other versions of the protocol than this program. */
  isCompatible: Type.Boolean(),
});
export type NearbyChat = Static<typeof NearbyChatSchema>;

/**
 * How far a search for chats is. `off`: discovery is off. `asking`: all machines are asked. `searching`: addresses are asked one by one,
 * because no machine answered. `searched`: that is done, and all machines are still asked.
 */
export const nearbyPhases = ['off', 'asking', 'searching', 'searched'] as const;
export type NearbyPhase = (typeof nearbyPhases)[number];

/** An entry of the list of conversations. Every row of `contacts` has one. */
export const ConversationSchema = Type.Object({
  conversation: ConversationIdSchema,
  unread: Type.Integer({ minimum: 0 }),
  /** How many of the unread messages mention the user. */
  mentions: Type.Integer({ minimum: 0 }),
  /** Of which messages the user is notified. */
  notify: NotifySchema,
  /** The newest messages in order, at most `snapshotMessagesMax`. */
  messages: Type.Array(MessageSchema),
  /** Whether `history` has messages before these. */
  hasMore: Type.Boolean(),
});
export type Conversation = Static<typeof ConversationSchema>;

/** The user accepted a new key of the peer: the conversation `from` continues as `to`. */
export const MovedConversationSchema = Type.Object({ from: ConversationIdSchema, to: ConversationIdSchema });

/** A chat that was joined before from this data folder. The first screen offers a button for it. */
export const ProfileSchema = Type.Object({
  nickname: Type.String(),
  server: ServerSchema,
  hosted: Type.Boolean(),
});
export type Profile = Static<typeof ProfileSchema>;
