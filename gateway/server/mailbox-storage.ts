import type { Rejection } from '../../shared/chat/codes.ts';
import type { MessageId, PeerKey } from '../../shared/ids.ts';
import {
  correspondentsMax,
  expiriesInTurnMax,
  namesMax,
  receiptEnvelopesMax,
  receiptSealedBytesMax,
} from '../../shared/limits.ts';
import { defaultQuotas, quotaDayMs, type Quotas } from '../../shared/quotas.ts';
import type { Mail, MailboxItem, MailQuota, MailUsage, ServerStore } from '../store/server-store.ts';
import { decideShare } from './mailbox-shares.ts';

/** An envelope that leaves the mailbox without being delivered. */
export interface ExpiredMail {
  readonly item: MailboxItem;
  readonly code: 'message-expired' | 'unknown-mail-key';
}

/** Why the server refuses an envelope. */
export type MailboxRefusal = 'mailbox-full' | 'sender-quota-full' | 'malformed';

/** Whether an envelope can be stored now: it can, it cannot, or this one has to leave the mailbox first. */
export type Admission =
  | { readonly type: 'fits' }
  | { readonly type: 'refused'; readonly code: MailboxRefusal }
  | { readonly type: 'gives-way'; readonly item: MailboxItem };

/** What waits in one mailbox. Read once from the store, then kept current. */
interface MailboxState {
  readonly bySender: Map<PeerKey, Usage>;
  readonly total: Usage;
  /** The senders to which the owner has written. */
  readonly known: Set<PeerKey>;
}

/** How often the server writes down its running time and looks for mail that is too old. */
const upkeepIntervalMs = 60_000;
/** When a server that has started does it for the first time: what became too old should not wait a whole interval. */
const firstUpkeepMs = 10_000;
/** How long mail waits for an installation after another one took its place. */
const replacedInstallationMs = 7 * quotaDayMs;
/** The pause before the next part of an upkeep that is too much for one turn. */
const nextPartIntervalMs = 100;

/**
 * The envelopes that this server holds, within its quotas and for a limited time. Mail ages by the server's running
 * time. A server that is switched off, or gets another clock time, therefore loses no message.
 */
export class MailboxStorage {
  readonly #store: ServerStore;
  /** The running time of all processes of this server, as of the last upkeep. */
  #runningMs: number;
  #upkeptAtMs: number | undefined;
  #dueMs = Number.NEGATIVE_INFINITY;
  readonly #mailboxes = new Map<PeerKey, MailboxState>();
  /** Counted once for each key from the store, then kept current. At most as many as there are names. */
  readonly #usageBySender = new Map<PeerKey, Record<MailQuota, Usage>>();
  /** Counted when the operator first asks, then kept current. */
  #usageByRecipient: Map<PeerKey, Usage> | undefined;

  constructor(store: ServerStore) {
    this.#store = store;
    this.#runningMs = store.facts.get().runningMs;
  }

  /** PROTOCOL 6.24: the user has written to the peer, so the peer's mail has a share of the user's mailbox from now on. */
  addCorrespondent(user: PeerKey, peer: PeerKey): void {
    this.#store.correspondents.add(user, peer, correspondentsMax);
    const known = this.#mailboxes.get(user)?.known;
    if (known === undefined || known.has(peer)) return;
    known.add(peer);
    // A Set returns the earliest first, like the store.
    for (const earliest of known) {
      if (known.size <= correspondentsMax) return;
      known.delete(earliest);
    }
  }

  /** What waits in each mailbox: the messages without receipts, and the bytes with them. An empty mailbox has no entry. */
  usageByRecipient(): ReadonlyMap<PeerKey, MailUsage> {
    this.#usageByRecipient ??= new Map(
      [...this.#store.mailboxes.usageByRecipient()].map(([recipient, usage]) => [recipient, { ...usage }]),
    );
    return this.#usageByRecipient;
  }

