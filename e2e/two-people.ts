import { talkTo } from './app-page.ts';
import type { Gateways } from './gateways.ts';
import type { Open } from './test.ts';

/** Alice and bob, each with the other's conversation open. */
export async function twoPeople(gateways: Gateways, open: Open, options: Parameters<Open>[1] = {}) {
  const server = await gateways.server();
  const start = async (nickname: string) => open(await gateways.client(nickname, server), options);
  const [alice, bob] = await Promise.all([start('alice'), start('bob')]);
  const [withBob, withAlice] = await Promise.all([talkTo(alice, 'bob'), talkTo(bob, 'alice')]);
  return { server, alice, bob, withBob, withAlice };
}
