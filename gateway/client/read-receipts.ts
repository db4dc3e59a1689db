import { done, refused, type CommandResult } from '../../shared/command-result.ts';
import type { Receipt } from '../../shared/chat/kinds.ts';
import type { MessageId, PeerKey } from '../../shared/ids.ts';
import { readsInTurnMax } from '../../shared/limits.ts';
import type { ClientStore } from '../store/client-store.ts';
import type { ClientContext } from './context.ts';
import type { Outbox } from './outbox.ts';
import type { People } from './people.ts';
import type { DeliveryReceipts } from './delivery-receipts.ts';

export interface ReadReceiptsOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly people: People;
  readonly outbox: Outbox;
  readonly receipts: DeliveryReceipts;
}

/** How far the person here has read, what others hear of it, and how far they have read themselves. */
export class ReadReceipts {
  readonly #options: ReadReceiptsOptions;

  constructor(options: ReadReceiptsOptions) {
    this.#options = options;
  }

  /** The person has read the conversation up to this message. */
  mark(peer: PeerKey, id: MessageId): CommandResult {
    const { store, context, people, receipts } = this.#options;
    const message = store.messages.find(id);
    if (message?.peer !== peer) return refused('unknown-message');
    if (!people.markRead(message)) return done;
    context.emit({ type: 'read', peer, unread: people.unreadCount(peer) });
    // Who may be somebody else hears nothing of the person here.
    const isTold = store.facts.get().tellsReads && !people.isBlocked(peer);
    if (isTold && message.direction === 'in') receipts.dueRead(peer, id);
    return done;
  }

  /** A person's own word about my messages. */
  handleReceipt(from: PeerKey, { ids, read }: Receipt, via: 'direct' | 'server'): void {
    for (const id of ids) this.#options.outbox.handleDelivered(id, from, via);
    if (read !== undefined) this.#handleRead(from, read, via);
  }

  /** PROTOCOL 9.7: it speaks for what has arrived, and for nothing that is still on its way. */
  #handleRead(from: PeerKey, id: MessageId, via: 'direct' | 'server'): void {
    const { store, context, outbox } = this.#options;
    const message = store.messages.find(id);
    if (message?.peer !== from || message.direction !== 'out') return;
    // Who has read it has it.
    outbox.handleDelivered(id, from, via);
    for (const each of store.outbox.markRead(id, readsInTurnMax))
      context.emit({ type: 'delivery', peer: from, id: each, delivery: { state: 'read' } });
  }
}
