import { historyIn } from '../../../shared/bridge/commands.ts';
import type { Snapshot } from '../../../shared/bridge/events.ts';
import { historyMessagesMax } from '../../../shared/limits.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { ChatMessage } from '../../../shared/message.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';

/**
 * Messages that came while no face was looking, oldest first, one conversation after the other. What a snapshot
 * has no room for is asked from the history.
 */
export async function unreadMessages(
  api: GatewayApi,
  snapshot: Pick<Snapshot, 'conversations'>,
  newId: () => string,
): Promise<ChatMessage[]> {
  const found: ChatMessage[] = [];
  for (const { peer, unread, messages, older } of snapshot.conversations) {
    if (unread === 0) continue;
    const incoming = messages.filter(isIncoming);
    if (older && incoming.length < unread) {
      for await (const page of pagesBefore(api, peer, messages[0] ?? null, newId)) {
        incoming.unshift(...page.filter(isIncoming));
        if (incoming.length >= unread) break;
      }
    }
    found.push(...incoming.slice(-unread));
  }
  return found;
}

/** A conversation backwards, page by page, each page in order; all of it when `before` is null. */
export async function* pagesBefore(
  api: GatewayApi,
  peer: PeerKey,
  before: ChatMessage | null,
  newId: () => string,
): AsyncGenerator<readonly ChatMessage[], void, undefined> {
  for (let oldest = before, older = true; older;) {
    const outcome = await api.execute(newId(), {
      type: 'history',
      peer,
      before: oldest?.id ?? null,
      limit: historyMessagesMax,
    });
    const page = historyIn(outcome);
    if (page === undefined) return;
    const { messages } = page;
    yield messages;
    oldest = messages[0] ?? null;
    older = page.older && oldest !== null;
  }
}

function isIncoming(message: ChatMessage): boolean {
  return message.direction === 'in';
}
