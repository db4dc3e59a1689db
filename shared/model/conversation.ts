import type { HistoryResult } from '../bridge/commands.ts';
import type { Conversation } from '../bridge/schema.ts';
import type { ConversationId } from '../conversation.ts';
import type { MessageId } from '../ids.ts';
import {
  compareMessages,
  deliveryMayBecome,
  type ChatMessage,
  type Delivery,
  type NotifyLevel,
} from '../message.ts';

/** The loaded part of one conversation: its newest messages, in order, without gaps. */
export interface ConversationState {
  readonly conversation: ConversationId;
  readonly unread: number;
  /** How many of the unread messages mention the user. */
  readonly mentions: number;
  readonly notify: NotifyLevel;
  readonly messages: readonly ChatMessage[];
  /** Whether the gateway has older messages. */
  readonly hasMore: boolean;
  /** Messages that the server delivered because this gateway could not reach the recipient. */
  readonly deliveredByServer: ReadonlySet<MessageId>;
}

export function emptyConversation(conversation: ConversationId): ConversationState {
  return {
    conversation,
    unread: 0,
    mentions: 0,
    notify: 'all',
    messages: [],
    hasMore: false,
    deliveredByServer: new Set(),
  };
}

export function conversationFromSnapshot(loaded: Conversation): ConversationState {
  return {
    conversation: loaded.conversation,
    unread: loaded.unread,
    mentions: loaded.mentions,
    notify: loaded.notify,
    messages: loaded.messages.toSorted(compareMessages),
    hasMore: loaded.hasMore,
    deliveredByServer: new Set(),
  };
}

/** Inserts a message at its position, once by its id. A known message with a new position moves there. */
export function withMessage(
  conversation: ConversationState,
  arrived: ChatMessage,
  { unread, mentions }: Pick<ConversationState, 'unread' | 'mentions'>,
): ConversationState {
  const known = conversation.messages.find((message) => message.id === arrived.id);
  const message = known === undefined ? arrived : keepFurtherDelivery(known, arrived);
  const others = known === undefined ? conversation.messages : without(conversation.messages, arrived.id);
  const first = others[0];
  // Messages above the loaded part may be missing, so inserting there could leave a gap. `history` brings it later.
  if (conversation.hasMore && first !== undefined && compareMessages(message, first) < 0) {
    return { ...conversation, messages: others, unread, mentions };
  }
  return { ...conversation, messages: insertInOrder(others, message), unread, mentions };
}

/** Replaces a message that was edited, deleted, reacted to and so on. Ignores one that is not loaded. */
export function withChanged(
  conversation: ConversationState,
  changed: ChatMessage,
  mentions: number,
): ConversationState {
  const index = conversation.messages.findLastIndex(({ id }) => id === changed.id);
  const known = conversation.messages[index];
  if (known === undefined) return { ...conversation, mentions };
  const message = keepFurtherDelivery(known, changed);
  return { ...conversation, mentions, messages: conversation.messages.with(index, message) };
}

export function withDelivery(
  conversation: ConversationState,
  id: MessageId,
  delivery: Delivery,
): ConversationState {
  const index = conversation.messages.findLastIndex((message) => message.id === id);
  const message = conversation.messages[index];
  // A deleted message shows no delivery. This one is about an offer of its former words.
  if (message === undefined || message.content.kind === 'deleted') return conversation;
  if (!mayShow(message.delivery, delivery)) return conversation;
  return { ...conversation, messages: conversation.messages.with(index, { ...message, delivery }) };
}

export function withoutMessage(conversation: ConversationState, id: MessageId): ConversationState {
  return { ...conversation, messages: without(conversation.messages, id) };
}

/** Adds an answer to `history`. Ignores one that was requested before the top of the loaded part changed. */
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

/** Drops the oldest messages over the limit, so that a frontend that runs for weeks does not grow. */
export function withNewestOnly(conversation: ConversationState, messagesMax: number): ConversationState {
  if (conversation.messages.length <= messagesMax) return conversation;
  const messages = conversation.messages.slice(-messagesMax);
  const byServer = messages.map(({ id }) => id).filter((id) => conversation.deliveredByServer.has(id));
  return {
    ...conversation,
    messages,
    hasMore: true,
    deliveredByServer: new Set(byServer),
  };
}

/** Delivery states only move forward (`deliveryMayBecome`), except that Retry starts a failed message again. */
function mayShow(from: Delivery | undefined, to: Delivery): boolean {
  return from === undefined || from.state === 'failed' || deliveryMayBecome(from, to);
}

function keepFurtherDelivery(known: ChatMessage, arrived: ChatMessage): ChatMessage {
  if (known.delivery === undefined || arrived.content.kind === 'deleted') return arrived;
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
