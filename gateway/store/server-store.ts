import type { GuestOf } from '../../shared/chat/guest.ts';
import type { Ban, Banned } from '../../shared/ban.ts';
import type { RoomAbout } from '../../shared/rooms/room-state.ts';
import type { Role } from '../../shared/rooms/content.ts';
import type { LogEntry, LogPoint } from '../../shared/rooms/entry.ts';
import type { EnvelopeHead } from '../../shared/chat/envelope.ts';
import type { MailKey } from '../../shared/chat/mail-key.ts';
import type {
  Digest,
  InstallationId,
  JoinCode,
  MailKeyId,
  MessageId,
  PeerKey,
  RoomId,
  ServerEpoch,
  SigningKey,
} from '../../shared/ids.ts';
import type { TurnStore } from '../turn/role.ts';
import type { Quotas } from '../../shared/quotas.ts';
import type { ServerSettings } from '../../shared/settings.ts';
import type { Identity } from './client-store.ts';

/**
 * What a server remembers: which key has which nickname, and which envelopes wait for which recipient. Turns and
 * failures are as in ClientStore.
 */
export interface ServerStore extends TurnStore {
  readonly names: NameRepository;
  readonly mailboxes: MailboxRepository;
  readonly bounces: BounceRepository;
  readonly mailKeys: PublishedMailKeyRepository;
  readonly bans: BanRepository;
  readonly correspondents: CorrespondentRepository;
  readonly rooms: RoomRepository;
  readonly facts: ServerFactRepository;
  close(): void;
}

/** Nicknames by key: one nickname per key, one key per nickname (compared by `nicknameComparisonKey`). */
export interface NameRepository {
  all(): NameRecord[];
  /** Inserts or changes a record. The caller has checked that the nickname is free. */
  put(record: NameRecord): void;
  /** The highest `version` that was ever put, 0 before the first. */
  highestVersion(): number;
  /**
   * Frees the nickname. The removal has a version of its own, at which it is published. The mail keys of the user go with
   * it, and its installations unless mail waits.
   */
  remove(key: PeerKey, version: number): void;
  /** The highest version of a removal, 0 before the first. A subscriber with an older table needs a full snapshot. */
  removedVersion(): number;
}
export interface NameRecord {
  readonly key: PeerKey;
  readonly signingKey: SigningKey;
  readonly nickname: string;
  /** Formatted addresses: first where the server saw the client, then those that the client reported. */
  readonly candidates: readonly string[];
  /** Whether the user was online when this was written: a restarted server dials these users. */
  readonly online: boolean;
  readonly settings: ServerSettings;
  readonly features: readonly string[];
  /** Null for a user who is no guest. Set with the first record of a key, and never changed. */
  readonly guestOf: GuestOf | null;
  /** Since when the user is offline, by the server's clock; null if unknown. */
  readonly lastSeenMs: number | null;
  /** How often the candidates have changed. */
  readonly addressRevision: number;
  /** For how long the user was online in total before the last change of presence. */
  readonly onlineMs: number;
  /** When presence last changed, by the server's running time. */
  readonly presenceSinceMs: number;
  /** The version of the roster at which this record was published; 0 while it is unpublished. */
  readonly version: number;
}

/** Envelopes that wait for their recipients. They stay until the recipient has them on disk, or rejects them. */
export interface MailboxRepository {
  /** Returns false, and changes nothing, if this id of this sender already waits for this recipient. */
  put(mail: Mail): boolean;
  has(recipient: PeerKey, sender: PeerKey, id: MessageId): boolean;
  /** Returns the key to which the envelope is sealed; undefined without an envelope. */
  keyIdOf(recipient: PeerKey, sender: PeerKey, id: MessageId): MailKeyId | undefined;
  /**
   * Returns the oldest `limit` envelopes of a mailbox for these installations, in order of arrival, without the numbers in
   * `except`.
   */
  waiting(
    recipient: PeerKey,
    installations: readonly InstallationId[],
    except: ReadonlySet<number>,
    limit: number,
  ): MailboxItem[];
  /** Counts the messages for these installations: everything except receipts. */
  countFor(recipient: PeerKey, installations: readonly InstallationId[]): number;
  /** Counts the messages: everything except receipts. */
  count(recipient: PeerKey): number;
  /** Counts what waits for this recipient, for each sender. */
  usageFor(recipient: PeerKey): Map<PeerKey, MailUsage>;
  /** Counts what waits for each recipient: the messages without receipts, and the bytes with them. Reads every envelope's head. */
  usageByRecipient(): Map<PeerKey, MailUsage>;
  /** Counts what waits from this sender for all recipients: the receipts, and the other envelopes. */
  usageFrom(sender: PeerKey): Record<MailQuota, MailUsage>;
  /** Counts the receipts that wait from this sender, for each recipient. */
  receiptsFrom(sender: PeerKey): Map<PeerKey, MailUsage>;
  /** Returns the newest envelope of the sender in this mailbox, of all types or only receipts; undefined without one. */
  newest(recipient: PeerKey, sender: PeerKey, of?: 'all' | 'receipts'): MailboxItem | undefined;
  /** Returns the longest one, the newest among equals; undefined without one. */
  longest(recipient: PeerKey, sender: PeerKey, of?: 'all' | 'receipts'): MailboxItem | undefined;
  /** Returns the oldest `limit` envelopes of all mailboxes that came before this running time. */
  keptBefore(keptAtMs: number, limit: number): MailboxItem[];
  /** Counts the envelopes with receipts from one user to another. */
  countReceipts(recipient: PeerKey, sender: PeerKey): number;
  /** Removes the envelope and returns it; undefined if it is not there. */
  remove(recipient: PeerKey, sender: PeerKey, id: MessageId): MailboxItem | undefined;
}
export interface Mail {
  /** It is in the mailbox of `to`. */
  readonly head: EnvelopeHead;
  readonly sealed: Uint8Array;
  /** The server's running time when it came. */
  readonly keptAtMs: number;
}

