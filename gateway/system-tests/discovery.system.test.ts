import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { encodeBase32 } from '../../shared/base32.ts';
import { peerKeyToBytes } from '../../shared/ids.ts';
import { DiscoveryNode, HostingGateway, LookingGateway } from './discovery-lab.ts';
import { eventually } from './eventually.ts';
import { LanLab, type LabMachine } from './lan-lab.ts';

const lab = LanLab.make();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-discovery-'));
let folders = 0;
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});
afterAll(() => {
  lab.remove();
  fs.rmSync(folder, { recursive: true });
});

function newFolder(): string {
  return path.join(folder, String(folders++));
}

async function host(machine: LabMachine, ...words: readonly string[]): Promise<HostingGateway> {
  const hosting = new HostingGateway(machine, newFolder(), ...words);
  hosting.process.start();
  ends.push(() => hosting.process.kill());
  await eventually(() => expect(hosting.lines).not.toEqual([]));
  return hosting;
}

async function looking(machine: LabMachine): Promise<LookingGateway> {
  const gateway = new LookingGateway(machine, newFolder());
  gateway.process.start();
  ends.push(() => gateway.process.kill());
  await eventually(() => expect(gateway.isReady).toBe(true));
  return gateway;
}

function node(machine: LabMachine, ...words: readonly string[]): DiscoveryNode {
  const program = new DiscoveryNode(machine, ...words);
  ends.push(() => program.stop());
  return program;
}

/** Checks that no more than one packet a second was sent. A busy machine may see one of them early, and one late. */
function expectOneASecond(timesMs: readonly number[]): void {
  const [first = 0, last = first] = [timesMs[0], timesMs.at(-1)];
  expect(timesMs.length).toBeGreaterThan(2);
  expect(timesMs.length).toBeLessThanOrEqual((last - first) / 1_000 + 2);
}

