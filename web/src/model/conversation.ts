import {
  compareMessages,
  deliveryMayBecome,
  type ChatMessage,
  type Delivery,
} from '../../../shared/message.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { MessageId } from '../../../shared/ids.ts';
import type { HistoryResult } from '../../../shared/bridge/commands.ts';
import type { Conversation } from '../../../shared/bridge/schema.ts';

/** One conversation as far as this tab has loaded it: its newest messages, in order, without gaps. */
export interface ConversationState {
  readonly conversation: ConversationId;
  readonly unread: number;
  readonly messages: readonly ChatMessage[];
  /** Whether the gateway has older ones. */
  readonly hasMore: boolean;
  /** Messages that the server handed over because I could not reach somebody who was online. */
  readonly deliveredByServer: ReadonlySet<MessageId>;
}

export function emptyConversation(conversation: ConversationId): ConversationState {
  return { conversation, unread: 0, messages: [], hasMore: false, deliveredByServer: new Set() };
}

export function conversationFromSnapshot(conversation: Conversation): ConversationState {
  return {
    conversation: conversation.conversation,
    unread: conversation.unread,
    messages: conversation.messages.toSorted(compareMessages),
    hasMore: conversation.hasMore,
    deliveredByServer: new Set(),
  };
}

/** Puts a message at its place, once by its id: also one that was here already and stands elsewhere now. */
export function withMessage(
  conversation: ConversationState,
  arrived: ChatMessage,
  unread: number,
): ConversationState {
  const known = conversation.messages.find((message) => message.id === arrived.id);
  const message = known === undefined ? arrived : keepFurtherDelivery(known, arrived);
  const others = known === undefined ? conversation.messages : without(conversation.messages, arrived.id);
  const first = others[0];
  // Above the loaded part there may be others that are not loaded: it comes with them, or there would be a gap.
  if (conversation.hasMore && first !== undefined && compareMessages(message, first) < 0) {
    return { ...conversation, messages: others, unread };
  }
  return { ...conversation, messages: insertInOrder(others, message), unread };
}

export function withDelivery(
  conversation: ConversationState,
  id: MessageId,
  delivery: Delivery,
): ConversationState {
  const index = conversation.messages.findLastIndex((message) => message.id === id);
  const message = conversation.messages[index];
  if (message === undefined || !mayShow(message.delivery, delivery)) return conversation;
  return { ...conversation, messages: conversation.messages.with(index, { ...message, delivery }) };
}

export function withoutMessage(conversation: ConversationState, id: MessageId): ConversationState {
  return { ...conversation, messages: without(conversation.messages, id) };
}

/** An answer to `history`. One that was asked for before the loaded part changed at its top is of no use any more. */
export function withHistory(
  conversation: ConversationState,
  before: MessageId,
  history: HistoryResult,
): ConversationState {
  if (conversation.messages[0]?.id !== before) return conversation;
  const known = new Set(conversation.messages.map((message) => message.id));
  const added = history.messages.filter((message) => !known.has(message.id));
  return {
    ...conversation,
    messages: [...added, ...conversation.messages].toSorted(compareMessages),
    hasMore: history.hasMore,
  };
}

/** DESIGN 5: states only move forward. A failed message that is retried starts anew. */
function mayShow(from: Delivery | undefined, to: Delivery): boolean {
  return from === undefined || from.state === 'failed' || deliveryMayBecome(from, to);
}

function keepFurtherDelivery(known: ChatMessage, arrived: ChatMessage): ChatMessage {
  if (known.delivery === undefined) return arrived;
  if (arrived.delivery !== undefined && mayShow(known.delivery, arrived.delivery)) return arrived;
  return { ...arrived, delivery: known.delivery };
}

/** Nearly every message belongs at the end, so the search begins there. */
function insertInOrder(messages: readonly ChatMessage[], message: ChatMessage): readonly ChatMessage[] {
  const above = messages.findLastIndex((other) => compareMessages(other, message) <= 0);
  return messages.toSpliced(above + 1, 0, message);
}

function without(messages: readonly ChatMessage[], id: MessageId): readonly ChatMessage[] {
  return messages.filter((message) => message.id !== id);
}
