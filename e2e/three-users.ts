import { createRoom, joinRoom } from './app-page.ts';
import type { Gateways } from './gateways.ts';
import type { Open } from './test.ts';

/** Alice has created the room #lab, and bob and carol have joined it. Each has it open. */
export async function threeInRoom(gateways: Gateways, open: Open) {
  const server = await gateways.server();
  const [alicesGateway, bobsGateway, carolsGateway] = await Promise.all([
    gateways.client('alice', server),
    gateways.client('bob', server),
    gateways.client('carol', server),
  ]);
  const [alice, bob, carol] = await Promise.all([
    open(alicesGateway),
    open(bobsGateway),
    open(carolsGateway),
  ]);
  const ofAlice = await createRoom(alice, 'lab');
  const [ofBob, ofCarol] = await Promise.all([joinRoom(bob, 'lab'), joinRoom(carol, 'lab')]);
  return { server, bobsGateway, carolsGateway, alice, bob, carol, ofAlice, ofBob, ofCarol };
}

export type Three = Awaited<ReturnType<typeof threeInRoom>>;
