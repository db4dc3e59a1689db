import type { ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import type { MessageId, PeerKey } from '../../shared/ids.ts';
import { deliveriesInFlightMax } from '../../shared/limits.ts';
import type { MailboxItem, ServerStore } from '../store/server-store.ts';
import type { ServerContext } from './context.ts';
import { MailboxStorage } from './mailbox-storage.ts';
import { BounceNotifier } from './bounce-notifier.ts';
import type { Registry } from './registry.ts';

/** A delivery that the recipient's endpoint has, but nobody has confirmed, is offered again after this time. */
const takenTimeoutMs = 5_000;

/** An envelope that was offered to its recipient. */
interface Delivery {
  readonly sender: PeerKey;
  readonly id: MessageId;
  /** For `taken`; begins when the recipient's endpoint has it. */
  deadlineMs: number | undefined;
}

/** What is on its way to one recipient, by the envelopes' numbers. */
interface InFlight {
  readonly underway: Map<number, Delivery>;
  /** Senders who have not heard yet how their delivery went, by sender and id. */
  readonly pendingConfirmations: Map<string, { readonly sender: PeerKey; readonly id: MessageId }>;
}

/**
 * Keeps envelopes until their recipients have them on disk (DESIGN section 5). It neither reads them nor says for anybody
 * that they arrived: receipts are envelopes, too. What is on its way is only remembered here; the truth is in the store.
 */
export class MailboxService {
  readonly #store: ServerStore;
  readonly #registry: Registry;
  readonly #context: ServerContext;
  readonly #keeping: MailboxStorage;
  readonly #notices: BounceNotifier;
  readonly #rounds = new Map<PeerKey, InFlight>();
  #restsUntilMs: number | undefined;

  constructor(store: ServerStore, registry: Registry, context: ServerContext) {
    this.#store = store;
    this.#registry = registry;
    this.#context = context;
    this.#keeping = new MailboxStorage(store);
    this.#notices = new BounceNotifier(store, this.#keeping, context);
  }

  /**
   * On disk first, then a trial where the recipient is believed online: whatever happens after this turn's commit,
   * the envelope is not lost.
   */
  store(sender: PeerKey, said: ProtocolMessageOf<'store'>): void {
    const { to, id, type, installation, sequence, sealed } = said;
    if (this.#registry.find(to) === undefined) return this.#decline(sender, id, 'unknown-recipient');
    if (!this.#store.mailboxes.has(to, sender, id)) {
      const head = { from: sender, to, type, id, installation, sequence };
      const refusal = this.#keeping.keep({ head, sealed });
      if (refusal !== undefined) return this.#decline(sender, id, refusal);
    }
    if (type === 'receipt') this.#sayStored(sender, id);
    else if (this.#isOpenFor(to)) this.#roundOf(to).pendingConfirmations.set(sender + id, { sender, id });
    else this.#confirmStored(sender, to, id);
    this.deliverTo(to);
  }

  /** Until then nothing is offered to anybody; what comes is kept. */
  pause(untilMs: number): void {
    this.#restsUntilMs = untilMs;
  }

  /** Offers what waits for a registered recipient, oldest first. */
  deliverTo(recipient: PeerKey): void {
    if (!this.#isOpenFor(recipient)) return;
    const { underway } = this.#roundOf(recipient);
    const room = deliveriesInFlightMax - underway.size;
    if (room <= 0) return;
    for (const item of this.#store.mailboxes.waiting(recipient, new Set(underway.keys()), room)) {
      const { number, head, sealed } = item;
      underway.set(number, { sender: head.from, id: head.id, deadlineMs: undefined });
      this.#context.send(recipient, 'chat', { kind: 'deliver', ...head, sealed }, deliveryToken(number));
    }
  }

  /** The recipient has them on disk: they leave the mailbox. */
  taken(recipient: PeerKey, items: ProtocolMessageOf<'deliver-ack'>['items']): void {
    let count = 0;
    for (const { sender, id } of items) {
      const item = this.#takeOut(recipient, sender, id);
      if (item !== undefined && item.head.type !== 'receipt') count++;
    }
    if (count > 0)
      this.#context.emit({ type: 'delivered', recipient: this.#registry.nameOf(recipient), count });
    this.deliverTo(recipient);
  }

  /** The recipient cannot take it: it leaves the mailbox, and its sender hears so. */
  returned(recipient: PeerKey, { sender, id, code }: ProtocolMessageOf<'deliver-reject'>): void {
    this.#giveBack(recipient, sender, id, code);
    this.deliverTo(recipient);
  }

  /** Somebody is here now. */
  arrived(peer: PeerKey): void {
    this.deliverTo(peer);
    this.#notices.tellTo(peer);
  }

  noted(sender: PeerKey, ids: readonly MessageId[]): void {
    this.#notices.noted(sender, ids);
  }

  /** The peer's endpoint has it, its disk is another matter; or the way was full. Either way `taken` is awaited. */
  handedOver(nowMs: number, peer: PeerKey, token: string): void {
    const delivery = this.#rounds.get(peer)?.underway.get(numberOf(token));
    if (delivery !== undefined) delivery.deadlineMs = nowMs + takenTimeoutMs;
    this.#notices.handedOver(nowMs, peer, token);
  }

  /**
   * The peer has gone offline, or has a new connection and has not registered there yet: what was on its way to it
   * waits on disk, and the senders of trials hear so.
   */
  departed(peer: PeerKey): void {
    const round = this.#rounds.get(peer);
    this.#rounds.delete(peer);
    this.#notices.departed(peer);
    for (const { sender, id } of round?.pendingConfirmations.values() ?? [])
      this.#confirmStored(sender, peer, id);
  }

  handleTimeout(nowMs: number): void {
    if (this.#restsUntilMs !== undefined && this.#restsUntilMs <= nowMs) {
      this.#restsUntilMs = undefined;
      for (const { key } of this.#registry.everybody()) this.arrived(key);
    }
    for (const [recipient, { underway, pendingConfirmations }] of this.#rounds) {
      const overdue = [...underway].filter(
        ([, { deadlineMs }]) => deadlineMs !== undefined && deadlineMs <= nowMs,
      );
      for (const [number, { sender, id }] of overdue) {
        underway.delete(number);
        if (pendingConfirmations.delete(sender + id)) this.#confirmStored(sender, recipient, id);
      }
      if (overdue.length > 0) this.deliverTo(recipient);
    }
    for (const { head } of this.#keeping.handleTimeout(nowMs))
      this.#giveBack(head.to, head.from, head.id, 'message-expired');
    this.#notices.handleTimeout(nowMs);
  }

  pollTimeout(): number {
    const restsUntilMs = this.#restsUntilMs ?? Infinity;
    let earliest = Math.min(this.#keeping.dueMs, this.#notices.pollTimeout() ?? Infinity, restsUntilMs);
    for (const { underway } of this.#rounds.values()) {
      for (const { deadlineMs } of underway.values()) {
        if (deadlineMs !== undefined && deadlineMs < earliest) earliest = deadlineMs;
      }
    }
    return earliest;
  }

  /** It leaves the mailbox without having been taken, and its sender hears why. */
  #giveBack(recipient: PeerKey, sender: PeerKey, id: MessageId, code: string): void {
    const item = this.#takeOut(recipient, sender, id);
    if (item === undefined) return;
    this.#keeping.giveNotice(item, code);
    this.#notices.tellTo(sender);
  }

  #takeOut(recipient: PeerKey, sender: PeerKey, id: MessageId): MailboxItem | undefined {
    const item = this.#keeping.letGo(recipient, sender, id);
    const round = this.#roundOf(recipient);
    round.pendingConfirmations.delete(sender + id);
    if (item !== undefined) round.underway.delete(item.number);
    return item;
  }

  #isOpenFor(recipient: PeerKey): boolean {
    return this.#restsUntilMs === undefined && this.#context.isOnline(recipient);
  }

  #confirmStored(sender: PeerKey, recipient: PeerKey, id: MessageId): void {
    this.#sayStored(sender, id);
    this.#context.emit({
      type: 'stored',
      sender: this.#registry.nameOf(sender),
      recipient: this.#registry.nameOf(recipient),
      waiting: this.#store.mailboxes.count(recipient),
    });
  }

  #sayStored(sender: PeerKey, id: MessageId): void {
    if (this.#context.isOnline(sender)) this.#context.send(sender, 'chat', { kind: 'stored', id }, 'stored');
  }

  #decline(sender: PeerKey, id: MessageId, code: string): void {
    this.#context.send(sender, 'chat', { kind: 'reject', id, code }, 'reject');
  }

  #roundOf(recipient: PeerKey): InFlight {
    let round = this.#rounds.get(recipient);
    if (round === undefined)
      this.#rounds.set(recipient, (round = { underway: new Map(), pendingConfirmations: new Map() }));
    return round;
  }
}

const deliveryPrefix = 'deliver:';

function deliveryToken(number: number): string {
  return deliveryPrefix + String(number);
}

/** Of another token NaN, which is no envelope's number. */
function numberOf(token: string): number {
  return token.startsWith(deliveryPrefix) ? Number(token.slice(deliveryPrefix.length)) : Number.NaN;
}