  /** Decides about an envelope that is not stored yet. */
  admission(mail: Omit<Mail, 'keptAtMs'>): Admission {
    const { from, id } = mail.head;
    // The sender offers the message again, so an earlier bounce of it no longer counts.
    if (this.#store.bounces.remove(from, id)) this.#usageBySender.delete(from);
    const code = this.#refusalOfReceipt(mail);
    if (code !== undefined) return { type: 'refused', code };
    const bySender = this.#shareOfSender(mail);
    return bySender.type === 'fits' ? this.#share(mail) : bySender;
  }

  /** Stores an envelope that is not stored yet, and that fits. */
  put(mail: Omit<Mail, 'keptAtMs'>): void {
    this.#store.mailboxes.put({ ...mail, keptAtMs: this.#runningMs });
    this.#count(mail, 1);
  }

  /** Removes the envelope and returns it; undefined if it was not there. */
  remove(recipient: PeerKey, sender: PeerKey, id: MessageId): MailboxItem | undefined {
    const item = this.#store.mailboxes.remove(recipient, sender, id);
    if (item !== undefined) this.#count(item, -1);
    return item;
  }

  /** Leaves a bounce for the sender of a removed envelope. */
  putBounce({ head: { id, from, to } }: MailboxItem, { code, retryAfterMs }: Rejection): void {
    this.#store.bounces.put({ id, sender: from, recipient: to, code, retryAfterMs: retryAfterMs ?? null });
    this.#usageBySender.delete(from);
  }

  /** Removes bounces that the sender has on disk. */
  removeBounces(sender: PeerKey, ids: readonly MessageId[]): void {
    const removed = ids.filter((id) => this.#store.bounces.remove(sender, id));
    if (removed.length > 0) this.#usageBySender.delete(sender);
  }

  /** When the next upkeep is due. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /**
   * Counts the running time, and returns envelopes that are no longer kept, at most `expiriesInTurnMax` of each kind. They
   * are still stored. The first call only starts the count, so that the upkeep is not repeated without a pause when a full disk refuses it.
   */
  handleTimeout(nowMs: number): readonly ExpiredMail[] {
    if (nowMs < this.#dueMs) return [];
    const elapsedMs = this.#upkeptAtMs === undefined ? 0 : Math.floor(nowMs - this.#upkeptAtMs);
    const isFirst = this.#upkeptAtMs === undefined;
    this.#upkeptAtMs = (this.#upkeptAtMs ?? nowMs) + elapsedMs;
    this.#dueMs = nowMs + (isFirst ? firstUpkeepMs : upkeepIntervalMs);
    if (isFirst) return [];
    this.#runningMs += elapsedMs;
    this.#store.facts.set({ runningMs: this.#runningMs });
    const old = this.#store.mailboxes.keptBefore(this.#runningMs - this.#quotas.ageMsMax, expiriesInTurnMax);
    const orphaned = this.#orphanedMail();
    if (old.length === expiriesInTurnMax || orphaned.length === expiriesInTurnMax)
      this.#dueMs = nowMs + nextPartIntervalMs;
    return [
      ...orphaned.map((item) => ({ item, code: 'unknown-mail-key' }) as const),
      ...old.map((item) => ({ item, code: 'message-expired' }) as const),
    ];
  }

  /**
   * PROTOCOL 9.25: mail for installations that were replaced too long ago. An installation without any is forgotten. What
   * is returned has left the mailbox before the next call.
   */
  #orphanedMail(): readonly MailboxItem[] {
    const { mailKeys, mailboxes } = this.#store;
    const items: MailboxItem[] = [];
    const replaced = mailKeys.replacedBefore(this.#runningMs - replacedInstallationMs, expiriesInTurnMax);
    for (const { peer, installation } of replaced) {
      const limit = expiriesInTurnMax - items.length;
      if (limit === 0) break;
      const waiting = mailboxes.waiting(peer, [installation], new Set(), limit);
      items.push(...waiting);
      if (waiting.length === 0) mailKeys.removeInstallation(peer, installation);
    }
    return items;
  }

  get #quotas(): Quotas {
    return this.#store.facts.get().quotas ?? defaultQuotas;
  }

  /** PROTOCOL 6.22: peers that take no receipts do not use up the quota for messages, nor that for the receipts of others. */
  #shareOfSender(mail: Omit<Mail, 'keptAtMs'>): Admission {
    const { from, type } = mail.head;
    const { senderMessagesMax, senderBytesMax } = this.#quotas;
    const { messages, bytes } = this.#usageOfSender(from)[quotaOf(type)];
    const after = { messages: messages + 1, bytes: bytes + mail.sealed.length };
    const fitsInto = (part: number): boolean =>
      after.messages <= part * senderMessagesMax && after.bytes <= part * senderBytesMax;
    const isReceipt = type === 'receipt';
    if (fitsInto(isReceipt ? 0.5 : 1)) return { type: 'fits' };
    return isReceipt ? this.#shareOfReceipts(mail) : { type: 'refused', code: 'sender-quota-full' };
  }

  /**
   * PROTOCOL 6.22: a user owes a receipt to each key that writes, and keys cost nothing. So each recipient has a share of the
   * quota, as each sender has of a mailbox.
   */
  #shareOfReceipts({ head: { from, to }, sealed }: Omit<Mail, 'keptAtMs'>): Admission {
    const { senderMessagesMax, senderBytesMax } = this.#quotas;
    const { correspondents, mailboxes, bounces } = this.#store;
    // A receipt that gives way leaves a bounce, which gives way to nothing. So bounces have a room of their own.
    if (2 * bounces.count(from) >= senderMessagesMax) return { type: 'refused', code: 'sender-quota-full' };
    const known = new Set(correspondents.of(from, correspondentsMax));
    const recipients = [...mailboxes.receiptsFrom(from)].map(([peer, usage]) => ({
      peer,
      isKnown: known.has(peer),
      ...usage,
    }));
    const asking = { peer: to, isKnown: known.has(to), bytes: sealed.length };
    const room = { messages: senderMessagesMax, bytes: senderBytesMax };
    const decision = decideShare(recipients, asking, room);
    if (decision.type === 'fits') return decision;
    const item =
      decision.type === 'full' ? undefined : mailboxes[decision.envelope](decision.loser, from, 'receipts');
    return item === undefined ? { type: 'refused', code: 'sender-quota-full' } : { type: 'gives-way', item };
  }