/** Receipts of a sender have a quota of their own (PROTOCOL 6.22). */
export type MailQuota = 'receipts' | 'others';

export interface MailUsage {
  readonly messages: number;
  readonly bytes: number;
}
export interface MailboxItem extends Mail {
  /** The order of arrival. No two envelopes have the same number. */
  readonly number: number;
}

/** The public mail keys of users, and which installations of them the server knows (PROTOCOL 9.22). */
export interface PublishedMailKeyRepository {
  /** Returns the known installations of a user, the one that was replaced first comes first. */
  installations(peer: PeerKey): KnownInstallation[];
  /**
   * This installation registers at this running time of the server. The keys of the others are removed. An installation for
   * which mail waits counts as replaced, from now on unless it was replaced before; any other is forgotten.
   */
  setCurrent(peer: PeerKey, installation: InstallationId, runningMs: number): void;
  /** Returns up to `limit` installations that were replaced before this running time. */
  replacedBefore(
    runningMs: number,
    limit: number,
  ): { readonly peer: PeerKey; readonly installation: InstallationId }[];
  /** The installation counts as replaced since then. */
  setReplaced(peer: PeerKey, installation: InstallationId, replacedAtMs: number): void;
  removeInstallation(peer: PeerKey, installation: InstallationId): void;
  /** Replaces the weekly key. */
  putWeekly(peer: PeerKey, installation: InstallationId, key: MailKey): void;
  weekly(peer: PeerKey, installation: InstallationId): MailKey | undefined;
  /** An id that is there already changes nothing. */
  putOneTime(peer: PeerKey, installation: InstallationId, keys: readonly MailKey[]): void;
  /** Removes the oldest one-time key and returns it. It is never returned again. */
  takeOneTime(peer: PeerKey, installation: InstallationId): MailKey | undefined;
  countOneTime(peer: PeerKey, installation: InstallationId): number;
  /** Removes the one-time keys of all users: after a restore, those that were handed out since are among them. */
  removeOneTimeOfAll(): void;
}
export interface KnownInstallation {
  readonly installation: InstallationId;
  /** The server's running time when another one registered; null for the one that registered last. */
  readonly replacedAtMs: number | null;
}

/** Reports of undelivered envelopes, kept until their senders have them on disk. */
export interface BounceRepository {
  /** A newer bounce replaces an older one of the same envelope. */
  put(bounce: Bounce): void;
  /** Returns the oldest `limit` bounces for this sender, in order of arrival. */
  waiting(sender: PeerKey, limit: number): Bounce[];
  count(sender: PeerKey): number;
  /** Removes all bounces of this id. Returns false if there was none. */
  remove(sender: PeerKey, id: MessageId): boolean;
}
export interface Bounce {
  readonly id: MessageId;
  /** The sender of the envelope, which gets this bounce. */
  readonly sender: PeerKey;
  readonly recipient: PeerKey;
  /** Why the envelope was removed (shared/chat/codes.ts), and after which time another attempt can help. */
  readonly code: string;
  readonly retryAfterMs: number | null;
}

/** Users to which a user has written by this server: their mail has a share of the user's mailbox (PROTOCOL 6.24). */
export interface CorrespondentRepository {
  /** The user has written to the peer. Not many more than the newest `limit` peers of this user are kept. */
  add(user: PeerKey, peer: PeerKey, limit: number): void;
  /** Returns the newest `limit` peers of this user, the earliest first. */
  of(user: PeerKey, limit: number): PeerKey[];
}

/** The keys and addresses that the operator keeps out (PROTOCOL 6.80). */
export interface BanRepository {
  /** A newer ban replaces an older one of the same key or address. */
  put(ban: Ban): void;
  /** Returns the bans, in the order in which they were first put. */
  all(): Ban[];
  /** Whether the key or the address group is banned at this time. */
  covers(key: PeerKey, address: string, wallMs: number): boolean;
  /** Returns false if it was not banned. */
  remove(banned: Banned): boolean;
  /** Removes the bans that have ended at this time. */
  removeEnded(wallMs: number): void;
}

/**
 * The rooms of a server: their logs, the members, and checkpoints (PROTOCOL section 10). The contents of entries stand apart from the
 * headers and signatures, so that they are erased in place.
 */
