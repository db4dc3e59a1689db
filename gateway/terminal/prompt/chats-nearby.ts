import type { NearbyChat } from '../../../shared/bridge/schema.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';
import { Condition } from '../frontend/condition.ts';

/** Most chats answer within this time. */
const firstLookMs = 2_000;
/** Where no machine answered, a search of single addresses ends within this time. */
const searchMs = 4_000;

/** Looks for chats for some seconds, or until the search is done. Null where the gateway does not look for chats. */
export async function chatsNearby(
  api: GatewayApi,
  newId: () => string,
): Promise<readonly NearbyChat[] | null> {
  const condition = new Condition();
  const news = api.subscribeEphemeral(() => condition.notify());
  let phase = 'asking';
  let chats: readonly NearbyChat[] = [];
  const isOver = (): boolean => {
    for (let event = news.take(); event !== undefined; event = news.take())
      if (event.type === 'chats-nearby') ({ phase, chats } = event);
    return phase === 'off' || phase === 'searched';
  };
  await api.execute(newId(), { type: 'find-chats', on: true }, news);
  await condition.until(isOver, firstLookMs);
  await condition.until(() => isOver() || chats.length > 0, searchMs);
  news.close();
  return phase === 'off' ? null : chats;
}
