import type { OtherSide } from '../../shared/check/connection-check.ts';
import type { ConversationId } from '../../shared/conversation.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { CheckId, MessageId, PeerKey, RoomId } from '../../shared/ids.ts';
import type { HostName, KnownServer } from '../../shared/join-address.ts';
import type { ServerRef } from '../../shared/join-address-text.ts';
import type {
  ChangeKind,
  ChangeSummary,
  ChatMessage,
  Delivery,
  FailureCode,
  NotifyLevel,
} from '../../shared/message.ts';
import type { Access, History, Mode, Retention, Role } from '../../shared/rooms/content.ts';
import type { FindingKind } from '../../shared/rooms/verify-log.ts';
import type { Settings } from '../../shared/settings.ts';
import type { FilePeer, FileState } from '../store/file-repository.ts';

/** The events that the client reports after the commit that made them true, in the order in which they happened. */
export type ClientEvent = CheckNewsEvent | TypingEvent | FileProgressEvent | BridgedClientEvent;

/** News for connection checks, which no frontend gets as they are. */
export interface CheckNewsEvent {
  readonly type: 'check-news';
  readonly news:
    /** The server has told where the person is, as a check wanted to know. */
    | { readonly type: 'located'; readonly peer: PeerKey }
    /** Another client asks what this one sees. It tries this one from `ports`. */
    | {
        readonly type: 'asked';
        readonly peer: PeerKey;
        readonly check: CheckId;
        readonly ports: readonly number[];
      }
    /** The other side has told what it sees, or cannot. */
    | { readonly type: 'told'; readonly check: CheckId; readonly otherSide: OtherSide };
}

/** The people that type in a conversation now, the one that began most recently last. It replaces an earlier one, and is not kept. */
export interface TypingEvent extends TypingView {
  readonly type: 'typing';
}

/** More of a file is here, or at a recipient. A newer one replaces it, and it is not kept. At most two a second for each file. */
export interface FileProgressEvent {
  readonly type: 'file-progress';
  readonly of: MessageId;
  /** The recipient of an own file; null for a file of another. */
  readonly peer: PeerKey | null;
  readonly pieces: number;
}

/** A file that a message offers. Its name, its claimed type and its root are in the content of the message. */
export interface FileView {
  /** The message. */
  readonly of: MessageId;
  readonly conversation: ConversationId;
  readonly author: PeerKey;
  readonly isOwn: boolean;
  readonly size: number;
  /** `accepted`: it loads, or waits as `waits` says. */
  readonly state: FileState;
  /** Why it failed. */
  readonly code: string | null;
  /** How many of its pieces are here. Of an own file: 0. */
  readonly pieces: number;
  readonly pieceCount: number;
  /** Of a file that is accepted: it waits for its author to be there, or to go on, or for its turn. Null: it loads, or does not wait. */
  readonly waits: 'author' | 'author-pause' | 'turn' | null;
  /** Of an own file: how far its recipients are. */
  readonly peers: FilePeer[];
}

