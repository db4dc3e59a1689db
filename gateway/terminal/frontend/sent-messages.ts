import type { BridgeEvent } from '../../../shared/bridge/events.ts';
import { errors, type ErrorCode } from '../../../shared/errors.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { MessageId } from '../../../shared/ids.ts';
import type { ChatMessage, Delivery } from '../../../shared/message.ts';
import { safeLine } from '../text/safe-text.ts';

/**
 * What this face was told to send and is neither delivered nor stored yet. Answers two questions at the end of
 * the input: whether anything is still underway, and what to say about the rest.
 */
export class SentMessages {
  readonly #open = new Map<MessageId, Open>();
  readonly #refusals: Tally = new Map();
  #underwayCount = 0;

  /** How many may still become stored or delivered without anybody's help. */
  get underwayCount(): number {
    return this.#underwayCount;
  }

  /** Everything whose end this must remember, and thus what has to be bounded. */
  get openCount(): number {
    return this.#open.size;
  }

  /** To be called before the command is given: events may be faster than its answer. */
  add(id: MessageId, conversation: ConversationId, nickname: string): void {
    this.#set(id, { conversation, nickname, failure: null, hasNews: false });
  }

  /** The gateway did not take it; `id` null for a message that never had one. */
  refuse(id: MessageId | null, nickname: string, reason: string): void {
    if (id !== null) this.#delete(id);
    count(this.#refusals, nickname, reason);
  }

  handle(event: BridgeEvent): void {
    if (event.type === 'delivery') this.#settle(event.id, event.delivery);
    else if (event.type === 'message' && event.message.delivery !== undefined) {
      this.#settle(event.message.id, event.message.delivery);
    } else if (event.type === 'discarded') this.#discard(event.id);
  }

  /** Takes over what the history says of messages. */
  learn(messages: readonly ChatMessage[]): void {
    for (const { id, delivery } of messages) if (delivery !== undefined) this.#settle(id, delivery);
  }

  /** The conversations with messages in progress that no event has mentioned yet. */
  conversationsWithoutNews(): Set<ConversationId> {
    const conversations = new Set<ConversationId>();
    for (const { conversation, failure, hasNews } of this.#open.values()) {
      if (failure === null && !hasNews) conversations.add(conversation);
    }
    return conversations;
  }

  /** Names what is neither delivered nor stored, null when nothing is. */
  underwaySentence(): string | null {
    const waiting: Tally = new Map();
    for (const { nickname, failure } of this.#open.values())
      if (failure === null) count(waiting, nickname, '');
    return waiting.size === 0
      ? null
      : `Neither delivered nor stored, but kept and sent later: ${list(waiting)}.`;
  }

  /** Names what will not be sent, and why; null when nothing was refused. */
  refusedSentence(): string | null {
    const refused: Tally = new Map(this.#refusals);
    for (const { nickname, failure } of this.#open.values()) {
      if (failure !== null) count(refused, nickname, errors[failure].sentence);
    }
    return refused.size === 0 ? null : `Not sent: ${list(refused)}.`;
  }

  #settle(id: MessageId, delivery: Delivery): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    switch (delivery.state) {
      case 'stored':
      case 'delivered':
      case 'read':
        this.#delete(id);
        break;
      case 'failed':
        this.#set(id, { ...open, failure: delivery.code, hasNews: true });
        break;
      case 'saved':
      case 'sending':
      case 'waiting':
        // Retry, by another face, puts a failed message underway again.
        this.#set(id, { ...open, failure: null, hasNews: true });
        break;
      default:
        delivery satisfies never;
    }
  }

  #discard(id: MessageId): void {
    const open = this.#open.get(id);
    if (open !== undefined) this.refuse(id, open.nickname, 'discarded');
  }

  #set(id: MessageId, open: Open): void {
    this.#delete(id);
    this.#open.set(id, open);
    if (open.failure === null) this.#underwayCount++;
  }

  #delete(id: MessageId): void {
    if (this.#open.get(id)?.failure === null) this.#underwayCount--;
    this.#open.delete(id);
  }
}

interface Open {
  readonly conversation: ConversationId;
  readonly nickname: string;
  readonly failure: ErrorCode | null;
  readonly hasNews: boolean;
}

/** Reason and nickname, and how often: bounded by people and reasons, not by messages. */
type Tally = Map<string, { readonly nickname: string; readonly reason: string; readonly messages: number }>;

function count(tally: Tally, nickname: string, reason: string): void {
  const key = JSON.stringify([nickname, reason]);
  tally.set(key, { nickname, reason, messages: (tally.get(key)?.messages ?? 0) + 1 });
}

const namedMax = 10;

function list(tally: Tally): string {
  const entries = [...tally.values()];
  const named = entries.slice(0, namedMax).map(({ nickname, reason, messages }) => {
    const because = reason === '' ? '' : ` (${reason.replace(/\.$/u, '')})`;
    return `${messages === 1 ? 'a message' : `${messages} messages`} for ${safeLine(nickname)}${because}`;
  });
  if (entries.length > namedMax) named.push(`and for ${entries.length - namedMax} more`);
  return named.join(', ');
}
