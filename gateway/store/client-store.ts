import type { MailKeyKind } from '../../shared/chat/mail-key.ts';
import type { KnownServer } from '../../shared/join-address.ts';
import type { CommandResult } from '../../shared/command-result.ts';
import type { ConversationId } from '../../shared/conversation.ts';
import type {
  InstallationId,
  MailKeyId,
  MessageId,
  PeerKey,
  ServerEpoch,
  SigningKey,
} from '../../shared/ids.ts';
import type { ConversationContentOf } from '../../shared/chat/content-kinds.ts';
import type { MessageChange } from '../../shared/chat/timeline.ts';
import type {
  ChangeSummary,
  ChatMessage,
  Content,
  FailureCode,
  MessagePosition,
  NotifyLevel,
  PostContent,
} from '../../shared/message.ts';
import type { Settings } from '../../shared/settings.ts';
import type { TurnStore } from '../turn/role.ts';
import type { FileRepository } from './file-repository.ts';
import type { RoomRepository } from './room-repository.ts';

/**
 * Everything that one client keeps. Calls are synchronous and take part in the turn's transaction: a read sees what the
 * turn wrote, and a write outside of a turn throws. Throws StoreError (errors.ts) when the disk refuses.
 */
export interface ClientStore extends TurnStore {
  /** As `sync`, while this thread goes on: resolves when all commits before the call are on the disk. Rejects as `sync` throws. */
  syncLater(): Promise<void>;
  readonly contacts: ContactRepository;
  readonly pins: PinRepository;
  readonly blocks: BlockRepository;
  readonly conversations: ConversationRepository;
  readonly messages: MessageRepository;
  readonly dispatches: DispatchRepository;
  readonly withdrawals: WithdrawalRepository;
  readonly receipts: DueReceiptRepository;
  readonly mailKeys: OwnMailKeyRepository;
  readonly rooms: RoomRepository;
  readonly files: FileRepository;
  readonly answers: AnswerRepository;
  readonly facts: ClientFactRepository;
  /**
   * The person with the key `from` has the key `to` from now on. The contact, the author of the messages, their recipient
   * and the direct conversation get the new key; messages that came from `to` so far are below the earlier ones. The
   * server stored dispatches for `from`: they are `pending` again. Messages that were delivered to `from` and not read
   * there never become `read`. The contact is verified if `to` was. `from` must be a contact.
   */
  rekey(from: PeerKey, to: PeerKey): void;
  /**
   * Removes everything about a key to which the user never wrote: the contact, the conversation, the messages and their ids,
   * and the receipts. `next` is the key that takes its place: it gets the number by which the messages named `key`, so that
   * ever new keys leave nothing behind.
   */
  forget(key: PeerKey, next: PeerKey): void;
  close(): void;
}

/** People that the roster has named, and people who wrote before it did. */
export interface ContactRepository {
  /** Adds the contact, or replaces it. */
  put(contact: Contact): void;
  /** Returns all contacts in the order in which they were added. */
  all(): Contact[];
  /** Removes the contact, unless there is a direct conversation with it. */
  remove(key: PeerKey): void;
}
export interface Contact {
  readonly key: PeerKey;
  /** Null until the server has named this contact. */
  readonly signingKey: SigningKey | null;
  readonly nickname: string | null;
  /** Formatted addresses at which the peer was last known, the freshest first. */
  readonly candidates: readonly string[];
  /** Whether the user wants stop-and-wait with this contact; null: as this gateway does with all. */
  readonly classic: boolean | null;
  /** The user compared the safety number with this key's owner. */
  readonly verified: boolean;
  /** What the contact's client can do beyond the rules (shared/chat/features.ts), as the server has told it. */
  readonly features: readonly string[];
  readonly acceptance: Acceptance;
  /** The host of a contact that is a guest, as both have signed; null for others. */
  readonly guestOf: PeerKey | null;
}

