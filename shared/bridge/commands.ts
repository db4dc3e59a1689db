import { KnownServerSchema, ServerSchema } from './schema.ts';
import Type, { type Static, type TProperties, type TSchema } from 'typebox';
import type { CommandResult } from '../command-result.ts';
import {
  banDaysMax,
  guestsMax,
  filesListedMax,
  historyMessagesMax,
  peopleToldMax,
  pollChoicesMax,
  searchResultsMax,
} from '../limits.ts';
import { exportForms, type ExportForm } from '../export-forms.ts';
import { settingNames, type SettingName } from '../settings.ts';
import { BrowserSchema, BrowsersResultSchema, LinkResultSchema } from './access.ts';
import { ChatIdSchema, ChatsResultSchema } from './chats.ts';
import { CheckTargetSchema } from './check.ts';
import { FilesResultSchema } from './files.ts';
import { GuestNumberSchema } from './guests.ts';
import {
  BanResultSchema,
  BansResultSchema,
  BanSubjectSchema,
  JoinCodeResultSchema,
  MailboxesResultSchema,
  peopleOrders,
  PeopleResultSchema,
  QuotasResultSchema,
  NewOwnerSchema,
  QuotasSchema,
  LogResultSchema,
  ServerRoomsResultSchema,
  TrafficSchema,
} from './administration.ts';
import { RoomIdSchema, roomCommandRows, RoomMembersResultSchema } from './rooms.ts';
import {
  ConversationIdSchema,
  ErrorCodeSchema,
  MessageIdSchema,
  MessageSchema,
  PeerKeySchema,
  NotifySchema,
  TypedContentSchema,
  wordFields,
} from './schema.ts';
import { StatisticsSchema } from './statistics.ts';
import { DataFolderSchema } from './wipe.ts';

/** 12 groups of 5 digits (docs/SECURITY.md describes how they are made). */
const SafetyNumberSchema = Type.Object({
  groups: Type.Array(Type.String({ pattern: '^[0-9]{5}$' }), { minItems: 12, maxItems: 12 }),
});

const BlockedKeysResultSchema = Type.Object({ keys: Type.Array(PeerKeySchema) });

const HistoryResultSchema = Type.Object({
  messages: Type.Array(MessageSchema),
  /** Whether there are messages before these; with `history-from`, after these. */
  hasMore: Type.Boolean(),
});

const SearchResultSchema = Type.Object({
  /** The latest arrival first. */
  messages: Type.Array(MessageSchema),
  /** Where the search goes on; null: all messages were searched. */
  next: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
});

const ExportResultSchema = Type.Object({
  /** The page gets the file once from `/transfer/` and this, within 60 s. */
  ticket: Type.String({ pattern: '^[0-9a-f]{32}$' }),
  fileName: Type.String(),
});

const ChoiceSchema = Type.Union([Type.Integer({ minimum: 0, maximum: pollChoicesMax - 1 }), Type.Null()]);

/**
 * The executor of a command, and how a repeated command id gets its first answer.
 * `lifecycle`: control starts, ends or registers the chat. The answer stays in memory.
 * `client-transaction`: the client executes it in one turn. The answer goes to disk in the same transaction.
 * `client-request`: the client asks its server, or tells others what is worthless later, in one turn. An answer comes as an event, and
 * the same command may be given again.
 * `client-query`, `server-query`, `gateway-query`: a question. It may be asked again, so its answer is never kept.
 * `gateway-change`: the gateway executes it by itself. The answer stays in memory.
 * `server-change`: the server in this gateway executes it in one turn. The answer stays in memory.
 * `guest-change`: the part of the gateway that takes guests into the open chat executes it. The answer stays in memory.
 * `subscription`: changes which events this one frontend gets. A frontend that reconnects sends it again.
 */
export type Execution =
  | 'lifecycle'
  | 'client-transaction'
  | 'client-request'
  | 'client-query'
  | 'server-query'
  | 'server-change'
  | 'guest-change'
  | 'gateway-query'
  | 'gateway-change'
  | 'subscription';

