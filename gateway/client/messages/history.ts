import type { ConversationId } from '../../../shared/conversation.ts';
import type { MessageId } from '../../../shared/ids.ts';
import type { ClientStore, MessagePage, StoredMessage } from '../../store/client-store.ts';

/** Finds places in the messages of one conversation, however many there are. */
export class History {
  readonly #messages: Pick<ClientStore['messages'], 'find' | 'page' | 'pageAfter'>;
  readonly #conversation: ConversationId;

  constructor(
    messages: Pick<ClientStore['messages'], 'find' | 'page' | 'pageAfter'>,
    conversation: ConversationId,
  ) {
    this.#messages = messages;
    this.#conversation = conversation;
  }

  /** Returns a message of this conversation; undefined for an unknown one, and for one of another conversation. */
  find(id: MessageId): StoredMessage | undefined {
    const message = this.#messages.find(id);
    return message?.conversation === this.#conversation ? message : undefined;
  }

  /** Returns the first `limit` messages from `first` on, in order. */
  pageFrom(first: StoredMessage, limit: number): MessagePage {
    // One more than there is place for tells whether there are more.
    const { messages, hasMore } = this.#messages.pageAfter(this.#conversation, first.position, limit);
    const page = [first, ...messages];
    return { messages: page.slice(0, limit), hasMore: hasMore || page.length > limit };
  }

  /**
   * Returns the first message that is late enough; undefined without such a message. The times rise with the positions, but for
   * clocks that are wrong: then it returns one of the places where the times pass from earlier to late enough. Reads one message in
   * each of at most 54 steps.
   */
  firstSince(isLateEnough: (message: StoredMessage) => boolean): StoredMessage | undefined {
    const newest = this.#messages.page(this.#conversation, null, 1).messages[0];
    if (newest === undefined || !isLateEnough(newest)) return undefined;
    let found = newest;
    let low = 0;
    let high = newest.position.major + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const message = this.#firstOf(middle);
      if (message !== undefined && isLateEnough(message)) {
        found = message;
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return found;
  }

  /** Returns the first message from this major position on. */
  #firstOf(major: number): StoredMessage | undefined {
    const above = { major: major - 1, minor: Number.MAX_SAFE_INTEGER };
    return this.#messages.pageAfter(this.#conversation, above, 1).messages[0];
  }
}
