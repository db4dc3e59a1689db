import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckReport } from '../../shared/check/connection-check.ts';
import { directConversation } from '../../shared/conversation.ts';
import { HostingGateway, LookingGateway } from './discovery-lab.ts';
import { eventually } from './eventually.ts';
import { LanLab } from './lan-lab.ts';

const lab = LanLab.make();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-check-'));
const lan = lab.addSwitch();
const machines = { box: lab.addMachine(), alice: lab.addMachine(), bob: lab.addMachine() };
machines.box.plugIn(lan, 'lan0', '10.81.0.1/24');
machines.alice.plugIn(lan, 'lan0', '10.81.0.2/24');
machines.bob.plugIn(lan, 'lan0', '10.81.0.3/24');

/** A gateway in the chat of the box. */
function guest(nickname: 'alice' | 'bob'): LookingGateway {
  const words = ['-c', nickname, '10.81.0.1', '50000', '0', '--no-discovery'];
  return new LookingGateway(machines[nickname], path.join(folder, nickname), ...words);
}

const server = new HostingGateway(machines.box, path.join(folder, 'box'));
const alice = guest('alice');
const bob = guest('bob');

/** Resolves with the last report of a check of a person. */
async function check(from: LookingGateway, nickname: string): Promise<CheckReport> {
  from.report = undefined;
  const target = { type: 'person', peer: from.keyOf(nickname) };
  from.execute(uuidv7(), { type: 'check', target, on: true });
  await eventually(() => expect(from.report?.phase).toBe('over'));
  return reportOf(from);
}

function reportOf({ report }: LookingGateway): CheckReport {
  if (report === undefined) throw new Error('a check that is over has a report');
  return report;
}

/** Writes to a person, and waits until the message is there. */
async function write(from: LookingGateway, nickname: string): Promise<void> {
  const peer = from.keyOf(nickname);
  if (peer === undefined) throw new Error(`${nickname} is not known`);
  const id = uuidv7();
  const conversation = directConversation(peer);
  from.execute(uuidv7(), { type: 'send', id, conversation, content: { kind: 'text', text: 'hello' } });
  const isDelivered = (): boolean =>
    from.events.some(
      (event) => event.type === 'delivery' && event.id === id && event.delivery.state === 'delivered',
    );
  await eventually(() => expect(isDelivered()).toBe(true));
}

function views({ attempts, otherSide }: CheckReport) {
  return {
    own: attempts.map(({ address, state }) => [address.split(':')[0], state]),
    other: otherSide.attempts.map(({ address, state }) => [address.split(':')[0], state]),
    arrived: otherSide.arrived,
    firewall: otherSide.firewall,
  };
}

describe('a connection check between two machines, of which one has a stateful firewall', () => {
  beforeAll(async () => {
    machines.bob.raiseFirewall();
    server.process.start();
    await eventually(() => expect(server.lines.join()).toContain('Others join at'));
    for (const one of [alice, bob]) one.process.start();
    await eventually(() => expect([alice.keyOf('bob'), bob.keyOf('alice')]).not.toContain(undefined));
  });

  afterAll(async () => {
    await Promise.all([alice, bob].map(({ process }) => process.stop()));
    await server.process.stop();
    lab.remove();
    fs.rmSync(folder, { recursive: true });
  });

  it('says from both sides, by the server, that only answers come in there, and keeps its name from a stranger', async () => {
    const report = await check(alice, 'bob');
    expect(views(report)).toEqual({
      own: [['10.81.0.3', 'nothing']],
      other: [['10.81.0.2', 'answers-only']],
      arrived: false,
      firewall: null,
    });
    expect(report.findings).toContain('reaches-us-only');
    expect(report.causes[0]).toEqual({ code: 'their-firewall' });
  });

  it('says the same on the machine with the firewall, and names nftables there', async () => {
    const report = await check(bob, 'alice');
    expect(views(report)).toEqual({
      own: [['10.81.0.2', 'answers-only']],
      other: [['10.81.0.3', 'nothing']],
      arrived: true,
      firewall: null,
    });
    expect(report.causes[0]).toEqual({ code: 'own-firewall', firewall: 'nftables', subnet: '10.81.0.0/24' });
  });

  it('names nftables of the other machine after its user has written, over the connection of the two', async () => {
    await write(bob, 'alice');
    const report = await check(alice, 'bob');
    expect(views(report)).toEqual({
      own: [['10.81.0.3', 'connected']],
      other: [['10.81.0.2', 'answers-only']],
      arrived: false,
      firewall: 'nftables',
    });
    const [cause] = report.causes;
    expect(cause).toEqual({ code: 'their-firewall', firewall: 'nftables', subnet: '10.81.0.0/24' });
  });
});