interface CommandRow {
  readonly fields: TProperties;
  /** The result in the answer of a command that is done; null if it has none. */
  readonly result: TSchema | null;
  readonly execution: Execution;
  /**
   * Whether a tab keeps the command in its storage until it is answered, also across a reload. True only for commands that are
   * harmless to execute later: a user does not want to join or leave a chat because of yesterday's click.
   */
  readonly keepInTab: boolean;
  /** Whether a guest may give it. Never what reaches the computer of the host, its other chats or its server. */
  readonly guest: boolean;
}

/**
 * Every command that a frontend (browser tab, prompt, script) can give to the gateway. A command travels with an id that
 * its frontend made, and is answered once: done or refused. A repeated id gets the first answer.
 */
export const commands = {
  /**
   * Starts the client and registers. Done when the server has answered. Refused with `nickname-taken`, `server-silent`
   * and so on; the session is then `none` again. With `keepTrying` a silent server is not a refusal: the answer is done
   * at once, and the session reports the rest.
   */
  join: {
    fields: {
      nickname: Type.String(),
      /** The two parts of a join address, as the user wrote them (docs/ADDRESSES.md). The port and the key may be left out. */
      server: ServerSchema,
      /** What the server may require of new users, as the user typed it. Never on disk. */
      joinCode: Type.Optional(Type.String()),
      /** UDP port of this client, 0 for any. */
      clientPort: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
      keepTrying: Type.Optional(Type.Boolean()),
      /** The `foundServer` of an earlier refusal. At its address, its key is accepted in place of a key in `server`. */
      acceptServer: Type.Optional(KnownServerSchema),
    },
    result: null,
    execution: 'lifecycle',
    keepInTab: false,
    guest: true,
  },
  /** Starts the server of the user's chat here (a new one at port 50000, or the next free one) and joins it. */
  host: {
    fields: { nickname: Type.String() },
    result: null,
    execution: 'lifecycle',
    keepInTab: false,
    guest: false,
  },
  /** Closes the chat in this gateway. Its data stays on disk, and the session is `none` again. */
  leave: { fields: {}, result: null, execution: 'lifecycle', keepInTab: false, guest: true },
  /**
   * Closes the open chat, if there is one, and opens this one. Its unsent messages leave then, and those of the closed chat wait. A silent
   * server is not a refusal, except that of a chat that this computer hosts. With `endHosting` the server of the open chat may end too.
   */
  'switch-chat': {
    fields: { chat: ChatIdSchema, endHosting: Type.Optional(Type.Boolean()) },
    result: null,
    execution: 'lifecycle',
    keepInTab: false,
    guest: false,
  },
  /** Goes offline. Done when the server has confirmed it or cannot be reached. */
  deregister: { fields: {}, result: null, execution: 'lifecycle', keepInTab: false, guest: true },
  /** Goes online again after `deregister`, or tries the server again at once, also with a join code. */
  register: {
    fields: { joinCode: Type.Optional(Type.String()) },
    result: null,
    execution: 'lifecycle',
    keepInTab: false,
    guest: true,
  },
  /** Saves a message in the outbox, on disk. The message's id makes the command idempotent too. */
  send: {
    fields: { id: MessageIdSchema, conversation: ConversationIdSchema, content: TypedContentSchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: true,
    guest: true,
  },
  /** Gives the user's own message `of` these words. `id` is new: it names the change, which is sent like a message. */
  edit: {
    fields: { id: MessageIdSchema, conversation: ConversationIdSchema, of: MessageIdSchema, ...wordFields },
    result: null,
    execution: 'client-transaction',
    keepInTab: true,
    guest: true,
  },
  /** Deletes the user's own message `of` for all: every copy that hears of it erases the words. */
  delete: {
    fields: { id: MessageIdSchema, conversation: ConversationIdSchema, of: MessageIdSchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: true,
    guest: true,
  },
  /** Reacts to a message, or takes the reaction back. */
  react: {
    fields: {
      id: MessageIdSchema,
      conversation: ConversationIdSchema,
      of: MessageIdSchema,
      emoji: Type.String(),
      on: Type.Boolean(),
    },
    result: null,
    execution: 'client-transaction',
    keepInTab: true,
    guest: true,
  },
  /** Votes in a poll. Another vote replaces it, and null takes it back. */
  vote: {
    fields: {
      id: MessageIdSchema,
      conversation: ConversationIdSchema,
      of: MessageIdSchema,
      choice: ChoiceSchema,
    },
    result: null,
    execution: 'client-transaction',
    keepInTab: true,
    guest: true,
  },
  /** "I have read this", of an announcement. */
  acknowledge: {
    fields: { id: MessageIdSchema, conversation: ConversationIdSchema, of: MessageIdSchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: true,
    guest: true,
  },
  /** Ends the user's own poll. */
  'close-poll': {
    fields: { id: MessageIdSchema, conversation: ConversationIdSchema, of: MessageIdSchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: true,
    guest: true,
  },
  /** Chooses of which messages of a conversation the user is notified, also after a restart. */
  'set-notify': {
    fields: { conversation: ConversationIdSchema, notify: NotifySchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: true,
  },
  /** The user has read everything up to and including this message. */
  'mark-read': {
    fields: { conversation: ConversationIdSchema, id: MessageIdSchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: true,
    guest: true,
  },
  /** Offers a failed message again, with its id and position. */
  retry: {
    fields: { id: MessageIdSchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: true,
    guest: true,
  },
  /** Drops a failed message from the outbox. It may have arrived. */
  discard: {
    fields: { id: MessageIdSchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: true,
    guest: true,
  },
  /** Loads the file of a message, when its author is there. Also one that was declined, cancelled or removed, or has failed. */
  'accept-file': {
    fields: { of: MessageIdSchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: false,
  },
  /** Does not want the file of a message. Its author is told. */
  'decline-file': {
    fields: { of: MessageIdSchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: false,
  },
  /** Stops the bytes of a file until `resume-file`. Of an own file, for all who load it. */
  'pause-file': {
    fields: { of: MessageIdSchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: false,
  },
  /** Goes on with a file that was paused. */
  'resume-file': {
    fields: { of: MessageIdSchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: false,
  },
  /** Ends the loading of a file, or takes back the offer of an own one. What has come of it is removed. */
  'cancel-file': {
    fields: { of: MessageIdSchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: false,
  },
  /** Removes the bytes of a file from this computer. The message stays. An own file is offered no longer. */
  'remove-file': {
    fields: { of: MessageIdSchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: false,
  },
  /** Changes one setting (shared/settings.ts) from now on, also after a restart. */
  'set-setting': {
    fields: {
      setting: Type.Unsafe<SettingName>(Type.Enum([...settingNames])),
      value: Type.Boolean(),
    },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: true,
  },
  /** Turns stop-and-wait (the original's rule) with this peer on or off, also after a restart. */
  'set-classic': {
    fields: { peer: PeerKeySchema, classic: Type.Boolean() },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: false,
  },
  /** Marks the safety number with this key as compared and equal on both screens, or removes the mark. */
  'set-verified': {
    fields: { peer: PeerKeySchema, verified: Type.Boolean() },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: true,
  },
  /** Blocks a key, whether a roster has named it or not: nothing goes to it, and nothing of it is taken, also after a restart. */
  block: {
    fields: { peer: PeerKeySchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: true,
  },
  /** Takes messages of this key again. What it sent while it was blocked stays gone. */
  unblock: {
    fields: { peer: PeerKeySchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: true,
  },
  /** Takes all messages of this person. Sending a message to them does the same. */
  allow: {
    fields: { peer: PeerKeySchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: true,
  },
  /** `key` replaces `peer` as the key of this person. The conversation continues under it. Undoes `refuse-key`. */
  'accept-key': {
    fields: { peer: PeerKeySchema, key: PeerKeySchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: true,
  },
  /** The person keeps the key `peer`, whatever the server says. Messages to it wait until that key is back. */
  'refuse-key': {
    fields: { peer: PeerKeySchema, key: PeerKeySchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: true,
  },
  /** Accepts this key for the server of this chat, and registers. */
  'accept-server-key': {
    fields: { key: PeerKeySchema },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: false,
  },
  /** Creates a room with the user as its owner. The frontend draws the id of the room, and that of its first entry. */
  'room-create': {
    fields: {
      id: MessageIdSchema,
      room: RoomIdSchema,
      name: Type.String(),
      access: Type.Union([Type.Literal('open'), Type.Literal('closed')]),
    },
    result: null,
    execution: 'client-transaction',
    keepInTab: false,
    guest: false,
  },
  ...roomCommandRows,
  /** Asks for the rooms that the user can join, from the first or after this name. The event `room-list` has the answer. */
  'room-browse': {
    fields: { after: Type.Union([Type.String(), Type.Null()]) },
    result: null,
    execution: 'client-request',
    keepInTab: false,
    guest: true,
  },
  /** Asks how far a message of the user in a room has come. The event `room-readers` has the answer. */
  'room-readers': {
    fields: { room: RoomIdSchema, id: MessageIdSchema },
    result: null,
    execution: 'client-request',
    keepInTab: false,
    guest: true,
  },
  /** Returns the members of a room with their roles, the invited and the banned keys. */
  'room-members': {
    fields: { room: RoomIdSchema },
    result: RoomMembersResultSchema,
    execution: 'client-query',
    keepInTab: false,
    guest: true,
  },
  /** Returns the newest `limit` messages of a conversation before `before`, in order; null: the newest of all. */
  history: {
    fields: {
      conversation: ConversationIdSchema,
      before: Type.Union([MessageIdSchema, Type.Null()]),
      limit: Type.Integer({ minimum: 1, maximum: historyMessagesMax }),
    },
    result: HistoryResultSchema,
    execution: 'client-query',
    keepInTab: false,
    guest: true,
  },
  /**
   * Returns the first `limit` messages of a conversation from a place on, in order: from this message, or from the first one of this
   * time (milliseconds since 1970, UTC). `hasMore` tells whether there are messages after these. An unknown message gives none.
   */
  'history-from': {
    fields: {
      conversation: ConversationIdSchema,
      from: Type.Union([MessageIdSchema, Type.Integer()]),
      limit: Type.Integer({ minimum: 1, maximum: historyMessagesMax }),
    },
    result: HistoryResultSchema,
    execution: 'client-query',
    keepInTab: false,
    guest: true,
  },
  /**
   * Returns messages with all these words, the latest arrival first, from `before` on (the `next` of an earlier answer). It looks at
   * a bounded part of all messages: an answer may have few messages or none, and a `next`.
   */
  search: {
    fields: {
      /** As typed: words, `from:name`, `in:name` or `in:#room`, `has:link`. */
      text: Type.String(),
      before: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
      limit: Type.Integer({ minimum: 1, maximum: searchResultsMax }),
    },
    result: SearchResultSchema,
    execution: 'client-query',
    keepInTab: false,
    guest: true,
  },
  /** Returns the newest `limit` files that messages offer, before `before`, the newest last; null: the newest of all. */
  'list-files': {
    fields: {
      before: Type.Union([MessageIdSchema, Type.Null()]),
      limit: Type.Integer({ minimum: 1, maximum: filesListedMax }),
    },
    result: FilesResultSchema,
    execution: 'client-query',
    keepInTab: false,
    guest: false,
  },
  /** Returns the number that is equal on both users' screens if no one intercepts their messages. */
  'safety-number': {
    fields: { peer: PeerKeySchema },
    result: SafetyNumberSchema,
    execution: 'client-query',
    keepInTab: false,
    guest: true,
  },
  /** Returns the keys that the user has blocked, also those that are in no roster. */
  'blocked-keys': {
    fields: {},
    result: BlockedKeysResultSchema,
    execution: 'client-query',
    keepInTab: false,
    guest: true,
  },
  /** Returns the counters of the transport: for the connection with one peer, or (null) for all connections. */
  statistics: {
    fields: { peer: Type.Union([PeerKeySchema, Type.Null()]) },
    result: StatisticsSchema,
    execution: 'gateway-query',
    keepInTab: false,
    guest: false,
  },
  /** Returns the chats that were joined from this computer, with what waits in their outboxes. */
  chats: {
    fields: {},
    result: ChatsResultSchema,
    execution: 'gateway-query',
    keepInTab: false,
    guest: false,
  },
  /** Makes a ticket by which a page saves a conversation as a file. Asked again, it makes another one. */
  export: {
    fields: {
      conversation: ConversationIdSchema,
      form: Type.Unsafe<ExportForm>(Type.Enum(Object.keys(exportForms))),
    },
    result: ExportResultSchema,
    execution: 'gateway-query',
    keepInTab: false,
    guest: false,
  },
  /** Makes a link and a code by which one more browser gets in. Asked again, it makes others. */
  'new-link': {
    fields: {},
    result: LinkResultSchema,
    execution: 'gateway-query',
    keepInTab: false,
    guest: false,
  },
  /** Returns the browsers that may use this gateway. */
  browsers: {
    fields: {},
    result: BrowsersResultSchema,
    execution: 'gateway-query',
    keepInTab: false,
    guest: false,
  },
  /** Ends the access of a browser, and the tabs that it has open. */
  'sign-out-browser': {
    fields: { browser: BrowserSchema.properties.id },
    result: null,
    execution: 'gateway-change',
    keepInTab: false,
    guest: false,
  },
  /** Returns where this computer keeps its chats, and how much that is. */
  'data-folder': {
    fields: {},
    result: DataFolderSchema,
    execution: 'gateway-query',
    keepInTab: false,
    guest: false,
  },
  /**
   * Removes all chats of this computer, and ends the gateway. `nickname` is the user's own, as a confirmation. The event `wiped` tells
   * the places that it could not reach.
   */
  wipe: {
    fields: { nickname: Type.String() },
    result: null,
    execution: 'lifecycle',
    keepInTab: false,
    guest: false,
  },
  /** Starts or stops sending this frontend the statistics of the connection with a peer: at once, then every second. */
  'watch-connection': {
    fields: { peer: PeerKeySchema, watch: Type.Boolean() },
    result: null,
    execution: 'subscription',
    keepInTab: false,
    guest: false,
  },
  /**
   * Tells what the user sees of this frontend: the conversation that the user is looking at, or null, and whether the frontend may
   * show notifications. The gateway notifies the user of all other messages.
   */
  'set-attention': {
    fields: { conversation: Type.Union([ConversationIdSchema, Type.Null()]), canNotify: Type.Boolean() },
    result: null,
    execution: 'subscription',
    keepInTab: false,
    guest: true,
  },
  /** Starts or stops looking for chats on the local network: this frontend gets `chats-nearby` at once, and then with each change. */
  'find-chats': {
    fields: { on: Type.Boolean() },
    result: null,
    execution: 'subscription',
    keepInTab: false,
    guest: false,
  },
  /**
   * Starts or ends a connection check: this frontend gets `connection-check` at once, and then with each change until the check is over
   * after 8 s at most. A new check ends the earlier one of this frontend.
   */
  check: {
    fields: { target: CheckTargetSchema, on: Type.Boolean() },
    result: null,
    execution: 'subscription',
    keepInTab: false,
    guest: false,
  },
  /**
   * The user types in this conversation. Its people see it for a moment, where the user's setting and the rules of the protocol let
   * them (PROTOCOL 6.101). A frontend says it at most every 3 s.
   */
  typing: {
    fields: { conversation: ConversationIdSchema },
    result: null,
    execution: 'client-request',
    keepInTab: false,
    guest: true,
  },
  /** With `on`, this frontend gets `typing` of each conversation in which others type, and then with each change. */
  'watch-typing': {
    fields: { on: Type.Boolean() },
    result: null,
    execution: 'subscription',
    keepInTab: false,
    guest: true,
  },
  /** With `on`, this frontend gets `file-progress` while bytes of files come or go. */
  'watch-files': {
    fields: { on: Type.Boolean() },
    result: null,
    execution: 'subscription',
    keepInTab: false,
    guest: false,
  },
  /** Lets others join the open chat by browser, or no longer. Guests that are known may come back when it is on again. */
  'take-guests': {
    fields: { on: Type.Boolean() },
    result: null,
    execution: 'guest-change',
    keepInTab: false,
    guest: false,
  },
  /** Makes another link, and the earlier one ends. Guests stay guests. */
  'new-guest-link': {
    fields: {},
    result: null,
    execution: 'guest-change',
    keepInTab: false,
    guest: false,
  },
  /** Chooses how many guests there may be. Fewer than there are lets no one else in, and removes no guest. */
  'limit-guests': {
    fields: { limit: Type.Integer({ minimum: 1, maximum: guestsMax }) },
    result: null,
    execution: 'guest-change',
    keepInTab: false,
    guest: false,
  },
  /** Chooses whether the user lets in each new guest, also one with a link. */
  'ask-for-guests': {
    fields: { asks: Type.Boolean() },
    result: null,
    execution: 'guest-change',
    keepInTab: false,
    guest: false,
  },
  /** Lets a waiting visitor in. */
  'admit-guest': {
    fields: { number: GuestNumberSchema },
    result: null,
    execution: 'guest-change',
    keepInTab: false,
    guest: false,
  },
  /** Sends a visitor or a guest away, who may ask again. The nickname of a guest is free, and its store is erased. */
  'remove-guest': {
    fields: { number: GuestNumberSchema },
    result: null,
    execution: 'guest-change',
    keepInTab: false,
    guest: false,
  },
  /** As `remove-guest`, and this page may not come again. */
  'bar-guest': {
    fields: { number: GuestNumberSchema },
    result: null,
    execution: 'guest-change',
    keepInTab: false,
    guest: false,
  },
  /** Returns people of the server in this gateway that have this part in their nickname, address or key, in this order. */
  people: {
    fields: {
      part: Type.String(),
      by: Type.Enum([...peopleOrders]),
      descending: Type.Boolean(),
      limit: Type.Integer({ minimum: 1, maximum: peopleToldMax }),
    },
    result: PeopleResultSchema,
    execution: 'server-query',
    keepInTab: false,
    guest: false,
  },
  /** Returns what the server in this gateway sent, received, refused and dropped in the last five minutes. */
  traffic: { fields: {}, result: TrafficSchema, execution: 'gateway-query', keepInTab: false, guest: false },
  /** Starts or stops sending this frontend `traffic` of the server in this gateway: at once, then every second. */
  'watch-traffic': {
    fields: { on: Type.Boolean() },
    result: null,
    execution: 'subscription',
    keepInTab: false,
    guest: false,
  },
  /** Returns the lines of the log of this gateway after this number, at most the newest 500. They hold no names and no contents. */
  log: {
    fields: { after: Type.Integer({ minimum: 0 }) },
    result: LogResultSchema,
    execution: 'gateway-query',
    keepInTab: false,
    guest: false,
  },
  /** Returns how much waits at the server in this gateway, and the largest mailboxes. */
  mailboxes: {
    fields: {},
    result: MailboxesResultSchema,
    execution: 'server-query',
    keepInTab: false,
    guest: false,
  },
  /** Returns the quotas of the server in this gateway. */
  quotas: {
    fields: {},
    result: QuotasResultSchema,
    execution: 'server-query',
    keepInTab: false,
    guest: false,
  },
  /** Takes a nickname from its owner at the server in this gateway. */
  'release-name': {
    fields: { nickname: Type.String() },
    result: null,
    execution: 'server-change',
    keepInTab: false,
    guest: false,
  },
  /** Keeps a key or an address out of the server in this gateway, for some days or until it is lifted. */
  ban: {
    fields: {
      subject: BanSubjectSchema,
      days: Type.Optional(Type.Integer({ minimum: 1, maximum: banDaysMax })),
    },
    result: BanResultSchema,
    execution: 'server-change',
    keepInTab: false,
    guest: false,
  },
  /** Lifts the ban of a key or an address. */
  unban: {
    fields: { subject: BanSubjectSchema },
    result: null,
    execution: 'server-change',
    keepInTab: false,
    guest: false,
  },
  /** Returns the bans of the server in this gateway. */
  bans: { fields: {}, result: BansResultSchema, execution: 'server-query', keepInTab: false, guest: false },
  /** Returns the join code of the server in this gateway. */
  'join-code': {
    fields: {},
    result: JoinCodeResultSchema,
    execution: 'server-query',
    keepInTab: false,
    guest: false,
  },
  /** Requires a join code of new users, which the server makes, or no longer. */
  'require-join-code': {
    fields: { required: Type.Boolean() },
    result: JoinCodeResultSchema,
    execution: 'server-change',
    keepInTab: false,
    guest: false,
  },
  /** Returns the rooms of the server in this gateway, the largest first. */
  'server-rooms': {
    fields: {},
    result: ServerRoomsResultSchema,
    execution: 'server-query',
    keepInTab: false,
    guest: false,
  },
  /** Closes a room of the server in this gateway: it takes no entry from now on. */
  'close-room': {
    fields: { room: RoomIdSchema },
    result: null,
    execution: 'server-change',
    keepInTab: false,
    guest: false,
  },
  /** Makes this person the only owner of a room of the server in this gateway. */
  'name-room-owner': {
    fields: { room: RoomIdSchema, owner: NewOwnerSchema },
    result: null,
    execution: 'server-change',
    keepInTab: false,
    guest: false,
  },
  'set-quotas': {
    fields: { quotas: QuotasSchema },
    result: null,
    execution: 'server-change',
    keepInTab: false,
    guest: false,
  },
} as const satisfies Record<string, CommandRow>;

type Commands = typeof commands;
type Flat<T> = { [Field in keyof T]: T[Field] };

export type CommandType = keyof Commands;
export type CommandOf<T extends CommandType> = {
  [Type in T]: Flat<{ type: Type } & Static<ReturnType<typeof Type.Object<Commands[Type]['fields']>>>>;
}[T];
export type Command = CommandOf<CommandType>;

/** The command types that are executed in this way. */
export type CommandTypeBy<E extends Execution> = {
  [Type in CommandType]: Commands[Type]['execution'] extends E ? Type : never;
}[CommandType];

/** A command that only asks for data. */
export type Query = CommandOf<CommandTypeBy<'client-query' | 'server-query' | 'gateway-query'>>;

/** The result in the answer to a command of this type; undefined if it has none. */
export type ResultOf<T extends CommandType> = {
  [Type in T]: Commands[Type]['result'] extends infer Schema extends TSchema ? Static<Schema> : undefined;
}[T];

/** How a command is answered, by its type or by the command itself. */
export type AnswerOf<T extends CommandType> = { [Type in T]: CommandResult<ResultOf<Type>> }[T];
export type AnswerTo<C extends Command> = AnswerOf<C['type']>;
export type Answer = AnswerTo<Command>;

export type HistoryResult = ResultOf<'history'>;
export type SafetyNumber = ResultOf<'safety-number'>;

export const commandTypes: readonly CommandType[] = Object.keys(commands) as CommandType[];

export const CommandSchema = Type.Unsafe<Command>(
  Type.Union(commandTypes.map((type) => Type.Object({ type: Type.Literal(type), ...commands[type].fields }))),
);

const resultSchemas: readonly TSchema[] = commandTypes
  .map((type) => commands[type].result)
  .filter((schema) => schema !== null);
export const AnswerSchema = Type.Unsafe<Answer>(
  Type.Union([
    Type.Object({ status: Type.Literal('done'), result: Type.Optional(Type.Union([...resultSchemas])) }),
    Type.Object({
      status: Type.Literal('refused'),
      code: ErrorCodeSchema,
      /** A sentence for the user, in English. The app has its own texts by code. */
      sentence: Type.String(),
      retry: Type.Boolean(),
      /** With `nickname-taken` and `nickname-look-alike`: a nickname that is free. */
      suggestion: Type.Optional(Type.String()),
      /** With `server-key-changed`: the server that answers now. */
      foundServer: Type.Optional(KnownServerSchema),
      /** With `server-silent` after the name of a host: the addresses that were tried. */
      triedAddresses: Type.Optional(Type.Array(Type.String())),
      /** With `wipe-blocked`: the folders that other processes use. */
      foldersInUse: Type.Optional(Type.Array(Type.String())),
    }),
  ]),
);

/** Narrows a command to those that are executed in this way. */
export function isExecutedAs<E extends Execution>(
  command: Command,
  execution: E,
): command is Extract<Command, { type: CommandTypeBy<E> }> {
  return commands[command.type].execution === execution;
}

/** Whether a guest may give a command of this type. */
export function isForGuests(type: CommandType): boolean {
  return commands[type].guest;
}

/**
 * Whether a repeated command id gets its first answer. A question changes nothing and may be asked again. A subscription
 * ends with its connection, so the next connection must execute it again.
 */
export function isAnswerKept(type: CommandType): boolean {
  return isAnswerKeptBy[commands[type].execution];
}

const isAnswerKeptBy: Readonly<Record<Execution, boolean>> = {
  lifecycle: true,
  'client-transaction': true,
  'client-request': false,
  'client-query': false,
  'server-query': false,
  'server-change': true,
  'guest-change': true,
  'gateway-query': false,
  'gateway-change': true,
  subscription: false,
};
