import { done, refused, type CommandResult } from '../../../shared/command-result.ts';
import { peerOfDirect, type ConversationId } from '../../../shared/conversation.ts';
import type { Receipt } from '../../../shared/chat/kinds.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import { readsInTurnMax } from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { ClientStore } from '../../store/client-store.ts';
import type { ClientContext } from '../context.ts';
import type { Blocks } from '../contacts/blocks.ts';
import type { Contacts } from '../contacts/contacts.ts';
import type { Conversations } from './conversations.ts';
import type { DeliveryReceipts } from './delivery-receipts.ts';
import type { Outbox } from './outbox.ts';

export interface ReadReceiptsOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly contacts: Contacts;
  readonly blocks: Pick<Blocks, 'has'>;
  readonly conversations: Conversations;
  readonly outbox: Outbox;
  readonly receipts: DeliveryReceipts;
}

/** How far the user has read and which senders are told, and how far recipients have read the user's messages. */
export class ReadReceipts {
  readonly #options: ReadReceiptsOptions;

  constructor(options: ReadReceiptsOptions) {
    this.#options = options;
  }

  /** The user has read the conversation up to this message. */
  markRead(conversation: ConversationId, id: MessageId): CommandResult {
    const { store, context, conversations, receipts } = this.#options;
    const message = store.messages.find(id);
    if (message?.conversation !== conversation) return refused('unknown-message');
    if (!conversations.markRead(message)) return done;
    context.emit({
      type: 'read',
      conversation,
      unread: conversations.unreadCount(conversation),
      mentions: conversations.mentionCount(conversation),
    });
    const sender = peerOfDirect(conversation);
    if (sender === undefined || !this.#mayTell(sender)) return done;
    // The user may have read up to an own message. The sender learns of the last one of theirs.
    const last = store.messages.newestBy(conversation, sender, message.position);
    if (last !== undefined) receipts.dueRead(sender, last);
    return done;
  }

  /** PROTOCOL 9.29: the sender could not open the receipt that told this. It is told again if it is still true. */
  tellAgain(sender: PeerKey, id: MessageId): void {
    const { store, conversations, receipts } = this.#options;
    const message = store.messages.find(id);
    if (message === undefined || !conversations.isRead(message)) return;
    if (message.author === sender && this.#mayTell(sender) && store.receipts.read(sender) === undefined)
      receipts.dueRead(sender, id);
  }

  /** A key that is blocked, or that may belong to another person, learns nothing about the user. */
  #mayTell(sender: PeerKey): boolean {
    const { store, contacts, blocks } = this.#options;
    const { readReceipts } = store.facts.get().settings;
    return readReceipts && !blocks.has(sender) && !contacts.awaitsKeyDecision(sender);
  }

  /** A recipient reports which of the user's messages it has. */
  handleReceipt(now: Moment, from: PeerKey, { ids, read }: Receipt, via: 'direct' | 'server'): void {
    const { outbox } = this.#options;
    for (const id of ids) outbox.handleDelivered(id, from, via);
    if (read !== undefined) this.#handleRead(from, read, via);
    outbox.handleAccepting(now, from);
  }

  /** PROTOCOL 9.7: a read receipt covers what has arrived, and nothing that is still on its way. */
  #handleRead(from: PeerKey, id: MessageId, via: 'direct' | 'server'): void {
    const { store, context, outbox } = this.#options;
    const message = store.messages.find(id);
    if (message?.dispatches.some(({ recipient }) => recipient === from) !== true) return;
    // A message that was read has arrived.
    outbox.handleDelivered(id, from, via);
    for (const each of store.dispatches.markRead(id, from, readsInTurnMax)) {
      const read = store.messages.find(each);
      if (read === undefined) continue;
      const { conversation } = read;
      context.emit({ type: 'delivery', conversation, id: each, delivery: outbox.deliveryOf(read) });
    }
  }
}
