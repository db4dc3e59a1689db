import { beforeEach, describe, expect, it } from 'vitest';
import { isSameAddress } from '../../../shared/address.ts';
import { untoldSide, type CheckReport } from '../../../shared/check/connection-check.ts';
import { checkIdFromBytes, type PeerKey } from '../../../shared/ids.ts';
import {
  checkAnswersBurst,
  checkAnswersInAllBurst,
  checkRequestsBurst,
  openChecksMax,
} from '../../../shared/limits.ts';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { SimulatedClient } from '../chat/chat-simulation.ts';
import { ManualClientAtServer, type ManualClient } from '../chat/manual-client.ts';
import { StatefulFirewall } from '../network/simulated-network.ts';
import { CheckLab } from './check-lab.ts';

let lab: CheckLab;
let alice: SimulatedClient;
let bob: SimulatedClient;

beforeEach(() => {
  lab = new CheckLab();
  [alice, bob] = lab.online('alice', 'bob');
});

/** From now on, this machine lets in only answers. What it has sent before does not count. */
function raiseFirewall(one: SimulatedClient): void {
  const host = lab.chat.hostOf(one);
  host.firewall = new StatefulFirewall();
  // The connection with the server lives, and keeps its way open.
  host.firewall.noteOutgoing({ from: one.address, to: lab.chat.server.address });
  lab.gatewayOf(one).firewall = 'nftables';
}

/** Own states, the states of the other side, and whether something arrived there. */
function views({ attempts, otherSide }: CheckReport) {
  return {
    own: attempts.map(({ state }) => state),
    other: otherSide.state === 'answered' ? otherSide.attempts.map(({ state }) => state) : otherSide.state,
    arrived: otherSide.arrived,
  };
}

let checks = 0;
function request(from: PeerKey, to: PeerKey): ProtocolMessageOf<'check-request'> {
  const check = checkIdFromBytes(Uint8Array.of(0, 0, 0, 0, 0, 0, ++checks >> 8, checks & 255));
  return { kind: 'check-request', from, to, check, ports: [40_000] };
}

function hand(address: string, seed: number, nickname: string, ...candidates: string[]) {
  const { simulation, server } = lab.chat;
  const one = new ManualClientAtServer(simulation, server, address, seed);
  one.register(1, nickname, { features: ['check'], candidates });
  simulation.until('seen', () => bob.sees(one));
  return one;
}

describe('a connection check from both sides', () => {
  it('PROTOCOL 6.110: says that both sides get through', async () => {
    const report = await lab.check(alice, bob);
    expect(views(report)).toEqual({ own: ['answered'], other: ['answered'], arrived: true });
    expect(report).toMatchObject({ findings: ['answers'], causes: [] });
  });

  it('PROTOCOL 6.110: says the same over a live connection alone, without a server', async () => {
    lab.acquaint(alice, bob);
    lab.chat.server.kill();
    const { otherSide } = await lab.check(alice, bob);
    expect(otherSide).toMatchObject({ state: 'answered', arrived: true });
  });

  it('PROTOCOL 6.110: says that nothing arrives either way, by the server', async () => {
    lab.chat.part(alice, bob);
    const report = await lab.check(alice, bob);
    expect(views(report)).toEqual({ own: ['nothing'], other: ['nothing'], arrived: false });
    expect(report.findings).toEqual(['neither-way']);
    const codes = report.causes.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['own-firewall', 'their-firewall', 'isolation']));
    // The other side has answered, so it runs.
    expect(codes).not.toContain('not-running');
  });

  it('PROTOCOL 6.110: finds a firewall of the other side that lets in answers only, and names it', async () => {
    lab.acquaint(alice, bob);
    lab.disconnect(alice, bob);
    raiseFirewall(bob);
    const report = await lab.check(alice, bob);
    expect(views(report)).toEqual({ own: ['nothing'], other: ['answers-only'], arrived: false });
    expect(report.findings).toContain('reaches-us-only');
    const [cause] = report.causes;
    expect(cause).toEqual({ code: 'their-firewall', firewall: 'nftables', subnet: '10.0.0.0/24' });
  });

  it('PROTOCOL 6.110: finds a firewall of the own side that lets in answers only, and names it', async () => {
    raiseFirewall(alice);
    const report = await lab.check(alice, bob);
    expect(views(report)).toEqual({ own: ['answers-only'], other: ['nothing'], arrived: true });
    expect(report.findings).toEqual(['answers', 'answers-only-after-us']);
    const [cause] = report.causes;
    expect(cause).toEqual({ code: 'own-firewall', firewall: 'nftables', subnet: '10.0.0.0/24' });
  });

  it('PROTOCOL 6.110: tells a path that loses only the answers from one that loses all', async () => {
    const { network } = lab.chat.simulation;
    network.cut(lab.chat.hostOf(bob), lab.chat.hostOf(alice));
    const report = await lab.check(alice, bob);
    expect(views(report)).toEqual({ own: ['nothing'], other: ['nothing'], arrived: true });
    expect(report.findings).toContain('arrives-there');
    expect(report.causes[0]?.code).toBe('own-firewall');
  });

  it('says that the port is refused, and that the other side cannot say why, where its program has ended', async () => {
    const { address } = bob;
    await lab.check(alice, bob);
    bob.kill();
    const report = await lab.check(alice, bob);
    expect(report.attempts).toMatchObject([{ address: `${address.host}:${address.port}`, state: 'refused' }]);
    expect(report.otherSide.state).toBe('silent');
    expect(report.causes[0]?.code).toBe('not-running');
    lab.chat.simulation.until('bob offline', () => !alice.sees(bob));
    expect((await lab.check(alice, bob)).otherSide.state).toBe('no-path');
  });

  it('PROTOCOL 6.113: says that an earlier version of the other side does not say what it sees', async () => {
    const { simulation, server } = lab.chat;
    const old = new ManualClientAtServer(simulation, server, '10.0.0.90', 21);
    old.register(1, 'old');
    simulation.until('seen', () => alice.sees(old));
    expect((await lab.check(alice, old)).otherSide.state).toBe('does-not-say');
    expect(old.heardOf('check-request')).toEqual([]);
  });

  it('PROTOCOL 6.113: takes an error about the question as such a word, too', async () => {
    const one = hand('10.0.0.90', 21, 'carol');
    const report = lab.check(alice, one);
    await lab.pass(500, () => one.heardOf('check-request').length > 0);
    // It connects directly, and refuses there what came by the server.
    one.node.dial('direct', [alice.address], alice.key);
    await lab.pass(500);
    one.say(alice.key, { kind: 'error', code: 'unknown-kind', about: 'check-request' });
    expect((await report).otherSide.state).toBe('does-not-say');
  });
});

