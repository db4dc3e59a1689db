import type { HistoryResult } from '../bridge/commands.ts';
import type { MessageId } from '../ids.ts';
import { newestMessagesMax, pastMessagesMax } from '../limits.ts';
import { compareMessages, type ChatMessage } from '../message.ts';
import type { ConversationState, LoadedMessages } from './conversation.ts';

/**
 * Adds an answer to `history`. Ignores one that was requested before the top of the loaded part changed. More than the newest messages
 * that are kept are the past: its newer end goes when it is too long.
 */
export function withHistory(
  conversation: ConversationState,
  before: MessageId,
  history: HistoryResult,
): ConversationState {
  const { past, ...newest } = conversation;
  const part = past ?? newest;
  if (part.messages[0]?.id !== before) return conversation;
  const messages = union(history.messages, part.messages);
  const { hasMore } = history;
  if (past === null && messages.length <= newestMessagesMax) return { ...conversation, messages, hasMore };
  return { ...conversation, past: { messages: messages.slice(0, pastMessagesMax), hasMore } };
}

/** Goes to a place of the history: `earlier` are the messages before it, and `later` those from it on. */
export function withPast(
  conversation: ConversationState,
  earlier: HistoryResult,
  later: HistoryResult,
): ConversationState {
  const past = { messages: union(earlier.messages, later.messages), hasMore: earlier.hasMore };
  return joined(conversation, past, later.hasMore);
}

/** Adds an answer to `history-from`, which asked from the last message of the past on. Its older end goes when it is too long. */
export function withLater(conversation: ConversationState, later: HistoryResult): ConversationState {
  const { past } = conversation;
  if (past === null || past.messages.at(-1)?.id !== later.messages[0]?.id) return conversation;
  const all = union(past.messages, later.messages);
  const messages = all.slice(-pastMessagesMax);
  const hasMore = past.hasMore || messages.length < all.length;
  return joined(conversation, { messages, hasMore }, later.hasMore);
}

/** Leaves the past for the newest messages. */
export function withoutPast(conversation: ConversationState): ConversationState {
  return conversation.past === null ? conversation : { ...conversation, past: null };
}

/** Once the past reaches the newest messages, nothing is missing between them. */
function joined(conversation: ConversationState, past: LoadedMessages, hasLater: boolean): ConversationState {
  const newest = new Set(conversation.messages.map(({ id }) => id));
  if (hasLater && !past.messages.some(({ id }) => newest.has(id))) return { ...conversation, past };
  return {
    ...conversation,
    messages: union(past.messages, conversation.messages),
    hasMore: past.hasMore,
    past: null,
  };
}

/** Returns all of both, in order, each once. Of two versions it takes the `newer` one, which events have kept current. */
function union(older: readonly ChatMessage[], newer: readonly ChatMessage[]): readonly ChatMessage[] {
  const known = new Set(newer.map(({ id }) => id));
  return [...older.filter(({ id }) => !known.has(id)), ...newer].toSorted(compareMessages);
}
