import type { MessageId, PeerKey } from '../../shared/ids.ts';
import { expiriesInTurnMax, receiptEnvelopesMax } from '../../shared/limits.ts';
import { defaultQuotas, type Quotas } from '../../shared/quotas.ts';
import type { Mail, MailboxItem, MailUsage, ServerStore } from '../store/server-store.ts';

/** Why something is not kept. */
export type MailboxRefusal = 'mailbox-full' | 'sender-quota-full';

/** How often the running time is written down, and what has become too old is looked for. */
const upkeepIntervalMs = 60_000;
/** Until the rest of what was too much for one turn. */
const restIntervalMs = 100;

/**
 * What this server keeps for people who are away: within its quotas, and not for ever. Mail ages by the time for which
 * the server has run: one that is switched off, or whose clock is set, loses nobody's words (DESIGN section 5).
 */
export class MailboxStorage {
  readonly #store: ServerStore;
  /** Over all processes of this server, as of the last upkeep. */
  #runningMs: number;
  #upkeptAtMs: number | undefined;
  #dueMs = Number.NEGATIVE_INFINITY;
  /** Counted once for each key, then kept along. */
  readonly #waitingFor = new Map<PeerKey, Usage>();
  readonly #waitingFrom = new Map<PeerKey, Usage>();

  constructor(store: ServerStore) {
    this.#store = store;
    this.#runningMs = store.facts.get().runningMs;
  }

  /** Takes in what is not kept yet; or gives why not. */
  keep(mail: Omit<Mail, 'keptAtMs'>): MailboxRefusal | undefined {
    const { from, id } = mail.head;
    // What became of an earlier envelope of this message is no news any more.
    if (this.#store.bounces.remove(from, id)) this.#waitingFrom.delete(from);
    const refusal = isReceipt(mail) ? this.#refusalOfReceipt(mail) : this.#refusal(mail);
    if (refusal !== undefined) return refusal;
    this.#store.mailboxes.put({ ...mail, keptAtMs: this.#runningMs });
    this.#count(mail, 1);
    return undefined;
  }

  /** Gives what is not kept any more; undefined if it was not. */
  letGo(recipient: PeerKey, sender: PeerKey, id: MessageId): MailboxItem | undefined {
    const item = this.#store.mailboxes.remove(recipient, sender, id);
    if (item !== undefined) this.#count(item, -1);
    return item;
  }

  /** Puts a notice for its sender in the place of what is not kept any more. */
  giveNotice({ head: { id, from, to } }: MailboxItem, code: string): void {
    this.#store.bounces.put({ id, sender: from, recipient: to, code });
    this.#waitingFrom.delete(from);
  }

  /** The sender has these notices on disk. */
  noted(sender: PeerKey, ids: readonly MessageId[]): void {
    const gone = ids.filter((id) => this.#store.bounces.remove(sender, id));
    if (gone.length > 0) this.#waitingFrom.delete(sender);
  }

  /** The first one only begins to count, so that what a full disk refuses is not tried again without a pause. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** Counts the time; gives what has waited for too long and is still kept, some of it at a time. */
  handleTimeout(nowMs: number): readonly MailboxItem[] {
    if (nowMs < this.#dueMs) return [];
    const elapsedMs = this.#upkeptAtMs === undefined ? 0 : Math.floor(nowMs - this.#upkeptAtMs);
    const isFirst = this.#upkeptAtMs === undefined;
    this.#upkeptAtMs = (this.#upkeptAtMs ?? nowMs) + elapsedMs;
    this.#dueMs = nowMs + upkeepIntervalMs;
    if (isFirst) return [];
    this.#runningMs += elapsedMs;
    this.#store.facts.set({ runningMs: this.#runningMs });
    const old = this.#store.mailboxes.keptBefore(this.#runningMs - this.#quotas.ageMsMax, expiriesInTurnMax);
    if (old.length === expiriesInTurnMax) this.#dueMs = nowMs + restIntervalMs;
    return old;
  }

  get #quotas(): Quotas {
    return this.#store.facts.get().quotas ?? defaultQuotas;
  }

  #refusal({ head: { from, to }, sealed }: Omit<Mail, 'keptAtMs'>): MailboxRefusal | undefined {
    const quotas = this.#quotas;
    const [box, own] = [this.#usageFor(to), this.#usageFrom(from)];
    if (own.messages >= quotas.senderMessagesMax || own.bytes + sealed.length > quotas.senderBytesMax)
      return 'sender-quota-full';
    if (box.messages >= quotas.mailboxMessagesMax || box.bytes + sealed.length > quotas.mailboxBytesMax)
      return 'mailbox-full';
    return undefined;
  }

  /** Receipts take no room from what people write, and cannot fill a disk either. */
  #refusalOfReceipt({ head: { from, to } }: Omit<Mail, 'keptAtMs'>): MailboxRefusal | undefined {
    return this.#store.mailboxes.countReceipts(to, from) < receiptEnvelopesMax ? undefined : 'mailbox-full';
  }

  #count(mail: Omit<Mail, 'keptAtMs'>, sign: 1 | -1): void {
    if (isReceipt(mail)) return;
    const { from, to } = mail.head;
    for (const usage of [this.#waitingFor.get(to), this.#waitingFrom.get(from)]) {
      if (usage === undefined) continue;
      usage.messages += sign;
      usage.bytes += sign * mail.sealed.length;
    }
  }

  #usageFor(recipient: PeerKey): Usage {
    return known(this.#waitingFor, recipient, () => this.#store.mailboxes.usageFor(recipient));
  }

  /** Notices count as messages: a sender who never notes them must not pile them up. */
  #usageFrom(sender: PeerKey): Usage {
    return known(this.#waitingFrom, sender, () => {
      const { messages, bytes } = this.#store.mailboxes.usageFrom(sender);
      return { messages: messages + this.#store.bounces.count(sender), bytes };
    });
  }
}

interface Usage {
  messages: number;
  bytes: number;
}

function known(usages: Map<PeerKey, Usage>, key: PeerKey, count: () => MailUsage): Usage {
  let usage = usages.get(key);
  if (usage === undefined) usages.set(key, (usage = { ...count() }));
  return usage;
}

function isReceipt({ head }: Pick<Mail, 'head'>): boolean {
  return head.type === 'receipt';
}