describe('questions about a connection that a client does not answer', () => {
  it('PROTOCOL 6.112: those of a blocked key. It does not try its addresses either', async () => {
    bob.command((client, now) => client.block(now, alice.key));
    lab.chat.simulation.pass(5_000);
    lab.sent.length = 0;
    expect((await lab.check(alice, bob)).otherSide).toEqual(untoldSide('silent'));
    // Only handshakes under a key of their own get the answer that each key gets.
    const toAlice = lab.sent.filter(
      ({ from, to }) => from.host === bob.address.host && isSameAddress(to, alice.address),
    );
    expect(toAlice).toEqual([]);
  });

  it('PROTOCOL 6.112: it asks no key that its user has blocked', async () => {
    alice.command((client, now) => client.block(now, bob.key));
    await expect(lab.check(alice, bob)).rejects.toThrow('unknown-recipient');
  });

  it('PROTOCOL 6.112: more than three at once of one key, or one in 10 s, and those by any path', async () => {
    const one = hand('10.0.0.90', 21, 'carol');
    for (let number = 0; number < checkRequestsBurst; number++) {
      one.say(one.server, request(one.key, bob.key), 0);
      await lab.pass(5_000);
    }
    const replies = one.heardOf('check-reply').length;
    expect(replies).toBe(checkAnswersBurst + 3);
  });

  it('PROTOCOL 6.112: floods of strangers take no answer from a person that the user knows', async () => {
    lab.acquaint(alice, bob);
    const strangers = Array.from({ length: checkAnswersInAllBurst + 2 }, (_, index) =>
      hand(`10.0.0.${90 + index}`, 30 + index, `stranger${index}`),
    );
    for (const one of strangers)
      for (let number = 0; number < checkAnswersBurst; number++)
        one.say(one.server, request(one.key, bob.key), 0);
    await lab.pass(20);
    expect((await lab.check(alice, bob)).otherSide.state).toBe('answered');
    await lab.pass(10_000);
    const answered = strangers.filter((one) => one.heardOf('check-reply').length > 0);
    expect(answered.length).toBeLessThanOrEqual(checkAnswersInAllBurst + 1);
  });

  it('PROTOCOL 6.112: names its firewall only to a person that the user knows', async () => {
    lab.gatewayOf(bob).firewall = 'ufw';
    expect((await lab.check(alice, bob)).otherSide.firewall).toBeNull();
    lab.acquaint(alice, bob);
    expect((await lab.check(alice, bob)).otherSide.firewall).toBe('ufw');
  });

  it('PROTOCOL 6.112: tries no address that would tell of another network of its machine', async () => {
    lab.chat.hostOf(bob).setInterfaces([`${bob.address.host}/24`, '172.16.0.2/24']);
    const one = hand('10.0.0.90', 21, 'carol', '172.16.0.9:50000', '10.0.0.77:50000');
    one.tell(request(one.key, bob.key));
    await lab.pass(10_000);
    expect(one.heardOf('check-reply')).toMatchObject([
      {
        attempts: [
          { address: '10.0.0.90:5', state: 'answered' },
          { address: '10.0.0.77:50000', state: 'nothing' },
        ],
        arrived: false,
      },
    ]);
    expect(lab.sent.filter(({ to }) => to.host === '172.16.0.9')).toEqual([]);
  });

  it('PROTOCOL 6.113: those that name another asker or another reader', async () => {
    const one = hand('10.0.0.90', 21, 'carol');
    one.node.dial('direct', [bob.address], bob.key);
    await lab.pass(500);
    one.say(bob.key, request(alice.key, bob.key));
    one.say(bob.key, request(one.key, alice.key));
    await lab.pass(8_000);
    expect([...one.heardOf('check-reply'), ...one.heardOf('error')]).toEqual([]);
    one.say(bob.key, request(one.key, bob.key));
    await lab.pass(8_000);
    expect(one.heardOf('check-reply')).toHaveLength(1);
  });
});

