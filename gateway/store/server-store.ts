import type { EnvelopeHead } from '../../shared/chat/envelope.ts';
import type { MessageId, PeerKey, ServerEpoch, SigningKey } from '../../shared/ids.ts';
import type { TurnStore } from '../turn/role.ts';
import type { Quotas } from '../../shared/quotas.ts';
import type { Identity } from './client-store.ts';

/**
 * What a server remembers, in the domain's words: who carries which name, and what waits for whom. Turns and
 * failures are as in ClientStore.
 */
export interface ServerStore extends TurnStore {
  readonly names: NameRepository;
  readonly mailboxes: MailboxRepository;
  readonly bounces: BounceRepository;
  readonly facts: ServerFactRepository;
  close(): void;
}

/** Nicknames by key: one nickname per key, one key per nickname (compared by `nicknameComparisonKey`). */
export interface NameRepository {
  all(): NameRecord[];
  /** Puts or renames; the caller has checked that the nickname is free. */
  put(record: NameRecord): void;
  /** The highest `version` that was ever put, 0 before the first. */
  highestVersion(): number;
  /** The nickname is free again. That it is gone is told with a version of its own, too. */
  remove(key: PeerKey, version: number): void;
  /** The highest version of a removal, 0 before the first: whoever has an older table cannot be told what is gone. */
  removedVersion(): number;
}
export interface NameRecord {
  readonly key: PeerKey;
  readonly signingKey: SigningKey;
  readonly nickname: string;
  /** Formatted addresses that the person was last seen at or said, the freshest first. */
  readonly candidates: readonly string[];
  /** Whether the person was online when this was written: whom a restarted server tries to meet again. */
  readonly online: boolean;
  /** Whether others may know when the person was online last; and if so, when that was by the server's clock. */
  readonly showsLastSeen: boolean;
  readonly lastSeenMs: number | null;
  /** How often the candidates have changed. */
  readonly addressRevision: number;
  /** For how long the person was online before the last time that presence changed, and when that was: by the server's running time. */
  readonly onlineMs: number;
  readonly presenceSinceMs: number;
  /** The roster's version with which what stands here was told to others; 0 when it is still to be told. */
  readonly version: number;
}

/** Envelopes that wait for a recipient. They stay until the recipient has them on disk, or returns them. */
export interface MailboxRepository {
  /** False when this id of this sender waits already for this recipient: nothing changes. */
  put(mail: Mail): boolean;
  has(recipient: PeerKey, sender: PeerKey, id: MessageId): boolean;
  /** The oldest `limit` of a mailbox whose numbers are not in `except`, in the order in which they came. */
  waiting(recipient: PeerKey, except: ReadonlySet<number>, limit: number): MailboxItem[];
  /** What people wrote: all but receipts. */
  count(recipient: PeerKey): number;
  /** What waits for this recipient, and what waits from this sender for everybody; receipts apart. */
  usageFor(recipient: PeerKey): MailUsage;
  usageFrom(sender: PeerKey): MailUsage;
  /** The oldest `limit` of all mailboxes that were kept before this time; receipts apart. */
  keptBefore(keptAtMs: number, limit: number): MailboxItem[];
  /** Envelopes with receipts from one person to another. */
  countReceipts(recipient: PeerKey, sender: PeerKey): number;
  /** Takes it out and gives it, undefined if it is not there. */
  remove(recipient: PeerKey, sender: PeerKey, id: MessageId): MailboxItem | undefined;
}
export interface Mail {
  /** `to` is whose mailbox it is in. */
  readonly head: EnvelopeHead;
  readonly sealed: Uint8Array;
  /** The server's running time when it came. */
  readonly keptAtMs: number;
}
export interface MailUsage {
  readonly messages: number;
  readonly bytes: number;
}
export interface MailboxItem extends Mail {
  /** Its place in the order of coming; of nothing else that waits. */
  readonly number: number;
}

/** What became of envelopes that nobody took, kept until their senders have it on disk. */
export interface BounceRepository {
  /** Of one envelope the newest notice stands. */
  put(notice: Bounce): void;
  /** The oldest `limit` for this sender, in the order in which they came. */
  waiting(sender: PeerKey, limit: number): Bounce[];
  count(sender: PeerKey): number;
  /** All notices about this id; false if there was none. */
  remove(sender: PeerKey, id: MessageId): boolean;
}
export interface Bounce {
  readonly id: MessageId;
  /** Who sent the envelope and shall learn of it. */
  readonly sender: PeerKey;
  readonly recipient: PeerKey;
  /** Why it is not kept any more (shared/errors.ts). */
  readonly code: string;
}

export interface ServerFactRepository {
  get(): ServerFacts;
  set(change: Partial<ServerFacts>): void;
}
export interface ServerFacts {
  /** Undefined only in a new store. */
  readonly identity: Identity | undefined;
  readonly epoch: ServerEpoch | undefined;
  /** For how long the server has run, in milliseconds, as far as it was written down. */
  readonly runningMs: number;
  /** Undefined: as the program comes. */
  readonly quotas: Quotas | undefined;
}
