import { talkTo } from './app-page.ts';
import type { Gateways } from './gateways.ts';
import type { Open } from './test.ts';

/** Alice and bob, each with the other's conversation open. */
export async function twoUsers(gateways: Gateways, open: Open, options?: Parameters<Open>[1]) {
  const server = await gateways.server();
  const [aliceGateway, bobGateway] = await Promise.all([
    gateways.client('alice', server),
    gateways.client('bob', server),
  ]);
  const [alice, bob] = await Promise.all([open(aliceGateway, options), open(bobGateway, options)]);
  const [withBob, withAlice] = await Promise.all([talkTo(alice, 'bob'), talkTo(bob, 'alice')]);
  return { server, aliceGateway, alice, bob, withBob, withAlice };
}