describe('an answer that a client did not ask for', () => {
  it('PROTOCOL 6.113: is ignored, and so is one with states and firewalls of a later version', async () => {
    const one = hand('10.0.0.90', 21, 'carol');
    const other = hand('10.0.0.91', 22, 'dave');
    const report = lab.check(alice, one);
    await lab.pass(500, () => one.heardOf('check-request').length > 0);
    const [asked] = one.heardOf('check-request');
    if (asked === undefined) throw new Error('no question');
    const told = (from: PeerKey): ProtocolMessageOf<'check-reply'> => ({
      kind: 'check-reply',
      from,
      to: alice.key,
      check: asked.check,
      attempts: [],
      arrived: true,
    });
    other.tell(told(other.key));
    one.tell({
      ...told(one.key),
      attempts: [
        { address: '10.0.0.10:5', state: 'hologram' },
        { address: 'nowhere', state: 'nothing' },
        { address: '10.0.0.10:6', state: 'nothing' },
      ],
      firewall: 'fire-brigade',
    });
    one.tell({ ...told(one.key), firewall: 'ufw' });
    expect((await report).otherSide).toEqual({
      state: 'answered',
      attempts: [{ address: '10.0.0.10:6', state: 'nothing' }],
      arrived: true,
      firewall: null,
    });
  });
});

describe('a server between two clients', () => {
  it('PROTOCOL 6.111: refuses questions of a client that asks too often, and forged ones', () => {
    const one = hand('10.0.0.90', 21, 'carol');
    const other = hand('10.0.0.91', 22, 'dave');
    for (let number = 0; number < checkRequestsBurst + 2; number++)
      one.say(one.server, request(one.key, other.key), 10);
    expect(other.heardOf('check-request')).toHaveLength(checkRequestsBurst);
    expect(one.heardOf('error').map(({ code }) => code)).toEqual(['too-often', 'too-often']);
    lab.chat.simulation.pass(5_000);
    one.tell(request(one.key, other.key));
    expect(other.heardOf('check-request')).toHaveLength(checkRequestsBurst + 1);
    one.tell(request(other.key, other.key));
    expect(one.heardOf('error').at(-1)?.code).toBe('malformed');
  });

  it('PROTOCOL 6.111: passes an answer on once, only to the one that asked, and not after 15 s', () => {
    const one = hand('10.0.0.90', 21, 'carol');
    const other = hand('10.0.0.91', 22, 'dave');
    const answer = (to: ManualClient, check = other.heardOf('check-request').at(-1)!.check) =>
      other.tell({ kind: 'check-reply', from: other.key, to: to.key, check, attempts: [], arrived: false });
    one.tell(request(one.key, other.key));
    const third = hand('10.0.0.92', 23, 'erin');
    answer(third);
    answer(one);
    answer(one);
    expect(third.heardOf('check-reply')).toEqual([]);
    expect(one.heardOf('check-reply')).toHaveLength(1);
    one.tell(request(one.key, other.key));
    lab.chat.simulation.pass(15_000);
    answer(one);
    expect(one.heardOf('check-reply')).toHaveLength(1);
    other.tell({
      kind: 'check-reply',
      from: one.key,
      to: one.key,
      check: checkIdFromBytes(new Uint8Array(8)),
      attempts: [],
      arrived: true,
    });
    expect(other.heardOf('error').at(-1)?.code).toBe('malformed');
  });

  it('PROTOCOL 6.111: remembers eight questions of one client', () => {
    const one = hand('10.0.0.90', 21, 'carol');
    const other = hand('10.0.0.91', 22, 'dave');
    lab.chat.simulation.pass(60_000);
    for (let number = 0; number < openChecksMax + 1; number++) {
      if (number === openChecksMax) lab.chat.simulation.pass(5_000);
      one.say(one.server, request(one.key, other.key), 10);
    }
    const asked = other.heardOf('check-request');
    for (const { check } of asked)
      other.tell({ kind: 'check-reply', from: other.key, to: one.key, check, attempts: [], arrived: false });
    expect(one.heardOf('check-reply').map(({ check }) => check)).toEqual(
      asked.slice(1).map(({ check }) => check),
    );
  });
});