/** How much of a contact's messages is taken (PROTOCOL 6.93). */
export type Acceptance =
  /** The user never wrote to the contact: a bounded number of messages. */
  | 'limited'
  /** As `limited`, and the last message was rejected because of that. */
  | 'exhausted'
  /** The user wrote to the contact, or allowed it. */
  | 'allowed';

/** The key of each nickname, since it was first seen (docs/decisions/0010-keys.md). */
export interface PinRepository {
  /** Adds the pin of that name, or replaces it. */
  put(pin: Pin): void;
  all(): Pin[];
  /** The name has no key any longer. */
  remove(name: string): void;
}
export interface Pin {
  /** The nickname in the form in which nicknames are compared (shared/nickname.ts). */
  readonly name: string;
  readonly key: PeerKey;
  /** Another key that the server names for it now, null without one. */
  readonly conflictingKey: PeerKey | null;
  /** The user decided for `key`, not the conflicting one. */
  readonly refused: boolean;
  /** Messages were sent to this name, or the user decided about it: the pin is never given up. */
  readonly permanent: boolean;
}

/** The keys that the user has blocked, and the ids of their messages that were taken from the mailbox unopened. */
export interface BlockRepository {
  /** A key that is blocked already changes nothing. */
  put(key: PeerKey): void;
  /** The key is blocked no longer. The ids of its messages stay. */
  remove(key: PeerKey): void;
  /** Returns all blocked keys, the one first that was blocked first. */
  all(): PeerKey[];
  /** Remembers the id of a message that was not opened. Only the newest `limit` of each sender stay. */
  putUnopened(sender: PeerKey, id: MessageId, limit: number): void;
  hasUnopened(sender: PeerKey, id: MessageId): boolean;
}

/** A conversation exists from its first message on, and stays when all its messages are removed. */
export interface ConversationRepository {
  all(): StoredConversation[];
  /** Sets the read mark of a conversation that exists. */
  setReadPosition(id: ConversationId, position: MessagePosition): void;
  /** Returns the next sequence of the user's own messages in this conversation, from 1. This transaction uses it up. */
  nextSequence(id: ConversationId): number;
  /**
   * Returns how many messages of others are after the read mark, without notices. The store keeps the number: it is as fast for
   * 100,000 messages as for one. It takes the identity in its facts for the user.
   */
  unreadCount(id: ConversationId): number;
  /** Returns how many of them mention the key of this client. */
  mentionCount(id: ConversationId): number;
  /** Sets of which messages the user is notified. The conversation exists from then on. */
  setNotify(id: ConversationId, notify: NotifyLevel): void;
  /** Returns the ids that direct conversations had before their peers got new keys. */
  moved(): MovedConversation[];
}
export interface StoredConversation {
  readonly id: ConversationId;
  /** The conversation is read up to here. Nothing read: major 0. */
  readonly readPosition: MessagePosition;
  readonly notify: NotifyLevel;
}
export interface MovedConversation {
  readonly from: ConversationId;
  readonly to: ConversationId;
}