/** The events that all frontends get, by their numbers. */
export type BridgedClientEvent =
  | { readonly type: 'session'; readonly session: SessionView }
  | { readonly type: 'settings'; readonly settings: Settings }
  /** A file that a message offers is new, or has another state. */
  | { readonly type: 'file'; readonly file: FileView }
  /** Rows of the client table that are new or changed. The other rows stay as they are. */
  | { readonly type: 'contacts'; readonly contacts: ContactView[] }
  /** Contacts removed because the table exceeded its limit of people without any message. */
  | { readonly type: 'contacts-removed'; readonly keys: PeerKey[] }
  /** A message that is new, or has another position now. */
  | {
      readonly type: 'message';
      readonly message: ChatMessage;
      /** The conversation's new count. */
      readonly unread: number;
      /** How many of the unread messages mention the user. */
      readonly mentions: number;
      /** The message waited on the server. It is part of a backlog, which is not announced message by message. */
      readonly backlog: boolean;
    }
  | {
      readonly type: 'delivery';
      readonly conversation: ConversationId;
      readonly id: MessageId;
      readonly delivery: Delivery;
    }
  /**
   * A change of messages failed for good: its recipient goes on without it, though it is made here. The user can try it again or
   * discard it, as a message that failed.
   */
  | {
      readonly type: 'change-failed';
      readonly conversation: ConversationId;
      readonly id: MessageId;
      readonly kind: ChangeKind;
      /** The messages that it changes. */
      readonly of: MessageId[];
      readonly code: FailureCode;
    }
  /** The user discarded a failed message: the outbox and the conversation no longer have it. */
  | { readonly type: 'discarded'; readonly conversation: ConversationId; readonly id: MessageId }
  /** A message is changed: other words, a reaction, a vote ... `mentions` is the conversation's new count. */
  | {
      readonly type: 'changed';
      readonly message: ChatMessage;
      readonly change: ChangeSummary;
      readonly mentions: number;
    }
  | {
      readonly type: 'read';
      readonly conversation: ConversationId;
      readonly unread: number;
      readonly mentions: number;
    }
  /** The user chose of which messages of a conversation to be notified. */
  | { readonly type: 'notify'; readonly conversation: ConversationId; readonly notify: NotifyLevel }
  /** The server kept this many messages while the user was away. They follow as `message`. */
  | { readonly type: 'waiting-messages'; readonly count: number }
  /** The server delivered a message to a peer that is online and that this client could not reach. */
  | { readonly type: 'delivered-by-server'; readonly conversation: ConversationId; readonly id: MessageId }
  /** Rooms of the user that are new or changed. The other rooms stay as they are. */
  | { readonly type: 'rooms'; readonly rooms: RoomView[] }
  /**
   * The server refused an entry of the user that is no message, which is gone. Without an id, it sends nothing more of the room.
   */
  | {
      readonly type: 'room-refused';
      readonly room: RoomId;
      readonly id: MessageId | null;
      readonly code: ErrorCode;
    }
  /** The rooms that anyone can join, after the name that was asked for. `next`: the name after which they go on. */
  | {
      readonly type: 'room-list';
      readonly after: string | null;
      readonly rooms: RoomRow[];
      readonly next: string | null;
    }
  | { readonly type: 'room-readers'; readonly readers: RoomReaders }
  /** The user accepted that `peer` has the key `key` from now on. The direct conversation has another id. */
  | { readonly type: 'key-accepted'; readonly peer: PeerKey; readonly key: PeerKey }
  /** A machine on the network speaks another version of the protocol, and so many others since the last such event. */
  | {
      readonly type: 'other-version';
      readonly from: string;
      readonly version: number;
      readonly others: number;
    };

/** The people that type in a conversation. */
export interface TypingView {
  readonly conversation: ConversationId;
  readonly people: PeerKey[];
}

/** The state between the client and its server. Times are wall clock milliseconds. */
export type SessionView =
  | { readonly phase: 'none' }
  /** The server has not answered the first registration yet. */
  | {
      readonly phase: 'joining';
      readonly nickname: string;
      readonly server: ServerRef;
      readonly hostName?: HostName;
    }
  | (RegisteredAs & { readonly phase: 'online'; readonly sinceMs: number })
  /** The server cannot be reached. The next attempt is at `nextAttemptAtMs`; null while one is running. */
  | (RegisteredAs & {
      readonly phase: 'unreachable';
      readonly sinceMs: number;
      readonly nextAttemptAtMs: number | null;
    })
  /** The user went offline; `register` goes online again. */
  | (RegisteredAs & { readonly phase: 'offline' })
  /** The server refused (nickname taken, another version ...), and the user must do something. */
  | (RegisteredAs & {
      readonly phase: 'refused';
      readonly code: ErrorCode;
      readonly suggestion: string | null;
      /** With `server-key-changed`: the server that answers now. */
      readonly foundServer?: KnownServer;
    });

interface RegisteredAs {
  readonly me: PeerKey;
  readonly nickname: string;
  /** The server, with the fingerprint of its key as soon as that is known: the join address for others. */
  readonly server: ServerRef;
}

