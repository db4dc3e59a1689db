import type { CommandResult } from '../../shared/command-result.ts';
import type { InstallationId, MessageId, PeerKey, ServerEpoch, SigningKey } from '../../shared/ids.ts';
import type { DirectMessage, FailureCode } from '../../shared/message.ts';
import type { TurnStore } from '../turn/role.ts';

/**
 * What one client of one person remembers, in the domain's words. Everything is synchronous and takes part in
 * the turn's transaction: reads see what the turn wrote, a write outside of a turn throws. Where the disk refuses,
 * a StoreError is thrown (errors.ts).
 */
export interface ClientStore extends TurnStore {
  readonly contacts: ContactRepository;
  readonly pins: PinRepository;
  readonly messages: MessageRepository;
  readonly outbox: OutboxRepository;
  readonly receipts: DueReceiptRepository;
  readonly answers: AnswerRepository;
  readonly facts: ClientFactRepository;
  close(): void;
}

/**
 * People whom the roster has named, and people who wrote before it did: whoever has a message or a sequence here
 * is a contact, without a nickname until one is put.
 */
export interface ContactRepository {
  /** Puts or renames. */
  put(contact: Contact): void;
  /** In the order in which they were met. */
  all(): Contact[];
  /** Everybody to or by whom anything was ever said, and be it removed since. */
  spokenWith(): PeerKey[];
  /** Forgets somebody to and by whom nothing was ever said; of others nothing goes. */
  remove(key: PeerKey): void;
  /**
   * The contact `from` has the key `to` from now on: its messages, places, sequences and read mark go on, with what
   * came from `to` meanwhile below them. What a server had stored for `from` is `pending` again; what was delivered to
   * `from` and not read there never becomes `read`. Verified it is as `to`
   * was, which may be unknown.
   */
  rekey(from: PeerKey, to: PeerKey): void;
}
export interface Contact {
  readonly key: PeerKey;
  /** Null until the server has named this contact. */
  readonly signingKey: SigningKey | null;
  readonly nickname: string | null;
  /** Formatted addresses at which the person was last said to be; the freshest first. */
  readonly candidates: readonly string[];
  /** Conversation read up to here (place, sequence); nothing read: place 0. */
  readonly readPlace: number;
  readonly readSequence: number;
  /** Whether the person here wants the original's rule with this contact; null: as this gateway does with everybody. */
  readonly classic: boolean | null;
  /** The person here has compared the safety number with this key's owner. */
  readonly verified: boolean;
}

/** Whose a nickname is, since it was first seen (docs/decisions/0010-keys.md). */
export interface PinRepository {
  /** Puts or changes the pin of that name. */
  put(pin: Pin): void;
  all(): Pin[];
  /** The name is nobody's. */
  remove(name: string): void;
}
export interface Pin {
  /** The nickname as nicknames are compared (shared/nickname.ts). */
  readonly name: string;
  readonly key: PeerKey;
  /** Another key that the server names for it now, null without one. */
  readonly conflictingKey: PeerKey | null;
  /** The person said that `key` is meant, not the rival. */
  readonly refused: boolean;
  /** Words went under this name, or the person decided about it: it is never given up. */
  readonly permanent: boolean;
}

export interface MessageRepository {
  /**
   * Puts a message into its place and returns it with that place (docs/decisions/0004-order.md): before the first
   * message of the same conversation and installation with a larger sequence, else at the end. An id that is
   * there already, or was removed, changes nothing and gives undefined. One of mine begins as `pending`.
   */
  insert(message: NewMessage): DirectMessage | undefined;
  find(id: MessageId): StoredMessage | undefined;
  /**
   * The newest `limit` messages of the conversation that stand above `before`, in order; `before` null: the newest
   * of all. `older` tells whether more stand above. A `before` that is not there has nothing above it.
   */
  page(peer: PeerKey, before: MessageId | null, limit: number): { messages: StoredMessage[]; older: boolean };
  /**
   * Messages that have all these words, the one that came last first (not in the order of their conversations): case
   * and accents do not count, and the last word may be the beginning of one. `older` tells whether there are more.
   */
  search(words: string, range: SearchRange): { messages: StoredMessage[]; older: boolean };
  /** Incoming messages that stand after the contact's read mark. */
  unreadCount(peer: PeerKey): number;
  /** Removes a message; its id stays known for ever, so that a late copy is not shown, and its place is not given again. */
  remove(id: MessageId): void;
}

export interface SearchRange {
  /** Whose conversation; null: all of them. */
  readonly peer: PeerKey | null;
  /** Only what came before this message; null, or one that is not there: the newest. */
  readonly before: MessageId | null;
  readonly limit: number;
}