export interface MessageRepository {
  /**
   * Inserts a message at its position (docs/decisions/0004-order.md) and returns it: before the first message of the same
   * conversation, author and installation with a larger sequence, else at the end. An id that is there already, or was
   * removed, changes nothing and gives undefined. Each dispatch begins as `pending`. Changes that came before the message
   * are in what is returned.
   */
  insert(message: NewMessage): StoredMessage | undefined;
  /**
   * Inserts a message that changes others, and changes them. It gets a position like others, and is in no page, count or
   * search. Its content is kept as long as it has to be delivered. A known id gives undefined.
   */
  insertChange(message: NewChange): InsertedChange | undefined;
  /**
   * Adds items to a batch of the user that has not been sent, and makes their changes. Undefined if there is no such batch.
   */
  extendChange(id: MessageId, added: BatchContent): InsertedChange | undefined;
  /**
   * Changes a message of this conversation (shared/chat/timeline.ts). Returns it as it is now, or undefined if nothing
   * changes. Where the message is not there, the change waits for it, within the bounds of PROTOCOL 10.33.
   */
  change(conversation: ConversationId, change: MessageChange): StoredMessage | undefined;
  /** Gives a message another position: an own entry of a room has its place in the log now. */
  place(id: MessageId, position: MessagePosition): void;
  /** Removes the words of a message, because the log came without them. Its place stays. */
  erase(id: MessageId): void;
  /** Returns a message; undefined for one that changes others. */
  find(id: MessageId): StoredMessage | undefined;
  /** Returns the newest message of an author in a conversation, not below a position. */
  newestBy(conversation: ConversationId, author: PeerKey, upTo: MessagePosition): MessageId | undefined;
  /** Returns the author and the conversation of a message, also of one that changes others. */
  origin(id: MessageId): Pick<ChatMessage, 'author' | 'conversation'> | undefined;
  /** Returns a message as it is sent, also one that changes others; undefined where its content is gone. */
  findOutgoing(id: MessageId): OutgoingMessage | undefined;
  /** Returns the edits of this message that are not delivered: their words are in the store. */
  undeliveredEdits(id: MessageId): MessageId[];
  /**
   * Returns the newest `limit` messages of the conversation above `before`, in order; with null the newest of all.
   * `hasMore` tells whether there are messages above these. An unknown `before` has nothing above it.
   */
  page(conversation: ConversationId, before: MessageId | null, limit: number): MessagePage;
  /** Returns the first `limit` messages of the conversation below a position, in order; with null the first of all. */
  pageAfter(conversation: ConversationId, after: MessagePosition | null, limit: number): MessagePage;
  /**
   * Returns messages that a query matches, the latest arrival first. It leaves out what is hidden, and messages of blocked
   * keys. One call reads a bounded part of the messages: it may find fewer than `limit`, or none, where there are more below.
   */
  search(query: MessageQuery, range: SearchRange): FoundMessages;
  /** Removes a message. Its id stays known, so that a late copy is not shown, and its position is not given again. */
  remove(id: MessageId): void;
  /**
   * Removes the first `limit` messages up to this place of a room, and returns their ids. The log knows them still, so the ids are not
   * remembered here.
   */
  removeUpTo(conversation: ConversationId, major: number, limit: number): MessageId[];
  /** Returns the messages from the place `from` on that a content behind the place `major` has changed. */
  changedBehind(conversation: ConversationId, major: number, from: number): MessageId[];
  /** Undoes all changes of a message. It has this content again; with undefined the one that it has. */
  undoChanges(id: MessageId, content: Content | undefined): void;
  /** The clock offset at the time of writing has become known. */
  setClockOffset(id: MessageId, clockOffsetMs: number): void;
  /** Returns how many messages of this author are in the conversation, and the bytes of their texts in UTF-8. Reads each. */
  amountBy(conversation: ConversationId, author: PeerKey): MessageAmount;
}

export interface MessageAmount {
  readonly count: number;
  readonly textBytes: number;
  /** The message of the author that arrived last. */
  readonly lastId: MessageId | undefined;
}

export interface MessagePage {
  readonly messages: StoredMessage[];
  readonly hasMore: boolean;
}

/** Null: whatever it is. A query without anything matches nothing. */
export interface MessageQuery {
  /** As typed (shared/search/query.ts): a message has all of them, and the last one may be the beginning of a word. */
  readonly words: string;
  readonly authors: readonly PeerKey[] | null;
  readonly conversations: readonly ConversationId[] | null;
  readonly hasLink: boolean;
}

export interface SearchRange {
  /** The `next` of an earlier call. Null: from the latest message on. */
  readonly before: number | null;
  readonly limit: number;
}

export interface FoundMessages {
  readonly messages: StoredMessage[];
  /** Where the search goes on. Null: all messages were searched. */
  readonly next: number | null;
}

