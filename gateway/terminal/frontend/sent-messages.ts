import type { BridgeEvent } from '../../../shared/bridge/events.ts';
import { errors, type ErrorCode } from '../../../shared/errors.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { MessageId } from '../../../shared/ids.ts';
import type { ChatMessage, Delivery } from '../../../shared/message.ts';
import { safeLine } from '../text/safe-text.ts';

/**
 * Follows the messages of this frontend until they are delivered or stored. At the end of the input, tells whether any
 * message is still in progress and names the others.
 */
export class SentMessages {
  readonly #open = new Map<MessageId, Open>();
  readonly #refusals: Tally = new Map();
  readonly #arrived: Counts = { message: 0, change: 0 };
  #inProgressCount = 0;
  #earlierArrivedCount = 0;

  /** The number of messages that can still be stored or delivered without the user. */
  get inProgressCount(): number {
    return this.#inProgressCount;
  }

  /** The number of messages in memory, which the caller has to bound. */
  get openCount(): number {
    return this.#open.size;
  }

  /** The number of messages of an earlier run that arrived during this one. They go before those of this run. */
  get earlierArrivedCount(): number {
    return this.#earlierArrivedCount;
  }

  /** Call this before the command, because its events can arrive before its answer. */
  add(id: MessageId, conversation: ConversationId, nickname: string, kind: SentKind = 'message'): void {
    this.#set(id, { conversation, nickname, kind, failure: null, hasNews: false });
  }

  /** Counts a message that the gateway refused. `id` is null for a message without an id. */
  refuse(id: MessageId | null, nickname: string, reason: string): void {
    const kind = (id === null ? undefined : this.#open.get(id)?.kind) ?? 'message';
    if (id !== null) this.#delete(id);
    count(this.#refusals, kind, nickname, reason);
  }

  handle(event: BridgeEvent): void {
    if (event.type === 'delivery') this.#settle(event.id, event.delivery);
    else if (event.type === 'message' && event.message.delivery !== undefined) {
      this.#settle(event.message.id, event.message.delivery);
    } else if (event.type === 'discarded') this.#discard(event.id);
    else if (event.type === 'room-refused' && event.id !== null) this.#refuseEntry(event.id, event.code);
  }

  /** Takes the deliveries of these messages from the history. */
  learn(messages: readonly ChatMessage[]): void {
    for (const { id, delivery } of messages)
      if (delivery !== undefined && this.#open.has(id)) this.#settle(id, delivery);
  }

  /** The conversations with messages in progress that no event has mentioned yet. */
  conversationsWithoutNews(): Set<ConversationId> {
    const conversations = new Set<ConversationId>();
    for (const { conversation, failure, hasNews } of this.#open.values()) {
      if (failure === null && !hasNews) conversations.add(conversation);
    }
    return conversations;
  }

  /** `2 messages and a change`: what was delivered, or taken by the server. Empty if nothing was. */
  arrivedText(): string {
    return countText(this.#arrived);
  }

  /** What can still be delivered or taken by the server. Empty if nothing can. */
  waitingText(): string {
    const waiting: Counts = { message: 0, change: 0 };
    for (const { kind, failure } of this.#open.values()) if (failure === null) waiting[kind]++;
    return countText(waiting);
  }

  /** Names the recipients of messages that are neither delivered nor stored; null without such messages. */
  inProgressSentence(): string | null {
    const waiting: Tally = new Map();
    for (const { kind, nickname, failure } of this.#open.values())
      if (failure === null) count(waiting, kind, nickname, '');
    return waiting.size === 0
      ? null
      : `Not delivered yet, but saved here and sent at the next start: ${list(waiting)}.`;
  }

  /** Names the recipients of refused messages, with the reasons; null without such messages. */
  refusedSentence(): string | null {
    const refused: Tally = new Map(this.#refusals);
    for (const { kind, nickname, failure } of this.#open.values()) {
      if (failure !== null) count(refused, kind, nickname, errors[failure].sentence);
    }
    return refused.size === 0 ? null : `Not sent: ${list(refused)}.`;
  }

  #settle(id: MessageId, delivery: Delivery): void {
    const open = this.#open.get(id);
    if (open === undefined) {
      if (isArrival(delivery)) this.#earlierArrivedCount++;
      return;
    }
    switch (delivery.state) {
      case 'stored':
      case 'delivered':
      case 'read':
      case 'in-room':
        this.#arrived[open.kind]++;
        this.#delete(id);
        break;
      case 'failed':
        this.#set(id, { ...open, failure: delivery.code, hasNews: true });
        break;
      case 'saved':
      case 'sending':
      case 'waiting':
        // A retry in another frontend puts a failed message in progress again.
        this.#set(id, { ...open, failure: null, hasNews: true });
        break;
      default:
        delivery satisfies never;
    }
  }

  #refuseEntry(id: MessageId, code: ErrorCode): void {
    const open = this.#open.get(id);
    if (open !== undefined) this.refuse(id, open.nickname, errors[code].sentence);
  }

  #discard(id: MessageId): void {
    const open = this.#open.get(id);
    if (open !== undefined) this.refuse(id, open.nickname, 'discarded');
  }

  #set(id: MessageId, open: Open): void {
    this.#delete(id);
    this.#open.set(id, open);
    if (open.failure === null) this.#inProgressCount++;
  }

  #delete(id: MessageId): void {
    if (this.#open.get(id)?.failure === null) this.#inProgressCount--;
    this.#open.delete(id);
  }
}

/** Whether this is the news that a message arrived, and not a receipt of a member of a room. */
function isArrival(delivery: Delivery): boolean {
  if (delivery.state === 'in-room') return delivery.delivered + delivery.read === 0;
  return delivery.state === 'stored' || delivery.state === 'delivered';
}

/** `change`: a change of a message, or an entry of a room that is no message. */
export type SentKind = 'message' | 'change';

type Counts = Record<SentKind, number>;

interface Open {
  readonly conversation: ConversationId;
  readonly nickname: string;
  readonly kind: SentKind;
  readonly failure: ErrorCode | null;
  readonly hasNews: boolean;
}

/** Counts messages by reason and nickname, so its size grows with people and reasons and not with messages. */
type Tally = Map<
  string,
  {
    readonly kind: SentKind;
    readonly nickname: string;
    readonly reason: string;
    readonly number: number;
  }
>;

function count(tally: Tally, kind: SentKind, nickname: string, reason: string): void {
  const key = JSON.stringify([kind, nickname, reason]);
  tally.set(key, { kind, nickname, reason, number: (tally.get(key)?.number ?? 0) + 1 });
}

/** `2 messages and a change` */
function countText(counts: Counts): string {
  return (['message', 'change'] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => numberText(counts[kind], kind))
    .join(' and ');
}

function numberText(number: number, kind: SentKind): string {
  return number === 1 ? `a ${kind}` : `${number} ${kind}s`;
}

const namedMax = 10;

function list(tally: Tally): string {
  const entries = [...tally.values()];
  const named = entries.slice(0, namedMax).map(({ kind, nickname, reason, number }) => {
    const because = reason === '' ? '' : ` (${reason.replace(/\.$/u, '')})`;
    const what = numberText(number, kind);
    // A nickname never begins with #.
    const isOfRoom = kind === 'change' && nickname.startsWith('#');
    return `${what} ${isOfRoom ? 'of' : 'for'} ${safeLine(nickname)}${because}`;
  });
  if (entries.length > namedMax) named.push(`and for ${entries.length - namedMax} more`);
  return named.join(', ');
}
