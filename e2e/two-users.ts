import { expect } from '@playwright/test';
import { openRoom, talkTo } from './app-page.ts';
import type { Gateways } from './gateways.ts';
import type { Open } from './test.ts';

export type Pair = Awaited<ReturnType<typeof twoUsers>>;

/** Alice and bob, each with the other's conversation open. */
export async function twoUsers(gateways: Gateways, open: Open, options?: Parameters<Open>[1]) {
  const server = await gateways.server();
  const [aliceGateway, bobGateway] = await Promise.all([
    gateways.client('alice', server),
    gateways.client('bob', server),
  ]);
  const [alice, bob] = await Promise.all([open(aliceGateway, options), open(bobGateway, options)]);
  const [withBob, withAlice] = await Promise.all([talkTo(alice, 'bob'), talkTo(bob, 'alice')]);
  return { server, aliceGateway, bobGateway, alice, bob, withBob, withAlice };
}

/** The same two users with the room of all open: what users expect of a conversation holds in a room too. */
export async function inRoom(pair: Pair): Promise<Pair> {
  const [withBob, withAlice] = await Promise.all([
    openRoom(pair.alice, 'everyone'),
    openRoom(pair.bob, 'everyone'),
  ]);
  for (const { box } of [withBob, withAlice]) await expect(box).toBeEnabled();
  return { ...pair, withBob, withAlice };
}