export interface NewMessage {
  readonly id: MessageId;
  readonly conversation: ConversationId;
  readonly author: PeerKey;
  readonly content: Content;
  /** Of a message in a room: its place in the log. Without it, the store gives the position. */
  readonly position?: MessagePosition;
  readonly sentAtMs: number;
  /** The offset of the author's clock to the server's, where this client wrote the message and knew it. */
  readonly clockOffsetMs: number | null;
  /** The installation of the author that counts `sequence`. */
  readonly installation: InstallationId;
  readonly sequence: number;
  /** Peers to which this client has to bring the message. Empty for messages of others. */
  readonly recipients: readonly PeerKey[];
}

/** The kinds of content that change other messages. */
export type ChangeMessageContent = ConversationContentOf<
  'edit' | 'delete' | 'reaction' | 'acknowledge' | 'vote' | 'close-poll'
>;
export type BatchContent = ConversationContentOf<'reaction' | 'acknowledge' | 'vote'>;
export interface NewChange extends Omit<NewMessage, 'content' | 'position'> {
  readonly content: ChangeMessageContent;
}
export interface InsertedChange {
  readonly message: OutgoingMessage;
  readonly changed: readonly ChangedMessage[];
}
/** A message as it is after a change. */
export interface ChangedMessage {
  readonly message: StoredMessage;
  readonly change: ChangeSummary;
}

/** A message of the user on its way to its recipients. */
export interface OutgoingMessage extends Pick<
  StoredMessage,
  'id' | 'conversation' | 'author' | 'sentAtMs' | 'position' | 'installation' | 'clockOffsetMs' | 'dispatches'
> {
  readonly content: PostContent | ChangeMessageContent;
}

/**
 * A message as it is on disk. `delivery` of a ChatMessage follows from the dispatches and from what happens now, and
 * `mentionsMe` from the content.
 */
export interface StoredMessage extends Omit<ChatMessage, 'delivery' | 'mentionsMe'> {
  readonly installation: InstallationId;
  readonly clockOffsetMs: number | null;
  /** One for each recipient, in no order. */
  readonly dispatches: readonly Dispatch[];
}

/** One sending of a message to one recipient. */
export interface Dispatch {
  readonly recipient: PeerKey;
  readonly progress: Progress;
}

/** The durable part of a dispatch's life. */
export type Progress = UnreadProgress | { readonly stage: 'read' };
export type UnreadProgress =
  | { readonly stage: 'pending' }
  /** The server of this epoch has it on disk. */
  | { readonly stage: 'stored'; readonly epoch: ServerEpoch }
  | { readonly stage: 'delivered'; readonly later: boolean }
  | { readonly stage: 'failed'; readonly code: FailureCode };

/** The ways of the user's own messages to their recipients. */
export interface DispatchRepository {
  /** Changes nothing for an unknown dispatch (a receipt can come after Discard), or for one that is `delivered` already. */
  setProgress(id: MessageId, recipient: PeerKey, progress: UnreadProgress): void;
  /**
   * Makes `read` of the dispatches to `recipient` that are `delivered`: of this message and of those above it in its
   * conversation, the newest `limit`. Returns the ids of the messages.
   */
  markRead(id: MessageId, recipient: PeerKey, limit: number): MessageId[];
  /** Makes `pending` of all dispatches that are `stored`. */
  offerStoredAgain(): void;
  /** Returns messages with a dispatch that is `pending` or `stored`, by conversation in the order of their sequence. */
  open(): OutgoingMessage[];
  /** Removes all dispatches of a message, which is offered to no recipient from now on. */
  removeAll(id: MessageId): void;
}

/** Deleted messages of the user that the server may still have (PROTOCOL 6.99). */
export interface WithdrawalRepository {
  /** One that is due already changes nothing. */
  put(withdrawal: Withdrawal): void;
  /** Returns the oldest `limit`. */
  first(limit: number): Withdrawal[];
  remove(withdrawal: Withdrawal): void;
}
export interface Withdrawal {
  readonly recipient: PeerKey;
  readonly id: MessageId;
}

