import type { ConversationId } from '../../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import { printedIdsMax } from '../../../shared/limits.ts';
import type { ChatMessage } from '../../../shared/message.ts';

/** A message with a number, as the commands about it need it. */
export interface NumberedMessage {
  readonly number: number;
  readonly id: MessageId;
  readonly conversation: ConversationId;
  readonly author: PeerKey;
  /** Of a poll: what the voters can choose. Otherwise empty. */
  readonly choices: readonly string[];
  /** The emoji with which the user has reacted. */
  readonly ownEmoji: ReadonlySet<string>;
}

/**
 * The numbers of messages in one run of the prompt, from 1 on, while the user wants them. None is used twice, so that a command
 * never changes another message than the one that the user sees. Past `printedIdsMax` messages, the oldest numbers are forgotten.
 */
export class MessageNumbers {
  /** Whether the prompt prints numbers. */
  areOn = false;
  readonly #messages = new Map<number, NumberedMessage>();
  readonly #numbers = new Map<MessageId, number>();
  #last = 0;

  /** Returns the number of a message that is printed now. */
  give(message: ChatMessage, me: PeerKey | undefined): number {
    const number = this.#numbers.get(message.id) ?? ++this.#last;
    this.#numbers.set(message.id, number);
    this.#messages.set(number, numbered(number, message, me));
    if (this.#messages.size > printedIdsMax) this.#forgetOldest();
    return number;
  }

  /** The message has changed. */
  update(message: ChatMessage, me: PeerKey | undefined): void {
    const number = this.#numbers.get(message.id);
    if (number !== undefined) this.#messages.set(number, numbered(number, message, me));
  }

  find(number: number): NumberedMessage | undefined {
    return this.#messages.get(number);
  }

  /** Undefined for a message without a number. */
  numberOf(id: MessageId): number | undefined {
    return this.#numbers.get(id);
  }

  #forgetOldest(): void {
    for (const [number, { id }] of this.#messages) {
      this.#messages.delete(number);
      this.#numbers.delete(id);
      return;
    }
  }
}

function numbered(number: number, message: ChatMessage, me: PeerKey | undefined): NumberedMessage {
  const { id, conversation, author, content, reactions = [] } = message;
  const own = reactions.filter(({ keys }) => keys.some((key) => key === me)).map(({ emoji }) => emoji);
  return {
    number,
    id,
    conversation,
    author,
    choices: content.kind === 'poll' ? content.choices : [],
    ownEmoji: new Set(own),
  };
}
