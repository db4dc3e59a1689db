import type { Conversation } from '../bridge/schema.ts';
import type { ConversationId } from '../conversation.ts';
import type { MessageId, PeerKey } from '../ids.ts';
import {
  compareMessages,
  deliveryMayBecome,
  type ChatMessage,
  type Delivery,
  type NotifyLevel,
} from '../message.ts';

/** Messages in order, without gaps. */
export interface LoadedMessages {
  readonly messages: readonly ChatMessage[];
  /** Whether the gateway has older messages. */
  readonly hasMore: boolean;
}

/** The loaded part of one conversation: its newest messages. */
export interface ConversationState extends LoadedMessages {
  readonly conversation: ConversationId;
  readonly unread: number;
  /** How many of the unread messages mention the user. */
  readonly mentions: number;
  readonly notify: NotifyLevel;
  /** Messages from further up, with a gap below them. Null: the reader did not go so far. */
  readonly past: LoadedMessages | null;
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
    past: null,
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
    past: null,
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
    return {
      ...conversation,
      messages: others,
      past: withLate(conversation.past, message),
      unread,
      mentions,
    };
  }
  return { ...conversation, messages: insertInOrder(others, message), unread, mentions };
}

/** A late message has its place in the past, unless it stands outside of it. */
function withLate(past: LoadedMessages | null, message: ChatMessage): LoadedMessages | null {
  const [first, last] = [past?.messages[0], past?.messages.at(-1)];
  if (past === null || first === undefined || last === undefined) return past;
  if (compareMessages(message, first) < 0 || compareMessages(message, last) > 0) return past;
  return { ...past, messages: insertInOrder(without(past.messages, message.id), message) };
}

/** Replaces a message that was edited, deleted, reacted to and so on. Ignores one that is not loaded. */
export function withChanged(
  conversation: ConversationState,
  changed: ChatMessage,
  mentions: number,
): ConversationState {
  return {
    ...withReplaced(conversation, changed.id, (known) => keepFurtherDelivery(known, changed)),
    mentions,
  };
}

export function withDelivery(
  conversation: ConversationState,
  id: MessageId,
  delivery: Delivery,
): ConversationState {
  return withReplaced(conversation, id, (message) =>
    // A deleted message shows no delivery. This one is about an offer of its former words.
    message.content.kind === 'deleted' || !mayShow(message.delivery, delivery)
      ? message
      : { ...message, delivery },
  );
}

export function withoutMessage(conversation: ConversationState, id: MessageId): ConversationState {
  const { past } = conversation;
  return {
    ...conversation,
    messages: without(conversation.messages, id),
    past: past && { ...past, messages: without(past.messages, id) },
  };
}

function withReplaced(
  conversation: ConversationState,
  id: MessageId,
  next: (known: ChatMessage) => ChatMessage,
): ConversationState {
  const replaced = <Part extends LoadedMessages>(part: Part): Part => {
    const index = part.messages.findLastIndex((message) => message.id === id);
    const known = part.messages[index];
    const message = known === undefined ? undefined : next(known);
    if (message === undefined || message === known) return part;
    return { ...part, messages: part.messages.with(index, message) };
  };
  const past = conversation.past && replaced(conversation.past);
  const newest = replaced(conversation);
  return past === conversation.past ? newest : { ...newest, past };
}

/**
 * Returns the message up to which a user has read who sees the end of the conversation: the newest of another author. If all loaded
 * messages are own ones, those of others stand above them, and the newest own one is returned.
 */
export function newestToRead({ messages }: ConversationState, me: PeerKey | null): ChatMessage | undefined {
  return messages.findLast((message) => message.author !== me) ?? messages.at(-1);
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
