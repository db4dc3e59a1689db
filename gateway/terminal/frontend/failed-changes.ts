import type { BridgeEvent } from '../../../shared/bridge/events.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { MessageId } from '../../../shared/ids.ts';
import { notedMessagesMax } from '../../../shared/limits.ts';

/** The changes of messages that failed for good in this run, for the commands `retry` and `discard`. */
export class FailedChanges {
  readonly #conversations = new Map<MessageId, ConversationId>();

  handle(event: BridgeEvent): void {
    switch (event.type) {
      case 'change-failed':
        this.#conversations.set(event.id, event.conversation);
        if (this.#conversations.size > notedMessagesMax) this.#forgetOldest();
        return;
      case 'delivery':
        if (event.delivery.state !== 'failed') this.#conversations.delete(event.id);
        return;
      case 'discarded':
        this.#conversations.delete(event.id);
        return;
      default:
        // Other events say nothing about changes. The shared model (shared/model) handles every event.
        return;
    }
  }

  of(conversation: ConversationId): MessageId[] {
    return [...this.#conversations].flatMap(([id, of]) => (of === conversation ? [id] : []));
  }

  #forgetOldest(): void {
    for (const oldest of this.#conversations.keys()) {
      this.#conversations.delete(oldest);
      return;
    }
  }
}
