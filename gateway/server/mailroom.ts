import type { MessageId, PeerKey } from '../../shared/ids.ts';
import type { SaidOf } from '../../shared/chat/kinds.ts';
import { deliveriesInFlightMax, mailboxMessagesMax, receiptIdsMax } from '../../shared/limits.ts';
import type { ServerStore } from '../store/server-store.ts';
import type { ServerDesk } from './desk.ts';
import type { Registry } from './registry.ts';

/** A delivery that the recipient's endpoint has, but nobody has confirmed, is offered again after this time. */
const takenTimeoutMs = 5_000;

/** What is on its way to one recipient. */
interface Round {
  /** Offered, with the deadline for `taken`, which begins when the recipient's endpoint has it. */
  readonly underway: Map<MessageId, number | undefined>;
  /** Senders who have not heard yet how their delivery went. */
  readonly trials: Map<MessageId, PeerKey>;
}

/**
 * Keeps messages until their recipients have them on disk, and receipts until their senders have (DESIGN section 5).
 * Whatever is on its way is only remembered here; the truth is in the store.
 */
export class Mailroom {
  readonly #store: ServerStore;
  readonly #registry: Registry;
  readonly #desk: ServerDesk;
  readonly #rounds = new Map<PeerKey, Round>();
  readonly #receipts = new Map<
    PeerKey,
    { readonly ids: ReadonlySet<MessageId>; deadlineMs: number | undefined }
  >();

  constructor(store: ServerStore, registry: Registry, desk: ServerDesk) {
    this.#store = store;
    this.#registry = registry;
    this.#desk = desk;
  }

