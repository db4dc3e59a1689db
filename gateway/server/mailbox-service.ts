import { rejectionOf, type ProtocolCode, type Rejection } from '../../shared/chat/codes.ts';
import type { ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import type { MessageId, PeerKey } from '../../shared/ids.ts';
import { deliveriesInFlightMax, evictionsInTurnMax, unopenedWaitsMax } from '../../shared/limits.ts';
import type { Mail, MailboxItem, MailUsage, ServerStore } from '../store/server-store.ts';
import { BounceNotifier } from './bounce-notifier.ts';
import type { ServerContext } from './context.ts';
import type { MailKeyService } from './mail-key-service.ts';
import { MailboxStorage, type MailboxRefusal } from './mailbox-storage.ts';
import type { Registry } from './registry.ts';

export interface MailboxServiceOptions {
  readonly store: ServerStore;
  readonly registry: Registry;
  readonly context: ServerContext;
  readonly mailKeys: MailKeyService;
  /** After a fault of the store: when mail may be offered again. */
  readonly pausedUntilMs?: number;
}

/** A delivery that reached the recipient's endpoint, but was not confirmed, is offered again after this time. */
const confirmationTimeoutMs = 5_000;

/** An envelope that was offered to its recipient. */
interface Delivery {
  readonly sender: PeerKey;
  readonly id: MessageId;
  /** For `deliver-ack`. It begins when the transport is done with the envelope. */
  deadlineMs: number | undefined;
}

interface Confirmation {
  readonly sender: PeerKey;
  readonly id: MessageId;
}

interface InFlight {
  /** The envelopes on their way to one recipient, by number. */
  readonly deliveries: Map<number, Delivery>;
  /** Senders that still wait to hear whether the envelope was delivered or stored, by sender and id. */
  readonly pendingConfirmations: Map<string, Confirmation>;
  /** When the pending confirmations of envelopes that the recipient took unopened are due, the first one first. */
  readonly unopened: Map<string, number>;
}

/**
 * Keeps envelopes until their recipients have them on disk. The server cannot read them, and never confirms a delivery
 * in the recipient's name: receipts are envelopes, too. Deliveries in flight are only in memory; the truth is in the store.
 */
export class MailboxService {
  readonly #store: ServerStore;
  readonly #registry: Registry;
  readonly #context: ServerContext;
  readonly #mailKeys: MailKeyService;
  readonly #storage: MailboxStorage;
  readonly #bounces: BounceNotifier;
  readonly #inFlight = new Map<PeerKey, InFlight>();
  /** Until then nothing is offered to recipients; what comes is stored. */
  #pausedUntilMs: number | undefined;

  constructor({ store, registry, context, mailKeys, pausedUntilMs }: MailboxServiceOptions) {
    this.#store = store;
    this.#registry = registry;
    this.#context = context;
    this.#mailKeys = mailKeys;
    this.#storage = new MailboxStorage(store);
    this.#bounces = new BounceNotifier(store, this.#storage, context);
    this.#pausedUntilMs = pausedUntilMs;
  }

  /** What waits in each mailbox. An empty one has no entry. */
  usageByRecipient(): ReadonlyMap<PeerKey, MailUsage> {
    return this.#storage.usageByRecipient();
  }

  /**
   * Stores the envelope first, then offers it to a recipient that is online: whatever happens after this turn's commit,
   * the envelope is not lost.
   */
  store(sender: PeerKey, message: ProtocolMessageOf<'store'>): void {
    const { to, format, id, type, keyId, sealed } = message;
    if (this.#registry.find(to) === undefined) return this.reject(sender, id, 'unknown-recipient');
    if (type !== 'receipt') this.#storage.addCorrespondent(sender, to);
    const storedKeyId = this.#store.mailboxes.keyIdOf(to, sender, id);
    if (storedKeyId !== keyId) {
      // PROTOCOL 9.25: the sender seals it again, to a key of the installation that registered last.
      if (!this.#mailKeys.isForCurrent(to, keyId)) return this.reject(sender, id, 'unknown-mail-key');
      // The sender has sealed the message again: the older envelope may be for an installation that is gone.
      if (storedKeyId !== undefined) this.#remove(to, sender, id);
      const head = { format, from: sender, to, type, id, keyId };
      const refusal = this.#put({ head, sealed });
      if (refusal !== undefined) return this.reject(sender, id, refusal);
    }
    if (type === 'receipt') this.#sendStored(sender, id);
    else if (this.#canDeliverTo(to) && this.#mailKeys.isForRegistered(to, keyId)) {
      this.#inFlightTo(to).pendingConfirmations.set(sender + id, { sender, id });
    } else this.#confirmStored(sender, to, id);
    this.#deliverTo(to);
  }

  /** PROTOCOL 6.99: its sender takes envelopes back. The answer does not say whether they were here. */
  withdraw(sender: PeerKey, items: ProtocolMessageOf<'withdraw'>['items']): void {
    for (const { to, id } of items) this.#remove(to, sender, id);
    this.#context.send(sender, { kind: 'withdrawn', items });
    for (const { to } of items) this.#deliverTo(to);
  }

  /** The turn that stored the envelope failed. The sender is told at once, and does not wait for an answer in vain. */
  handleStoreFailed(sender: PeerKey, { to, id }: ProtocolMessageOf<'store'>): void {
    const isStored = this.#store.mailboxes.has(to, sender, id);
    if (!isStored && this.#context.isOnline(sender)) this.reject(sender, id, 'server-disk-full');
  }

  reject(sender: PeerKey, id: MessageId, code: ProtocolCode): void {
    this.#context.send(sender, { kind: 'reject', id, ...rejectionOf(code) });
  }

  /** The recipient has these envelopes on disk: they leave the mailbox. */
  handleDeliverAck(
    nowMs: number,
    recipient: PeerKey,
    items: ProtocolMessageOf<'deliver-ack'>['items'],
  ): void {
    let count = 0;
    for (const { sender, id, unopened } of items) {
      const confirmation = this.#inFlightTo(recipient).pendingConfirmations.get(sender + id);
      const item = this.#remove(recipient, sender, id);
      if (unopened === true && confirmation !== undefined) this.#confirmLater(nowMs, recipient, confirmation);
      else if (item !== undefined && item.head.type !== 'receipt' && unopened !== true) count++;
    }
    if (count > 0)
      this.#context.emit({ type: 'delivered', recipient: this.#registry.nameOf(recipient), count });
    this.#deliverTo(recipient);
  }

  /** The recipient cannot take the envelope: it leaves the mailbox, and its sender gets a bounce. */
  handleDeliverReject(recipient: PeerKey, rejection: ProtocolMessageOf<'deliver-reject'>): void {
    this.#bounce(recipient, rejection.sender, rejection.id, rejection);
    this.#deliverTo(recipient);
  }

  /** The peer is online: it gets its mail and its bounces. */
  handleArrival(peer: PeerKey): void {
    this.#deliverTo(peer);
    this.#bounces.notify(peer);
  }

  /** The sender has these bounces on disk. */
  handleReceiptAck(sender: PeerKey, ids: readonly MessageId[]): void {
    this.#bounces.confirm(sender, ids);
  }

  /**
   * The transport has delivered the message to the peer's endpoint, or its queue was full. In both cases the service
   * waits for `deliver-ack`, which tells what is on the peer's disk.
   */
  handleTransportDone(nowMs: number, peer: PeerKey, token: string): void {
    const delivery = this.#inFlight.get(peer)?.deliveries.get(numberOf(token));
    if (delivery !== undefined) delivery.deadlineMs = nowMs + confirmationTimeoutMs;
    this.#bounces.handleTransportDone(nowMs, peer, token);
  }

  /**
   * The peer is offline, or has a new connection without a registration. What was in flight to the peer waits on disk.
   * Senders that wait for a confirmation are told.
   */
  handleDeparture(peer: PeerKey): void {
    const inFlight = this.#inFlight.get(peer);
    this.#inFlight.delete(peer);
    this.#mailKeys.handleDeparture(peer);
    this.#bounces.handleDeparture(peer);
    for (const { sender, id } of inFlight?.pendingConfirmations.values() ?? [])
      this.#confirmStored(sender, peer, id);
  }

  handleTimeout(nowMs: number): void {
    if (this.#pausedUntilMs !== undefined && this.#pausedUntilMs <= nowMs) {
      this.#pausedUntilMs = undefined;
      for (const { key } of this.#registry.all()) this.handleArrival(key);
    }
    for (const [recipient, inFlight] of this.#inFlight) {
      this.#offerOverdueAgain(nowMs, recipient, inFlight);
      this.#confirmUnopened(nowMs, recipient, inFlight);
    }
    for (const { item, code } of this.#storage.handleTimeout(nowMs))
      this.#bounce(item.head.to, item.head.from, item.head.id, adviceFor(item, code));
    this.#bounces.handleTimeout(nowMs);
  }

  pollTimeout(): number {
    let earliest = Math.min(
      this.#storage.dueMs,
      this.#bounces.pollTimeout() ?? Infinity,
      this.#pausedUntilMs ?? Infinity,
    );
    for (const { deliveries, unopened } of this.#inFlight.values()) {
      for (const dueMs of unopened.values()) {
        if (dueMs < earliest) earliest = dueMs;
        break;
      }
      for (const { deadlineMs } of deliveries.values()) {
        if (deadlineMs !== undefined && deadlineMs < earliest) earliest = deadlineMs;
      }
    }
    return earliest;
  }

  /** Offers waiting envelopes to a recipient that is online, the oldest first. */
  #deliverTo(recipient: PeerKey): void {
    if (!this.#canDeliverTo(recipient)) return;
    const { deliveries } = this.#inFlightTo(recipient);
    const free = deliveriesInFlightMax - deliveries.size;
    if (free <= 0) return;
    const installations = this.#mailKeys.registeredInstallations(recipient);
    const inFlight = new Set(deliveries.keys());
    for (const item of this.#store.mailboxes.waiting(recipient, installations, inFlight, free)) {
      const { number, head, sealed } = item;
      deliveries.set(number, { sender: head.from, id: head.id, deadlineMs: undefined });
      this.#context.send(recipient, { kind: 'deliver', ...head, sealed }, deliveryToken(number));
    }
  }

  #offerOverdueAgain(nowMs: number, recipient: PeerKey, inFlight: InFlight): void {
    const { deliveries, pendingConfirmations } = inFlight;
    const overdue = [...deliveries].filter(
      ([, { deadlineMs }]) => deadlineMs !== undefined && deadlineMs <= nowMs,
    );
    for (const [number, { sender, id }] of overdue) {
      deliveries.delete(number);
      if (pendingConfirmations.delete(sender + id)) this.#confirmStored(sender, recipient, id);
    }
    if (overdue.length > 0) this.#deliverTo(recipient);
  }

  /**
   * PROTOCOL 6.90: the recipient keeps its silence towards this sender. The sender is told as much as about a recipient that
   * does not answer, and as late.
   */
  #confirmLater(nowMs: number, recipient: PeerKey, confirmation: Confirmation): void {
    const { pendingConfirmations, unopened } = this.#inFlightTo(recipient);
    const key = confirmation.sender + confirmation.id;
    pendingConfirmations.set(key, confirmation);
    unopened.set(key, nowMs + confirmationTimeoutMs);
    for (const first of unopened.keys()) {
      if (unopened.size <= unopenedWaitsMax) return;
      this.#confirmUnopenedOf(recipient, first);
    }
  }

  #confirmUnopened(nowMs: number, recipient: PeerKey, { unopened }: InFlight): void {
    for (const [key, dueMs] of unopened) {
      if (dueMs > nowMs) return;
      this.#confirmUnopenedOf(recipient, key);
    }
  }

  #confirmUnopenedOf(recipient: PeerKey, key: string): void {
    const { pendingConfirmations, unopened } = this.#inFlightTo(recipient);
    const confirmation = pendingConfirmations.get(key);
    unopened.delete(key);
    pendingConfirmations.delete(key);
    if (confirmation !== undefined) this.#sendStored(confirmation.sender, confirmation.id);
  }

  /** Stores an envelope, or returns why not. Others may leave a full mailbox for it: their senders get a bounce. */
  #put(mail: Omit<Mail, 'keptAtMs'>): MailboxRefusal | undefined {
    for (let evictions = 0; evictions <= evictionsInTurnMax; evictions++) {
      const admission = this.#storage.admission(mail);
      switch (admission.type) {
        case 'fits':
          this.#storage.put(mail);
          return undefined;
        case 'refused':
          return admission.code;
        case 'gives-way': {
          const { to, from, id } = admission.item.head;
          this.#bounce(to, from, id, rejectionOf('mailbox-full'));
          break;
        }
        default:
          return admission satisfies never;
      }
    }
    return 'mailbox-full';
  }

  /** Removes an envelope that was not delivered, and reports it to its sender. */
  #bounce(recipient: PeerKey, sender: PeerKey, id: MessageId, why: Rejection): void {
    const item = this.#remove(recipient, sender, id);
    if (item === undefined) return;
    this.#storage.putBounce(item, why);
    this.#bounces.notify(sender);
  }

  #remove(recipient: PeerKey, sender: PeerKey, id: MessageId): MailboxItem | undefined {
    const item = this.#storage.remove(recipient, sender, id);
    const inFlight = this.#inFlight.get(recipient);
    inFlight?.pendingConfirmations.delete(sender + id);
    inFlight?.unopened.delete(sender + id);
    if (item !== undefined) inFlight?.deliveries.delete(item.number);
    return item;
  }

  #canDeliverTo(recipient: PeerKey): boolean {
    return this.#pausedUntilMs === undefined && this.#context.isOnline(recipient);
  }

  #confirmStored(sender: PeerKey, recipient: PeerKey, id: MessageId): void {
    this.#sendStored(sender, id);
    this.#context.emit({
      type: 'stored',
      sender: this.#registry.nameOf(sender),
      recipient: this.#registry.nameOf(recipient),
      waiting: this.#store.mailboxes.count(recipient),
    });
  }

  #sendStored(sender: PeerKey, id: MessageId): void {
    if (this.#context.isOnline(sender)) this.#context.send(sender, { kind: 'stored', id });
  }

  #inFlightTo(recipient: PeerKey): InFlight {
    let inFlight = this.#inFlight.get(recipient);
    if (inFlight === undefined) {
      inFlight = { deliveries: new Map(), pendingConfirmations: new Map(), unopened: new Map() };
      this.#inFlight.set(recipient, inFlight);
    }
    return inFlight;
  }
}

/** PROTOCOL 6.23: a receipt that has expired is told again, or its message would never be shown as delivered. */
const expiredReceiptRetryMs = 1_000;

function adviceFor({ head }: MailboxItem, code: ProtocolCode): Rejection {
  return code === 'message-expired' && head.type === 'receipt'
    ? { code, retryAfterMs: expiredReceiptRetryMs }
    : rejectionOf(code);
}

const deliveryPrefix = 'deliver:';

function deliveryToken(number: number): string {
  return deliveryPrefix + String(number);
}

/** NaN for the token of another kind of message: no envelope has that number. */
function numberOf(token: string): number {
  return token.startsWith(deliveryPrefix) ? Number(token.slice(deliveryPrefix.length)) : Number.NaN;
}
