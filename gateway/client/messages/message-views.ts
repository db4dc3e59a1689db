import { roomOfConversation, type ConversationId } from '../../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import { hasWords, type ChatMessage, type Content, type Delivery } from '../../../shared/message.ts';
import type { ChangedMessage, StoredMessage } from '../../store/client-store.ts';
import type { ClientContext } from '../context.ts';
import type { Conversations } from './conversations.ts';
import type { Outbox } from './outbox.ts';

export interface MessageViewsOptions {
  readonly context: Pick<ClientContext, 'emit'>;
  readonly me: PeerKey;
  readonly conversations: Conversations;
  readonly outbox: Pick<Outbox, 'deliveryOf'>;
  /** The delivery of an own message of a room. */
  readonly roomDeliveryOf: (conversation: ConversationId, id: MessageId) => Delivery;
  /** A message is new. */
  readonly onNew: (message: StoredMessage) => void;
}

/** Tells frontends of messages, and of changes of them. */
export class MessageViews {
  readonly #options: MessageViewsOptions;

  constructor(options: MessageViewsOptions) {
    this.#options = options;
  }

  /** Returns a message as frontends see it. */
  of({ dispatches, installation: _, clockOffsetMs: __, ...message }: StoredMessage): ChatMessage {
    const { me, outbox, roomDeliveryOf } = this.#options;
    const { id, author, content, conversation } = message;
    if (author !== me) return { ...message, ...(mentions(content, me) ? { mentionsMe: true } : {}) };
    // The delivery of the former words of a deleted message says nothing of its deletion.
    if (content.kind === 'deleted') return message;
    const isInRoom = roomOfConversation(conversation) !== undefined;
    const delivery = isInRoom ? roomDeliveryOf(conversation, id) : outbox.deliveryOf({ id, dispatches });
    return { ...message, delivery };
  }

  /** A message is in the store. */
  tellNew(message: StoredMessage, backlog = false): void {
    const { context, conversations, onNew } = this.#options;
    const { conversation } = message;
    onNew(message);
    context.emit({
      type: 'message',
      message: this.of(message),
      unread: conversations.unreadCount(conversation),
      mentions: conversations.mentionCount(conversation),
      backlog,
    });
  }

  /** These messages are others in the store now. */
  tellChanged(changed: readonly ChangedMessage[]): void {
    const { context, conversations } = this.#options;
    for (const { message, change } of changed) {
      const { conversation } = message;
      if (change.kind === 'edit' || change.kind === 'delete') conversations.recountMentions(conversation);
      const mentions = conversations.mentionCount(conversation);
      context.emit({ type: 'changed', message: this.of(message), change, mentions });
    }
  }
}

function mentions(content: Content, key: PeerKey): boolean {
  if (!hasWords(content)) return false;
  return content.mentionsRoom === true || content.mentions?.includes(key) === true;
}