export interface RoomRepository {
  /** Returns the rooms, without their logs. */
  all(): RoomRecord[];
  find(room: RoomId): RoomRecord | undefined;
  /** Inserts or changes a record. */
  put(record: RoomRecord): void;
  /** Removes the record, the checkpoints, the members, and up to `limit` entries. Returns true if nothing of the room is left. */
  remove(room: RoomId, limit: number): boolean;

  /** Appends an entry with the hash of its place. Returns the bytes that it takes. */
  append(entry: LogEntry, hash: Digest): number;
  /** Returns the entry with this id; undefined if the room has none, or no longer. */
  entry(room: RoomId, id: MessageId): PlacedEntry | undefined;
  /** Returns the point of the entry at this place; undefined if the log has no entry there, or no longer. */
  pointAt(room: RoomId, seq: number): LogPoint | undefined;
  /** Returns up to `limit` entries after this place, in order. */
  entriesAfter(room: RoomId, seq: number, limit: number): PlacedEntry[];
  /** Returns the places of the newest `limit` entries that are messages, the newest first. */
  newestMessages(room: RoomId, limit: number): MessagePlace[];
  /** Returns the sizes of the oldest `limit` entries, in order. */
  oldest(room: RoomId, limit: number): EntrySize[];
  /** Erases the content of this message and of its edits. Returns the bytes that they took. */
  eraseMessage(room: RoomId, id: MessageId): number;
  /** Removes the entries up to this place. */
  cut(room: RoomId, seq: number): void;

  putCheckpoint(checkpoint: RoomCheckpoint): void;
  checkpoint(room: RoomId, purpose: CheckpointPurpose): RoomCheckpoint | undefined;
  removeCheckpoint(room: RoomId, purpose: CheckpointPurpose): void;

  members(room: RoomId): RoomMember[];
  member(room: RoomId, key: PeerKey): RoomMember | undefined;
  /** Returns the rooms in which this key has a part. */
  membershipsOf(key: PeerKey): RoomMember[];
  putMember(member: RoomMember): void;
  removeMember(room: RoomId, key: PeerKey): void;
  /** Returns up to `limit` rooms that this key may see in a list, by the comparison keys of their names, after this one. */
  listed(key: PeerKey, afterNameKey: string, limit: number): RoomRecord[];
  /** Counts the rooms that are not closed: all, or those that this key has created. `#everyone` is not counted. */
  count(creator?: PeerKey): number;
}
export interface RoomRecord extends Pick<RoomAbout, 'name' | 'topic' | 'access' | 'retention' | 'ended'> {
  readonly room: RoomId;
  /** The comparison key of the name. */
  readonly nameKey: string;
  readonly creator: PeerKey;
  /** When the server closed it, by its clock; null while it is open. */
  readonly closedAtMs: number | null;
  readonly head: LogPoint;
  /** The entries that the store has, and their bytes. */
  readonly entries: number;
  readonly bytes: number;
  readonly members: number;
}
/** An entry with the hash of its place in the log. */
export interface PlacedEntry {
  readonly entry: LogEntry;
  readonly hash: Digest;
}
export interface MessagePlace {
  readonly seq: number;
  readonly id: MessageId;
  readonly author: PeerKey;
}
export interface EntrySize {
  readonly seq: number;
  readonly takenAtMs: number;
  readonly bytes: number;
}
/**
 * `cut`: the log begins after it. `load`: a state from which the server goes on after a start. A key: the start of this member, which
 * may not see what was before.
 */
export type CheckpointPurpose = 'cut' | 'load' | PeerKey;
export interface RoomCheckpoint {
  readonly room: RoomId;
  readonly purpose: CheckpointPurpose;
  readonly point: LogPoint;
  readonly bytes: Uint8Array;
  /** Empty for `load`. */
  readonly signature: Uint8Array;
}
/** The part of one key in a room. In `#everyone`, only keys that have told how far they have read. */
export interface RoomMember {
  readonly room: RoomId;
  readonly key: PeerKey;
  /** `former`: the key was a member up to `endSeq`. */
  readonly standing: Role | 'invited' | 'former';
  /** The entry with which it became a member. */
  readonly joinedSeq: number;
  /** The entry with which it was no longer one; null for a member. */
  readonly endSeq: number | null;
  /** It may see the entries after this one. */
  readonly startSeq: number;
  /** The newest entry on its disk, and the newest that its user has read and lets others know of. */
  readonly delivered: number;
  readonly read: number;
}

export interface ServerFactRepository {
  get(): ServerFacts;
  set(change: Partial<ServerFacts>): void;
}
export interface ServerFacts {
  /** Undefined only in a new store. */
  readonly identity: Identity | undefined;
  readonly epoch: ServerEpoch | undefined;
  /** The server's running time in milliseconds, as far as it was written down. */
  readonly runningMs: number;
  /** Undefined until the operator sets quotas: the defaults hold. */
  readonly quotas: Quotas | undefined;
  /** Undefined while new keys need none. */
  readonly joinCode: JoinCode | undefined;
}
