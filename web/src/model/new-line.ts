import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { ChatMessage } from '../../../shared/message.ts';

/** What was unread when the user opened a conversation or looked away: so many received messages, up to this one. */
export interface UnreadMark {
  readonly end: MessageId;
  readonly count: number;
}

/**
 * Returns the first unread message (UI 11). Undefined: it is not loaded, because it stands before the loaded messages or the marked ones
 * were discarded.
 */
export function firstUnread(
  messages: readonly ChatMessage[],
  { end, count }: UnreadMark,
  me: PeerKey | null,
): MessageId | undefined {
  let left = count;
  for (let index = messages.findLastIndex(({ id }) => id === end); index >= 0; index--) {
    const message = messages[index];
    if (message === undefined || message.author === me || message.content.kind === 'notice') continue;
    left -= 1;
    if (left === 0) return message.id;
  }
  return undefined;
}