/** A row of the client table. `nickname` is null until the server has sent it: a message can arrive first. */
export interface ContactView {
  readonly key: PeerKey;
  readonly nickname: string | null;
  readonly online: boolean;
  readonly keyConflict?: KeyConflict;
  /** Another nickname that looks like this one (PROTOCOL 6.98). Absent if the user compared the safety number. */
  readonly looksLike?: string;
  /** True: the user compared the safety number with this key. */
  readonly verified?: boolean;
  /** True: the user has blocked this key. */
  readonly blocked?: boolean;
  /** True: the user never wrote to this person, and more of their messages wait until the user answers or allows them. */
  readonly moreWaiting?: boolean;
  /** The host of this person, who is a guest: the machine of the host can read and write in this person's name (PROTOCOL 6.116). */
  readonly guestOf?: PeerKey;
  /** Since when the person is offline, by this machine's clock. Only of people who show it. */
  readonly lastSeenMs?: number;
}

/** Why the user has to check a key before messages go to it (docs/decisions/0010-keys.md). */
export type KeyConflict =
  /** The server names `newKey` for the nickname of this person. `refused`: the user kept the old key. */
  | { readonly type: 'changed'; readonly newKey: PeerKey; readonly refused: boolean }
  /** This key uses a nickname that belongs to the key `pinned` here. */
  | { readonly type: 'not-pinned'; readonly pinned: PeerKey; readonly refused: boolean };

/** The summary of a conversation for the list of conversations. */
export interface ConversationView extends HistoryPage {
  readonly conversation: ConversationId;
  readonly unread: number;
  /** How many of the unread messages mention the user. */
  readonly mentions: number;
  readonly notify: NotifyLevel;
}

/** Messages of one conversation, in order. */
export interface HistoryPage {
  readonly messages: ChatMessage[];
  /** Whether there are messages above these. */
  readonly hasMore: boolean;
}

/** Messages that a search has found, the latest arrival first. */
export interface FoundPage {
  readonly messages: ChatMessage[];
  /** Where the search goes on; null: all messages were searched. */
  readonly next: number | null;
}

/** What the user is in a room. `left`, `removed`, `banned`: the user was a member, and keeps what came until then. */
export type RoomStanding = Role | 'invited' | 'left' | 'removed' | 'banned';

/** A room in which the user has or had a part, or to which the user is invited. */
export interface RoomView {
  readonly room: RoomId;
  readonly conversation: ConversationId;
  readonly name: string;
  readonly topic: string;
  readonly access: Access;
  readonly mode: Mode;
  readonly history: History;
  readonly retention: Retention;
  readonly ended: RoomEnd;
  readonly standing: RoomStanding;
  /** Whether the user is silenced here. */
  readonly silenced: boolean;
  /** In `#everyone`, the people in the client table. */
  readonly members: number;
  /** The message that was pinned first is first. */
  readonly pins: MessageId[];
  /** What was wrong in what the server sent: the newest, the oldest of them first. */
  readonly findings: RoomFinding[];
  /** The room is of a server that had another key: it can be read. */
  readonly otherServer: boolean;
  /** The log begins later than the room. */
  readonly cut: boolean;
}
type RoomEnd = 'archived' | 'closed' | null;

interface RoomFinding {
  readonly kind: FindingKind;
  /** The place of the entry, or that of the newest entry before it. */
  readonly seq: number;
  /** Null where it is not about one entry. */
  readonly author: PeerKey | null;
}

/** In `#everyone`, only members with another role than member, and those that are silenced. */
export interface RoomMembers {
  readonly members: { readonly key: PeerKey; readonly role: Role; readonly silenced: boolean }[];
  readonly invited: PeerKey[];
  readonly banned: PeerKey[];
}

/** A room that anyone can join. `guest`: the user has no part in it. */
export interface RoomRow extends Pick<RoomView, 'room' | 'name' | 'topic' | 'access' | 'ended' | 'members'> {
  readonly standing: RoomStanding | 'guest';
}

/** How far a message has come, by the word of the server. Each member of that time is in one list. */
export interface RoomReaders {
  readonly room: RoomId;
  readonly id: MessageId;
  readonly read: PeerKey[];
  readonly delivered: PeerKey[];
  readonly pending: PeerKey[];
  /** Members that had no place in the lists. */
  readonly more: number;
}
