import { beforeEach, describe, expect, it } from 'vitest';
import type { Address } from '../../../shared/address.ts';
import { claimDialsBurst, claimDialsIntervalMs } from '../../../shared/limits.ts';
import { ChatFixture } from './chat-fixture.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { RawPeer } from '../transport/raw-peer.ts';
import { ManualClientAtServer } from './manual-client.ts';

const victim = '10.0.0.200';
const claimedMax = 5;
/** Services, and ports that the liar names one after the other. */
const victimPorts = [53, ...Array.from({ length: 60 * claimedMax }, (_, index) => 2_000 + index)];

let chat: ChatFixture;
let users: readonly SimulatedClient[];
let liar: ManualClientAtServer;
let atVictim: Address[];
beforeEach(() => {
  chat = new ChatFixture();
  users = chat.online('alice', 'bob', 'carol');
  liar = new ManualClientAtServer(chat.simulation, chat.server, '10.0.0.3');
  liar.register(1, 'liar');
  atVictim = [];
  const { network } = chat.simulation;
  const host = network.addHost('victim', [`${victim}/24`]);
  for (const port of victimPorts) new RawPeer(host, port);
  network.onDelivery = ({ to }) => {
    if (to.host === victim) atVictim.push(to);
  };
  chat.simulation.until('seen', () => users.every((one) => one.sees(liar)));
  for (const one of users) one.say(liar, 'hello');
  chat.simulation.until('connected', () => liar.node.eventsOf('connected').length === 1 + users.length);
});

/** The liar says in each of so many seconds that it is at other ports of the victim. The users write to it all the time. */
function lieFor(seconds: number): void {
  for (let second = 0; second < seconds; second++) {
    const ports = Array.from({ length: claimedMax }, (_, index) => 2_000 + claimedMax * second + index);
    const candidates = [`${victim}:53`, '224.0.0.9:5000', ...ports.map((port) => `${victim}:${port}`)];
    liar.say(liar.server, { kind: 'candidates', candidates }, 1_000);
    for (const one of users) one.say(liar, `message ${second}`);
  }
}

describe('addresses that a peer claims to have', () => {
  it('PROTOCOL 4.9, 6.74: get nothing from users that have a live connection to the peer', () => {
    lieFor(60);
    expect(atVictim).toEqual([]);
  });

  it('PROTOCOL 6.72, 6.74: get a few datagrams from users that cannot reach the peer, and none at ports of services', () => {
    for (const one of users) chat.simulation.network.partition(chat.hostOf(one), liar.host);
    const seconds = 60;
    lieFor(seconds);
    const dialsMax = users.length * (claimDialsBurst + (seconds * 1_000) / claimDialsIntervalMs);
    expect(atVictim.length).toBeGreaterThan(0);
    expect(atVictim.length).toBeLessThanOrEqual(dialsMax * claimedMax);
    expect(atVictim.filter(({ port }) => port < 1_024)).toEqual([]);
  });
});