export interface NewMessage {
  readonly id: MessageId;
  readonly peer: PeerKey;
  readonly direction: 'in' | 'out';
  readonly text: string;
  readonly sentAtMs: number;
  /** Of mine: what the clock here lacked to the server's when it was written; null or left out while that is unknown. */
  readonly clockOffsetMs?: number | null;
  /** Whose sequence it is: mine for `out`, the sender's for `in`. */
  readonly installation: InstallationId;
  readonly sequence: number;
}

/** A message as it lies on disk; `delivery` of the view is made from `progress` and what the client knows right now. */
export type StoredMessage = Omit<DirectMessage, 'delivery'> & {
  readonly installation: InstallationId;
  readonly clockOffsetMs: number | null;
  readonly progress: Progress | null;
};

/** The durable part of a sent message's life. */
export type Progress = UnreadProgress | { readonly stage: 'read' };
export type UnreadProgress =
  | { readonly stage: 'pending' }
  /** The server of this epoch said that it has it on disk. */
  | { readonly stage: 'stored'; readonly epoch: ServerEpoch }
  | { readonly stage: 'delivered'; readonly later: boolean }
  | { readonly stage: 'failed'; readonly code: FailureCode };

/** Messages of mine that are not `delivered` yet, or `failed` and waiting for Retry or Discard. */
export interface OutboxRepository {
  /** The next sequence towards this peer, from 1; used up by this transaction. */
  nextSequence(peer: PeerKey): number;
  /** Changes nothing for an id that is not there (a receipt can come after Discard), or is `delivered` already. */
  setProgress(id: MessageId, progress: UnreadProgress): void;
  /** What the clock here lacked when the message was written has come to be known. */
  setClockOffset(id: MessageId, clockOffsetMs: number): void;
  /**
   * `read` is the stage of what is `delivered` of this message and those above it in its conversation: the newest
   * `limit`, of which it gives the ids.
   */
  markRead(id: MessageId, limit: number): MessageId[];
  /** Stages `pending` and `stored`, all peers, in the order of sequence per peer. */
  open(): OutboxItem[];
}
export interface OutboxItem {
  readonly id: MessageId;
  readonly peer: PeerKey;
  readonly text: string;
  readonly sentAtMs: number;
  readonly clockOffsetMs: number | null;
  /** Whose count `sequence` is: a store that came back from a backup counts as another installation. */
  readonly installation: InstallationId;
  readonly sequence: number;
  readonly progress: Progress;
}

/** Receipts that somebody still has to get: a row from the commit of the message, or of its reading, until its sender has noted it. */
export interface DueReceiptRepository {
  /** Puts a receipt that is there already only once. */
  put(sender: PeerKey, id: MessageId): void;
  /** The oldest `limit` towards this sender that are not in `except`, in the order in which they came to be due. */
  waiting(sender: PeerKey, except: ReadonlySet<MessageId>, limit: number): MessageId[];
  remove(sender: PeerKey, id: MessageId): void;
  /** Up to this message of the sender's has been read; in place of what was put before. */
  putRead(sender: PeerKey, id: MessageId): void;
  /** Up to which message the sender still has to hear that it was read. */
  read(sender: PeerKey): MessageId | undefined;
  /** Only if it is still this message. */
  removeRead(sender: PeerKey, id: MessageId): void;
  /** Everybody to whom one is due. */
  senders(): PeerKey[];
}

/** First answers to commands, so that a repeated command is not carried out again. At most `answersKeptMax`. */
export interface AnswerRepository {
  find(commandId: string): CommandResult | undefined;
  /** The first answer to an id stands; another one changes nothing. */
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
  readonly server: string | undefined;
  /** The server's key and epoch, as last seen. */
  readonly serverKey: PeerKey | undefined;
  readonly serverEpoch: ServerEpoch | undefined;
  /** Number of the last registration, 0 before the first. */
  readonly registration: number;
  /** Whether the person went offline by `deregister` and has not come back. */
  readonly deregistered: boolean;
  /** Whether others are told when the person has read their messages. */
  readonly tellsReads: boolean;
  /** Whether others may know when the person was online last. */
  readonly showsLastSeen: boolean;
}

/** The Ed25519 key pair of a role, as its seed (RFC 8032 section 5.1.5), with both forms of its public key (shared/ids.ts). */
export interface Identity {
  /** 32 secret bytes. */
  readonly seed: Uint8Array;
  readonly key: PeerKey;
  readonly signingKey: SigningKey;
}