describe('discovery between machines', () => {
  it('finds hosts on three interfaces beside a VPN with the default route, and follows interfaces that go and come back', async () => {
    const lans = [lab.addSwitch(), lab.addSwitch(), lab.addSwitch()];
    const asker = lab.addMachine();
    const hosts = lans.map(() => lab.addMachine());
    for (const [index, lan] of lans.entries()) {
      asker.plugIn(lan, `lan${index}`, `10.80.${index}.1/24`);
      hosts[index]?.plugIn(lan, 'lan0', `10.80.${index}.2/24`);
    }
    asker.addVpn('10.99.0.1/32');
    for (const machine of hosts) machine.addVpn('10.99.0.2/32');
    for (const machine of hosts) await host(machine);
    const gateway = await looking(asker);
    gateway.look();
    const addresses = () => gateway.chats.map((chat) => chat.addresses[0]).toSorted();
    const all = ['10.80.0.2:50000', '10.80.1.2:50000', '10.80.2.2:50000'];
    await eventually(() => expect(addresses()).toEqual(all));
    // The same address comes back on another interface of the same name, at the asker and at a host.
    asker.unplug('lan0');
    hosts[1]?.unplug('lan0');
    await eventually(() => expect(addresses()).toEqual(['10.80.2.2:50000']));
    asker.plugIn(lans[0]!, 'lan0', '10.80.0.1/24');
    hosts[1]?.plugIn(lans[1]!, 'lan0', '10.80.1.2/24');
    await eventually(() => expect(addresses()).toEqual(all));
    // The address alone goes and comes back.
    hosts[2]?.removeAddress('lan0', '10.80.2.2/24');
    await eventually(() => expect(addresses()).not.toContain('10.80.2.2:50000'));
    hosts[2]?.addAddresses('lan0', ['10.80.2.2/24']);
    await eventually(() => expect(addresses()).toEqual(all));
  });

  it('finds and joins a chat where link-local IPv6 is all that there is, and users write to each other directly', async () => {
    const lan = lab.addSwitch();
    const [hostMachine, ...machines] = [lab.addMachine(), lab.addMachine(), lab.addMachine()];
    for (const machine of [hostMachine, ...machines]) machine.plugIn(lan, 'lan0');
    await host(hostMachine);
    const users = await Promise.all(machines.map(looking));
    for (const [index, gateway] of users.entries()) {
      gateway.look();
      await eventually(() => expect(gateway.chats).toHaveLength(1));
      const [{ addresses, key } = { addresses: [], key: null }] = gateway.chats;
      const [address = ''] = addresses;
      expect(address).toMatch(/^\[fe80::[0-9a-f:]+%lan0\]:50000$/u);
      if (key === null) throw new Error('no key');
      const server = { address, key: encodeBase32(peerKeyToBytes(key)) };
      gateway.execute('join', { type: 'join', nickname: `user${index}`, server });
      await eventually(() => expect(gateway.answers.get('join')).toEqual({ status: 'done' }));
    }
    const [alice, bob] = users;
    const key = await eventually(() => {
      const found = alice?.keyOf('user1');
      if (found === undefined) throw new Error('no contact yet');
      return found;
    });
    alice?.execute('send', {
      type: 'send',
      id: '0198c0de-4b1d-7000-8000-000000000001',
      conversation: `direct:${key}`,
      content: { kind: 'text', text: 'by one cable' },
    });
    await eventually(() => expect(JSON.stringify(bob?.events)).toContain('by one cable'));
    const deliveries = alice?.events.flatMap((event) => (event.type === 'delivery' ? [event.delivery] : []));
    expect(JSON.stringify(deliveries)).toContain('"via":"direct"');
    await eventually(() => expect(JSON.stringify(alice?.events)).toContain('"state":"delivered"'));
    expect(JSON.stringify(alice?.events)).not.toContain('"state":"stored"');
  });

  it('finds a chat by the search where neither multicast nor broadcast arrives, and keeps it on the list', async () => {
    const lan = lab.addSwitch();
    const [hostMachine, askerMachine] = [lab.addMachine(), lab.addMachine()];
    hostMachine.plugIn(lan, 'lan0', '192.168.77.200/24');
    askerMachine.plugIn(lan, 'lan0', '192.168.77.7/24');
    hostMachine.dropMulticast();
    await host(hostMachine);
    const gateway = await looking(askerMachine);
    gateway.look();
    await eventually(() =>
      expect(gateway.chats.map(({ addresses }) => addresses[0])).toEqual(['192.168.77.200:50000']),
    );
    await eventually(() => expect(gateway.phase).toBe('searched'));
    expect(gateway.lists.at(-1)?.names).toHaveLength(1);
  });

  it('shows no forged and no repeated beacon, and what is genuine at its own address', async () => {
    const lan = lab.addSwitch();
    const [hostMachine, askerMachine, attacker] = [lab.addMachine(), lab.addMachine(), lab.addMachine()];
    hostMachine.plugIn(lan, 'lan0', '10.81.0.2/24');
    askerMachine.plugIn(lan, 'lan0', '10.81.0.3/24');
    attacker.plugIn(lan, 'lan0', '10.81.0.66/24');
    await host(hostMachine);
    const attack = node(attacker, 'attack', '10.81.0.66');
    await eventually(() => expect(attack.has('ready')).toBe(true));
    const gateway = await looking(askerMachine);
    gateway.look();
    await eventually(() => {
      const { sent, recorded } = attack.lines.at(-1) ?? {};
      expect(Number(sent)).toBeGreaterThan(40);
      expect(Number(recorded)).toBeGreaterThan(3);
    });
    expect(gateway.chats.map(({ addresses }) => addresses[0])).toEqual(['10.81.0.2:50000']);
    expect(gateway.chats.flatMap(({ addresses }) => addresses)).not.toContain('10.81.0.66:50000');
    expect(gateway.lists.flatMap(({ names }) => names)).not.toContain('forged');
  });

  it('finds 200 hosts, which all leave the list when they end without a goodbye', async () => {
    const lan = lab.addSwitch();
    const [hostsMachine, askerMachine] = [lab.addMachine(), lab.addMachine()];
    const addresses = Array.from({ length: 200 }, (_, index) => `10.82.0.${index + 20}`);
    hostsMachine.plugIn(lan, 'lan0', '10.82.0.2/24');
    askerMachine.plugIn(lan, 'lan0', '10.82.0.3/24');
    hostsMachine.addAddresses(
      'lan0',
      addresses.map((address) => `${address}/24`),
    );
    const hosts = node(hostsMachine, 'hosts', ...addresses);
    await eventually(() => expect(hosts.has('ready')).toBe(true));
    const gateway = await looking(askerMachine);
    gateway.look();
    await eventually(() => expect(gateway.chats).toHaveLength(200));
    await hosts.stop();
    await eventually(() => expect(gateway.chats).toHaveLength(0));
  });

  it('loses a host at its goodbye before it could miss it, and sends at most one packet a second each way', async () => {
    const lan = lab.addSwitch();
    const [hostMachine, askerMachine, thirdMachine] = [lab.addMachine(), lab.addMachine(), lab.addMachine()];
    hostMachine.plugIn(lan, 'lan0', '10.83.0.2/24');
    askerMachine.plugIn(lan, 'lan0', '10.83.0.3/24');
    thirdMachine.plugIn(lan, 'lan0', '10.83.0.4/24');
    const watch = node(thirdMachine, 'watch', '10.83.0.4');
    const silent = await host(hostMachine);
    await eventually(() => expect(watch.has('ready')).toBe(true));
    // A question 20 times a second gets one answer a second.
    const asking = node(thirdMachine, 'ask', '10.83.0.4', '8000');
    await eventually(() => expect(asking.has('end')).toBe(true));
    // In that time the program asked 160 times.
    expectOneASecond(asking.timesMs(({ type }) => type === 'beacon'));
    const gateway = await looking(askerMachine);
    gateway.look();
    await eventually(() => expect(gateway.chats).toHaveLength(1));
    await eventually(() =>
      expect(watch.timesMs(({ from }) => from === '10.83.0.3').length).toBeGreaterThan(5),
    );
    expectOneASecond(watch.timesMs(({ from }) => from === '10.83.0.3'));
    // No query of the host: it sends nothing to all.
    expect(watch.timesMs(({ from }) => from === '10.83.0.2')).toEqual([]);
    const listsBefore = gateway.lists.length;
    await silent.process.stop();
    await eventually(() => expect(gateway.chats).toHaveLength(0));
    // One change, from the list with the host to the list without it.
    expect(gateway.lists.slice(listsBefore).map(({ names }) => names)).toEqual([[]]);
    gateway.look(false);
  });

  it('is found by no one with --no-discovery, and finds no one', async () => {
    const lan = lab.addSwitch();
    const [hidden, open, askerMachine] = [lab.addMachine(), lab.addMachine(), lab.addMachine()];
    for (const [index, machine] of [hidden, open, askerMachine].entries())
      machine.plugIn(lan, 'lan0', `10.84.0.${index + 2}/24`);
    await host(hidden, '--no-discovery');
    await host(open);
    const gateway = await looking(askerMachine);
    gateway.look();
    await eventually(() =>
      expect(gateway.chats.map(({ addresses }) => addresses[0])).toEqual(['10.84.0.3:50000']),
    );
    const blind = new LookingGateway(askerMachine, newFolder(), '--no-discovery');
    blind.process.start();
    ends.push(() => blind.process.kill());
    await eventually(() => expect(blind.isReady).toBe(true));
    blind.look();
    await eventually(() => expect(blind.phase).toBe('off'));
    expect(blind.chats).toEqual([]);
    expect(gateway.chats).toHaveLength(1);
  });
});
