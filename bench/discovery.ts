import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DiscoveryNode, HostingGateway, LookingGateway } from '../gateway/system-tests/discovery-lab.ts';
import { eventually } from '../gateway/system-tests/eventually.ts';
import { LanLab, type LabMachine } from '../gateway/system-tests/lan-lab.ts';

/** `npm run bench:discovery`: how long it takes to find a chat, and to lose it. It needs root, for network namespaces. */
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-bench-'));
const lab = LanLab.make();
let folders = 0;

function newFolder(): string {
  return path.join(folder, String(folders++));
}

function isTrue(condition: () => boolean): Promise<void> {
  return eventually(() => {
    if (!condition()) throw new Error('not yet');
  });
}

/** Two machines on one switch: one that hosts, and one that looks. */
function pair(network: string): { readonly hosts: LabMachine; readonly asks: LabMachine } {
  const lan = lab.addSwitch();
  const [hosts, asks] = [lab.addMachine(), lab.addMachine()];
  hosts.plugIn(lan, 'lan0', `${network}.250/24`);
  asks.plugIn(lan, 'lan0', `${network}.7/24`);
  return { hosts, asks };
}

async function host(machine: LabMachine): Promise<HostingGateway> {
  const hosting = new HostingGateway(machine, newFolder());
  hosting.process.start();
  await isTrue(() => hosting.lines.length > 0);
  return hosting;
}

async function look(machine: LabMachine): Promise<LookingGateway> {
  const gateway = new LookingGateway(machine, newFolder());
  gateway.process.start();
  await isTrue(() => gateway.isReady);
  gateway.look();
  return gateway;
}

/** When the list first had so many chats. */
async function foundMs(gateway: LookingGateway, count: number): Promise<number> {
  await isTrue(() => gateway.lists.some(({ names }) => names.length >= count));
  return gateway.lists.find(({ names }) => names.length >= count)?.atMs ?? Number.NaN;
}

async function goneMs(gateway: LookingGateway, end: () => unknown): Promise<number> {
  const sinceMs = performance.now();
  const { length } = gateway.lists;
  await end();
  await isTrue(() => gateway.lists.slice(length).some(({ names }) => names.length === 0));
  return performance.now() - sinceMs;
}

function print(what: string, ms: number, bound: number): void {
  process.stdout.write(`| ${what} | ${Math.round(ms)} ms | ${bound} ms |\n`);
}

async function measureOne(network: string, isQuiet: boolean): Promise<void> {
  const { hosts, asks } = pair(network);
  if (isQuiet) hosts.dropMulticast();
  const hosting = await host(hosts);
  const gateway = await look(asks);
  const how = isQuiet ? 'by the search alone' : 'by multicast';
  print(`found ${how}`, await foundMs(gateway, 1), isQuiet ? 5_000 : 2_000);
  if (isQuiet) print('gone without a goodbye', await goneMs(gateway, () => hosting.process.kill()), 15_000);
  else print('gone after a goodbye', await goneMs(gateway, () => hosting.process.stop()), 3_000);
  await Promise.all([hosting.process.kill(), gateway.process.kill()]);
}

async function measureMany(network: string): Promise<void> {
  const { hosts, asks } = pair(network);
  const addresses = Array.from({ length: 200 }, (_, index) => `${network}.${index + 20}`);
  hosts.addAddresses(
    'lan0',
    addresses.map((address) => `${address}/24`),
  );
  const many = new DiscoveryNode(hosts, 'hosts', ...addresses);
  await isTrue(() => many.has('ready'));
  const gateway = await look(asks);
  print('all of 200 hosts found', await foundMs(gateway, 200), 2_000);
  await many.stop();
  await gateway.process.kill();
}

process.stdout.write('| what | measured | at most |\n|---|---|---|\n');
try {
  await measureOne('192.168.78', false);
  await measureOne('192.168.79', true);
  await measureMany('10.85.0');
} finally {
  lab.remove();
  fs.rmSync(folder, { recursive: true });
}
