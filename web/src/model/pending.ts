import type { ErrorCode } from '../../../shared/errors.ts';
import { directConversation } from '../../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { ChatState } from './chat.ts';

/** Words that were sent in this tab and that the gateway has not shown as a message yet. */
export interface PendingMessage {
  readonly id: MessageId;
  readonly peer: PeerKey;
  readonly text: string;
  /** Wall clock of the browser, milliseconds since 1970. */
  readonly typedAtMs: number;
  /** `kept`: in the storage of this tab; `saved`: the gateway answered; `refused`: it will not take it. */
  readonly state: { readonly kind: 'kept' } | { readonly kind: 'saved' } | PendingRefusal;
}

export interface PendingRefusal {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  readonly retry: boolean;
}

/** What still has to be shown for one conversation: the gateway's own message takes the place of a pending one. */
export function pendingFor(
  pending: readonly PendingMessage[],
  chat: ChatState,
  peer: PeerKey,
): readonly PendingMessage[] {
  const mine = pending.filter((message) => message.peer === peer);
  if (mine.length === 0) return mine;
  const shown = new Set(
    chat.conversations.get(directConversation(peer))?.messages.map((message) => message.id),
  );
  return mine.filter((message) => !shown.has(message.id));
}
