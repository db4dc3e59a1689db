import type { ConversationId } from '../../../shared/conversation.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { MessageId } from '../../../shared/ids.ts';
import type { TypedContent } from '../../../shared/message.ts';
import type { ChatState } from '../../../shared/model/chat.ts';

/** A message that was sent in this tab and that the gateway has not shown as its own yet. */
export interface PendingMessage {
  readonly id: MessageId;
  readonly conversation: ConversationId;
  readonly content: TypedContent;
  /** The browser's wall clock, milliseconds since 1970. */
  readonly typedAtMs: number;
  readonly state: PendingState;
}

export type PendingState =
  /** The tab keeps the message, because the gateway has not answered. */
  | { readonly kind: 'in-tab' }
  /** The gateway has answered that it saved the message. */
  | { readonly kind: 'saved' }
  /** The gateway does not take the message. */
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly retry: boolean };

/** Returns the pending messages to show in one conversation. The gateway's own message replaces a pending one. */
export function pendingIn(
  pending: readonly PendingMessage[],
  chat: ChatState,
  conversation: ConversationId,
): readonly PendingMessage[] {
  const mine = pending.filter((message) => message.conversation === conversation);
  if (mine.length === 0) return mine;
  const shown = new Set(chat.conversations.get(conversation)?.messages.map((message) => message.id));
  return mine.filter((message) => !shown.has(message.id));
}