  /**
   * On disk first, then a trial where the recipient is believed online: whatever happens after this turn's commit,
   * the message is not lost.
   */
  store(sender: PeerKey, { to, id, body }: SaidOf<'store'>): void {
    const known = this.#registry.find(to);
    if (known === undefined) return this.#decline(sender, id, 'unknown-recipient');
    if (!this.#store.mailboxes.has(to, id)) {
      if (this.#store.mailboxes.count(to) >= mailboxMessagesMax)
        return this.#decline(sender, id, 'mailbox-full');
      this.#store.mailboxes.put({ id, sender, recipient: to, body });
    }
    if (!this.#desk.isHere(to)) return this.#confirmStored(sender, to, id);
    this.#roundOf(to).trials.set(id, sender);
    this.deliverTo(to);
  }

  /** Offers what waits for a registered recipient, oldest first. */
  deliverTo(recipient: PeerKey): void {
    if (!this.#desk.isHere(recipient)) return;
    const { underway } = this.#roundOf(recipient);
    const room = deliveriesInFlightMax - underway.size;
    if (room <= 0) return;
    for (const item of this.#store.mailboxes.waiting(recipient, new Set(underway.keys()), room)) {
      underway.set(item.id, undefined);
      this.#desk.say(
        recipient,
        'chat',
        { kind: 'deliver', from: item.sender, id: item.id, body: item.body },
        deliveryToken(item.id),
      );
    }
  }

  /** The recipient has them on disk: they leave the mailbox, and their senders have receipts coming. */
  taken(recipient: PeerKey, items: SaidOf<'taken'>['items']): void {
    const senders = new Set<PeerKey>();
    const round = this.#roundOf(recipient);
    let count = 0;
    for (const { id } of items) {
      round.underway.delete(id);
      round.trials.delete(id);
      const item = this.#store.mailboxes.remove(recipient, id);
      if (item === undefined) continue;
      this.#store.receipts.put({ id, sender: item.sender, recipient });
      senders.add(item.sender);
      count++;
    }
    if (count > 0) this.#desk.tell({ type: 'delivered', recipient: this.#registry.nameOf(recipient), count });
    for (const sender of senders) this.sendReceiptsTo(sender);
    this.deliverTo(recipient);
  }

  sendReceiptsTo(sender: PeerKey): void {
    if (!this.#desk.isHere(sender) || this.#receipts.has(sender)) return;
    const items = this.#store.receipts.waiting(sender, new Set(), receiptIdsMax);
    if (items.length === 0) return;
    this.#receipts.set(sender, { ids: new Set(items.map((item) => item.id)), deadlineMs: undefined });
    this.#desk.say(
      sender,
      'chat',
      { kind: 'receipts', items: items.map(({ id, recipient }) => ({ id, recipient })) },
      receiptsToken,
    );
  }

  /** The sender has these receipts on disk. */
  noted(sender: PeerKey, ids: readonly MessageId[]): void {
    for (const id of ids) this.#store.receipts.remove(sender, id);
    const underway = this.#receipts.get(sender);
    if (underway !== undefined && ids.some((id) => underway.ids.has(id))) this.#receipts.delete(sender);
    this.sendReceiptsTo(sender);
  }

  /** The peer's endpoint has it, its disk is another matter; or the way was full. Either way `taken` is awaited. */
  handedOver(nowMs: number, peer: PeerKey, token: string): void {
    const deadlineMs = nowMs + takenTimeoutMs;
    const receipts = this.#receipts.get(peer);
    if (token === receiptsToken && receipts !== undefined) receipts.deadlineMs = deadlineMs;
    const underway = this.#rounds.get(peer)?.underway;
    if (underway?.has(deliveryId(token)) === true) underway.set(deliveryId(token), deadlineMs);
  }

  /**
   * The peer has gone offline, or has a new connection and has not registered there yet: what was on its way to it
   * waits on disk, and the senders of trials hear so.
   */
  departed(peer: PeerKey): void {
    this.#receipts.delete(peer);
    const round = this.#rounds.get(peer);
    this.#rounds.delete(peer);
    for (const [id, sender] of round?.trials ?? []) this.#confirmStored(sender, peer, id);
  }

  handleTimeout(nowMs: number): void {
    for (const [recipient, { underway, trials }] of this.#rounds) {
      const overdue = [...underway].filter(([, deadlineMs]) => isDue(deadlineMs, nowMs));
      for (const [id] of overdue) {
        underway.delete(id);
        const sender = trials.get(id);
        trials.delete(id);
        if (sender !== undefined) this.#confirmStored(sender, recipient, id);
      }
      if (overdue.length > 0) this.deliverTo(recipient);
    }
    for (const [sender, { deadlineMs }] of this.#receipts) {
      if (!isDue(deadlineMs, nowMs)) continue;
      this.#receipts.delete(sender);
      this.sendReceiptsTo(sender);
    }
  }

  pollTimeout(): number | undefined {
    let earliest: number | undefined;
    const consider = (deadlineMs: number | undefined): void => {
      if (deadlineMs !== undefined && (earliest === undefined || deadlineMs < earliest))
        earliest = deadlineMs;
    };
    for (const { underway } of this.#rounds.values())
      for (const deadlineMs of underway.values()) consider(deadlineMs);
    for (const { deadlineMs } of this.#receipts.values()) consider(deadlineMs);
    return earliest;
  }

  #confirmStored(sender: PeerKey, recipient: PeerKey, id: MessageId): void {
    if (this.#desk.isHere(sender)) this.#desk.say(sender, 'chat', { kind: 'stored', id }, 'stored');
    this.#desk.tell({
      type: 'stored',
      sender: this.#registry.nameOf(sender),
      recipient: this.#registry.nameOf(recipient),
      waiting: this.#store.mailboxes.count(recipient),
    });
  }

  #decline(sender: PeerKey, id: MessageId, code: string): void {
    this.#desk.say(sender, 'chat', { kind: 'declined', id, code }, 'declined');
  }

  #roundOf(recipient: PeerKey): Round {
    let round = this.#rounds.get(recipient);
    if (round === undefined)
      this.#rounds.set(recipient, (round = { underway: new Map(), trials: new Map() }));
    return round;
  }
}

function isDue(deadlineMs: number | undefined, nowMs: number): boolean {
  return deadlineMs !== undefined && deadlineMs <= nowMs;
}

const receiptsToken = 'receipts';
const deliveryPrefix = 'deliver:';

function deliveryToken(id: MessageId): string {
  return deliveryPrefix + id;
}

function deliveryId(token: string): MessageId {
  return token.slice(deliveryPrefix.length) as MessageId;
}
