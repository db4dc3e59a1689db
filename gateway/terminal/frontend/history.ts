import type { Snapshot } from '../../../shared/bridge/events.ts';
import { historyMessagesMax } from '../../../shared/limits.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { ChatMessage } from '../../../shared/message.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';

/**
 * Returns the messages that arrived while no frontend was open, oldest first, one conversation after the other. Asks the
 * history for messages that the snapshot has no room for.
 */
export async function unreadMessages(
  api: GatewayApi,
  snapshot: Pick<Snapshot, 'session' | 'conversations'>,
  newId: () => string,
): Promise<ChatMessage[]> {
  const found: ChatMessage[] = [];
  const me = 'me' in snapshot.session ? snapshot.session.me : undefined;
  const isIncoming = ({ author }: ChatMessage): boolean => author !== me;
  for (const { conversation, unread, messages, hasMore } of snapshot.conversations) {
    if (unread === 0) continue;
    const incoming = messages.filter(isIncoming);
    if (hasMore && incoming.length < unread) {
      for await (const page of pagesBefore(api, conversation, messages[0] ?? null, newId)) {
        incoming.unshift(...page.filter(isIncoming));
        if (incoming.length >= unread) break;
      }
    }
    found.push(...incoming.slice(-unread));
  }
  return found;
}

/** Reads a conversation backwards page by page, each page in order; from its end if `before` is null. */
export async function* pagesBefore(
  api: GatewayApi,
  conversation: ConversationId,
  before: ChatMessage | null,
  newId: () => string,
): AsyncGenerator<readonly ChatMessage[], void, undefined> {
  for (let oldest = before, hasMore = true; hasMore;) {
    const answer = await api.execute(newId(), {
      type: 'history',
      conversation,
      before: oldest?.id ?? null,
      limit: historyMessagesMax,
    });
    if (answer.status === 'refused') return;
    const { messages } = answer.result;
    yield messages;
    oldest = messages[0] ?? null;
    hasMore = answer.result.hasMore && oldest !== null;
  }
}