/** Receipts that senders still have to get, from the commit of a message or of its reading until its sender acknowledges. */
export interface DueReceiptRepository {
  /** A receipt that is due already changes nothing. */
  put(sender: PeerKey, id: MessageId): void;
  /** Returns the oldest `limit` for this sender that are not in `except`, the oldest first. */
  waiting(sender: PeerKey, except: ReadonlySet<MessageId>, limit: number): MessageId[];
  remove(sender: PeerKey, id: MessageId): void;
  /** The user has read the sender's messages up to this one. Replaces the previous mark. */
  putRead(sender: PeerKey, id: MessageId): void;
  /** Returns the last read message that the sender still has to hear of. */
  read(sender: PeerKey): MessageId | undefined;
  /** Removes the mark only if it is still this message. */
  removeRead(sender: PeerKey, id: MessageId): void;
  /** Returns each sender for which a receipt is due. */
  senders(): PeerKey[];
  /**
   * Remembers what an envelope tells that the server has stored, so that it can be told again if the sender cannot open the
   * envelope. Only the newest `limit` for each sender stay.
   */
  putStored(sender: PeerKey, envelope: StoredReceipt, limit: number): void;
  /** Forgets the envelope and returns it; undefined for an unknown one. */
  takeStored(sender: PeerKey, envelope: MessageId): StoredReceipt | undefined;
}
export interface StoredReceipt {
  /** The id of the envelope. */
  readonly id: MessageId;
  readonly ids: readonly MessageId[];
  readonly read: MessageId | undefined;
}

/** The private mail keys of this client (PROTOCOL 9.20). A removed key is overwritten: see `TurnStore.erase`. */
export interface OwnMailKeyRepository {
  put(keys: readonly OwnMailKey[]): void;
  find(keyId: MailKeyId): OwnMailKey | undefined;
  /** Returns all keys of this kind, the oldest first. */
  all(kind: MailKeyKind): OwnMailKey[];
  count(kind: MailKeyKind): number;
  /** The server has the successor of this weekly key. */
  setReplaced(keyId: MailKeyId, replacedAtMs: number): void;
  remove(keyId: MailKeyId): void;
  /** Removes the one-time keys that were made before this time, and the oldest beyond `keepMax`. Returns how many. */
  removeOneTime(madeBeforeMs: number, keepMax: number): number;
}
export interface OwnMailKey {
  readonly keyId: MailKeyId;
  readonly kind: MailKeyKind;
  /** The installation for which it was made: another one than this client's after a restore. */
  readonly installation: InstallationId;
  /** 32 bytes. */
  readonly secretKey: Uint8Array;
  /** By the server's clock. */
  readonly expiresAtMs: number;
  /** By this client's clock. */
  readonly madeAtMs: number;
  /** When the server got its successor, by this client's clock; null before, and for one-time keys. */
  readonly replacedAtMs: number | null;
}

/** First answers to commands, so that a repeated command is not executed again. At most `commandResultsMax`. */
export interface AnswerRepository {
  find(commandId: string): CommandResult | undefined;
  /** The first answer to an id stays. Another one changes nothing. */
  put(commandId: string, result: CommandResult): void;
}

/** Single facts about this client. */
export interface ClientFactRepository {
  get(): ClientFacts;
  set(change: Partial<ClientFacts>): void;
}
export interface ClientFacts {
  /** Undefined only in a new store; the gateway sets it before anything else. */
  readonly identity: Identity | undefined;
  readonly installation: InstallationId | undefined;
  readonly nickname: string | undefined;
  /** The server with the pinned key. */
  readonly server: KnownServer | undefined;
  /** The server's epoch, as last seen. */
  readonly serverEpoch: ServerEpoch | undefined;
  /** Number of the last registration, 0 before the first. */
  readonly registration: number;
  /** The user went offline by `deregister` and has not come back. */
  readonly deregistered: boolean;
  /** What the user has chosen; the defaults of shared/settings.ts until then. */
  readonly settings: Settings;
}

/** The secret of a role and the key by which others know it (shared/ids.ts). */
export interface Identity {
  /** 32 secret bytes. */
  readonly seed: Uint8Array;
  readonly key: PeerKey;
  readonly signingKey: SigningKey;
}