  #share({ head: { from, to }, sealed }: Omit<Mail, 'keptAtMs'>): Admission {
    const quotas = this.#quotas;
    const { bySender, total, known } = this.#mailbox(to);
    const hasMuchRoom =
      2 * (total.messages + 1) <= quotas.mailboxMessagesMax &&
      2 * (total.bytes + sealed.length) <= quotas.mailboxBytesMax;
    if (hasMuchRoom) return { type: 'fits' };
    const senders = [...bySender].map(([peer, usage]) => ({ peer, isKnown: known.has(peer), ...usage }));
    const asking = { peer: from, isKnown: known.has(from), bytes: sealed.length };
    const room = { messages: quotas.mailboxMessagesMax, bytes: quotas.mailboxBytesMax };
    const decision = decideShare(senders, asking, room);
    if (decision.type === 'fits') return decision;
    const item =
      decision.type === 'full' ? undefined : this.#store.mailboxes[decision.envelope](to, decision.loser);
    return item === undefined ? { type: 'refused', code: 'mailbox-full' } : { type: 'gives-way', item };
  }

  /** PROTOCOL 9.4: receipts have a length and a number of their own, and count in the quotas, too. */
  #refusalOfReceipt({
    head: { from, to, type },
    sealed,
  }: Omit<Mail, 'keptAtMs'>): MailboxRefusal | undefined {
    if (type !== 'receipt') return undefined;
    if (sealed.length > receiptSealedBytesMax) return 'malformed';
    return this.#store.mailboxes.countReceipts(to, from) < receiptEnvelopesMax ? undefined : 'mailbox-full';
  }

  #count({ head: { from, to, type }, sealed }: Omit<Mail, 'keptAtMs'>, sign: 1 | -1): void {
    const mailbox = this.#mailboxes.get(to);
    const usages = [this.#usageBySender.get(from)?.[quotaOf(type)]];
    if (mailbox !== undefined) {
      const ofSender = mailbox.bySender.get(from) ?? { messages: 0, bytes: 0 };
      mailbox.bySender.set(from, ofSender);
      usages.push(ofSender, mailbox.total);
    }
    for (const usage of usages) {
      if (usage === undefined) continue;
      usage.messages += sign;
      usage.bytes += sign * sealed.length;
    }
    this.#countForOperator(to, type === 'receipt' ? 0 : sign, sign * sealed.length);
    if (mailbox?.bySender.get(from)?.messages === 0) mailbox.bySender.delete(from);
    // An empty mailbox needs no memory.
    if (mailbox?.total.messages === 0) this.#mailboxes.delete(to);
  }

  #countForOperator(recipient: PeerKey, messages: number, bytes: number): void {
    if (this.#usageByRecipient === undefined) return;
    const usage = this.#usageByRecipient.get(recipient) ?? { messages: 0, bytes: 0 };
    usage.messages += messages;
    usage.bytes += bytes;
    if (usage.messages > 0 || usage.bytes > 0) this.#usageByRecipient.set(recipient, usage);
    else this.#usageByRecipient.delete(recipient);
  }

  #mailbox(owner: PeerKey): MailboxState {
    let mailbox = this.#mailboxes.get(owner);
    if (mailbox === undefined) {
      const { mailboxes, correspondents } = this.#store;
      const bySender = new Map(
        [...mailboxes.usageFor(owner)].map(([sender, usage]) => [sender, { ...usage }]),
      );
      const total = { messages: 0, bytes: 0 };
      for (const { messages, bytes } of bySender.values()) {
        total.messages += messages;
        total.bytes += bytes;
      }
      mailbox = { bySender, total, known: new Set(correspondents.of(owner, correspondentsMax)) };
      this.#mailboxes.set(owner, mailbox);
    }
    return mailbox;
  }

  /** Bounces count in both quotas: otherwise a sender that never confirms them could pile them up. */
  #usageOfSender(sender: PeerKey): Record<MailQuota, Usage> {
    let usage = this.#usageBySender.get(sender);
    if (usage === undefined) {
      const { receipts, others } = this.#store.mailboxes.usageFrom(sender);
      const bounces = this.#store.bounces.count(sender);
      usage = {
        receipts: { messages: receipts.messages + bounces, bytes: receipts.bytes },
        others: { messages: others.messages + bounces, bytes: others.bytes },
      };
      // New keys may come for ever. What is forgotten here is counted again.
      for (const earliest of this.#usageBySender.keys()) {
        if (this.#usageBySender.size < namesMax) break;
        this.#usageBySender.delete(earliest);
      }
      this.#usageBySender.set(sender, usage);
    }
    return usage;
  }
}

function quotaOf(type: string): MailQuota {
  return type === 'receipt' ? 'receipts' : 'others';
}

interface Usage {
  messages: number;
  bytes: number;
}
