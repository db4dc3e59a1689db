import type { Rejection } from '../../shared/chat/codes.ts';
import type { MessageId, PeerKey } from '../../shared/ids.ts';
import { expiriesInTurnMax, receiptEnvelopesMax } from '../../shared/limits.ts';
import { defaultQuotas, quotaDayMs, type Quotas } from '../../shared/quotas.ts';
import type { Mail, MailboxItem, MailUsage, ServerStore } from '../store/server-store.ts';

/** An envelope that leaves the mailbox without being delivered. */
export interface ExpiredMail {
  readonly item: MailboxItem;
  readonly code: 'message-expired' | 'unknown-mail-key';
}

/** Why the server refuses an envelope. */
export type MailboxRefusal = 'mailbox-full' | 'sender-quota-full';

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
  /** Counted once for each key from the store, then kept current. */
  readonly #usageByRecipient = new Map<PeerKey, Usage>();
  readonly #usageBySender = new Map<PeerKey, Usage>();

  constructor(store: ServerStore) {
    this.#store = store;
    this.#runningMs = store.facts.get().runningMs;
  }

  /** Stores an envelope that is not stored yet, or returns why not. */
  put(mail: Omit<Mail, 'keptAtMs'>): MailboxRefusal | undefined {
    const { from, id } = mail.head;
    // The sender offers the message again, so an earlier bounce of it no longer counts.
    if (this.#store.bounces.remove(from, id)) this.#usageBySender.delete(from);
    const refusal = isReceipt(mail) ? this.#refusalOfReceipt(mail) : this.#refusal(mail);
    if (refusal !== undefined) return refusal;
    this.#store.mailboxes.put({ ...mail, keptAtMs: this.#runningMs });
    this.#count(mail, 1);
    return undefined;
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

  #refusal({ head: { from, to }, sealed }: Omit<Mail, 'keptAtMs'>): MailboxRefusal | undefined {
    const quotas = this.#quotas;
    const ofSender = this.#usageOfSender(from);
    const ofRecipient = this.#usageOfRecipient(to);
    if (
      ofSender.messages >= quotas.senderMessagesMax ||
      ofSender.bytes + sealed.length > quotas.senderBytesMax
    )
      return 'sender-quota-full';
    if (
      ofRecipient.messages >= quotas.mailboxMessagesMax ||
      ofRecipient.bytes + sealed.length > quotas.mailboxBytesMax
    )
      return 'mailbox-full';
    return undefined;
  }

  /** Receipts have a limit of their own: they take no room from messages, and cannot fill a disk either. */
  #refusalOfReceipt({ head: { from, to } }: Omit<Mail, 'keptAtMs'>): MailboxRefusal | undefined {
    return this.#store.mailboxes.countReceipts(to, from) < receiptEnvelopesMax ? undefined : 'mailbox-full';
  }

  #count(mail: Omit<Mail, 'keptAtMs'>, sign: 1 | -1): void {
    if (isReceipt(mail)) return;
    const { from, to } = mail.head;
    for (const usage of [this.#usageByRecipient.get(to), this.#usageBySender.get(from)]) {
      if (usage === undefined) continue;
      usage.messages += sign;
      usage.bytes += sign * mail.sealed.length;
    }
  }

  #usageOfRecipient(recipient: PeerKey): Usage {
    return countedOnce(this.#usageByRecipient, recipient, () => this.#store.mailboxes.usageFor(recipient));
  }

  /** Bounces count as messages: otherwise a sender that never confirms them could pile them up. */
  #usageOfSender(sender: PeerKey): Usage {
    return countedOnce(this.#usageBySender, sender, () => {
      const { messages, bytes } = this.#store.mailboxes.usageFrom(sender);
      return { messages: messages + this.#store.bounces.count(sender), bytes };
    });
  }
}

interface Usage {
  messages: number;
  bytes: number;
}

function countedOnce(usages: Map<PeerKey, Usage>, key: PeerKey, count: () => MailUsage): Usage {
  let usage = usages.get(key);
  if (usage === undefined) {
    usage = { ...count() };
    usages.set(key, usage);
  }
  return usage;
}

function isReceipt({ head }: Pick<Mail, 'head'>): boolean {
  return head.type === 'receipt';
}
