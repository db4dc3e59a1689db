import { describe, expect, it } from 'vitest';
import { formatAddress, isSameAddress, type Address } from '../../../shared/address.ts';
import type { CheckReport, MachineFacts } from '../../../shared/check/connection-check.ts';
import { discoveryPort } from '../../../shared/discovery/datagrams.ts';
import { ConnectionCheck, type CheckDatagram } from '../../check/connection-check.ts';
import type { Expected, SystemRefusal } from '../../check/probe.ts';
import { signingKeyOf } from '../../crypto/identity.ts';
import { signerOf } from '../../crypto/signer.ts';
import { transportCrypto } from '../../crypto/crypto.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { Endpoint } from '../../transport/endpoint.ts';
import { identityOf, ipv4Link, SimulatedHost } from '../discovery/simulated-lan.ts';
import { testKeys } from '../transport/endpoint-node.ts';

const home: MachineFacts = {
  networks: [{ host: '192.168.1.5', prefixBits: 24, network: 'lan' }],
  firewall: null,
  hasVpn: false,
};
const server: Address = { host: '192.168.1.7', port: 50_000 };

interface World {
  readonly targets?: readonly Address[];
  readonly expected?: Expected;
  readonly machine?: MachineFacts;
  readonly connectedAt?: Address | null;
  /** The endpoint that hears what goes to `server`; null: nothing does. */
  readonly endpoint?: Endpoint | null;
  /** Answers questions of discovery at the host of `server`. */
  readonly host?: SimulatedHost | null;
  /** Whether questions to all hosts arrive. */
  readonly hasGroups?: boolean;
  /** What the system says about a datagram to an address, and after which time. */
  readonly refusal?: { readonly refusal: SystemRefusal; readonly afterMs: number };
}

interface Outcome {
  readonly report: CheckReport;
  /** Datagrams to each address. */
  readonly sent: ReadonlyMap<string, number>;
  readonly endedAtMs: number;
}

const moment = (monotonicMs: number) => ({ monotonicMs, wallMs: 1_700_000_000_000 + monotonicMs });
const verifier = signerOf(identityOf(0));

function newCheck({
  targets = [server],
  expected,
  machine = home,
  connectedAt = null,
}: World): ConnectionCheck {
  const random = new SeededRandom(1);
  const bytes = (count: number): Uint8Array => random.bytes(count);
  let keys = 10;
  return new ConnectionCheck({
    targets: targets.map((address) => ({ address, channel: 'typed' })),
    expected: expected ?? { role: 'server', named: null },
    links: [ipv4Link('192.168.1.5')],
    machine,
    connectedAt,
    asksOtherSide: false,
    newEndpoint: () => new Endpoint({ keys: testKeys(keys++), crypto: transportCrypto, random: bytes }),
    random: bytes,
    verify: (key, signed, signature) => {
      const signingKey = signingKeyOf(key);
      return signingKey !== undefined && verifier.verify('beacon', signingKey, signed, signature);
    },
  });
}

/** The own ports of probes and questions begin here. */
const ports = { probe: 40_000, question: 50_500 } as const;
const ownHost = '192.168.1.5';

/** A check in a network without delay. */
class CheckedNetwork {
  readonly sent = new Map<string, number>();
  readonly check: ConnectionCheck;
  nowMs = 1_000;
  readonly #world: World;
  readonly #refusals: { readonly atMs: number; readonly probe: number }[] = [];

  constructor(world: World) {
    this.#world = world;
    this.check = newCheck(world);
    this.check.start(this.nowMs);
  }

  /** Delivers all that waits, in both directions. */
  deliver(): void {
    const { check, nowMs } = this;
    const { endpoint, host } = this.#world;
    for (let out = check.pollTransmit(); out !== undefined; out = check.pollTransmit()) this.#send(out);
    for (let out = endpoint?.pollTransmit(); out !== undefined; out = endpoint?.pollTransmit())
      check.handleProbeDatagram(nowMs, out.to.port - ports.probe, out.bytes);
    const from = { host: server.host, port: discoveryPort };
    for (let out = host?.answerer.pollTransmit(); out !== undefined; out = host?.answerer.pollTransmit())
      check.handleQuestionDatagram(nowMs, out.to.port - ports.question, from, out.bytes);
  }

  step(): void {
    this.nowMs += 5;
    const { endpoint, host, refusal } = this.#world;
    endpoint?.handleTimeout(this.nowMs);
    host?.answerer.handleTimeout(moment(this.nowMs));
    for (const { probe } of this.#refusals.filter(({ atMs }) => atMs <= this.nowMs))
      if (refusal !== undefined) this.check.handleRefusal(this.nowMs, probe, refusal.refusal);
    const dueMs = this.check.pollTimeout();
    if (dueMs !== undefined && dueMs <= this.nowMs) this.check.handleTimeout(this.nowMs);
  }

  #send(out: CheckDatagram): void {
    const { endpoint, host, refusal, hasGroups = true } = this.#world;
    const to = out.socket === 'probe' ? this.check.targets[out.probe]?.address : out.to;
    if (to === undefined) throw new Error('a datagram of a probe that the check does not have');
    this.sent.set(formatAddress(to), (this.sent.get(formatAddress(to)) ?? 0) + 1);
    if (out.socket === 'question') {
      const asker = { host: ownHost, port: ports.question + out.question };
      if (to.host === server.host || hasGroups)
        host?.answerer.handleDatagram(moment(this.nowMs), asker, out.bytes);
      return;
    }
    if (refusal !== undefined) this.#refusals.push({ atMs: this.nowMs + refusal.afterMs, probe: out.probe });
    if (isSameAddress(to, server))
      endpoint?.handleDatagram(this.nowMs, { host: ownHost, port: ports.probe + out.probe }, out.bytes);
  }
}

/** Runs a check in steps of 5 ms of virtual time. */
function run(world: World): Outcome {
  const network = new CheckedNetwork(world);
  while (!network.check.isOver && network.nowMs < 60_000) {
    network.deliver();
    network.step();
  }
  network.deliver();
  return { report: network.check.report(), sent: network.sent, endedAtMs: network.nowMs - 1_000 };
}

function endpointOf(number: number, answersXX: boolean): Endpoint {
  const random = new SeededRandom(number);
  const bytes = (count: number): Uint8Array => random.bytes(count);
  const keys = testKeys(number);
  return new Endpoint({ keys, crypto: transportCrypto, random: bytes, answersXX, newPeerClass: 'unknown' });
}

function hostOf(number: number, port: number): SimulatedHost {
  return new SimulatedHost(number, [ipv4Link(server.host)], new SeededRandom(number), { port });
}

function statesOf({ report }: Outcome): string[] {
  return report.attempts.map(({ channel, state }) => `${channel} ${state}`);
}

describe('a connection check in a simulated network', () => {
  it('says that a server answers, by each channel, and names no cause', () => {
    const found = run({ endpoint: endpointOf(1, true), host: hostOf(1, 50_000) });
    expect(statesOf(found)).toEqual([
      'typed answered',
      'search answered',
      'multicast answered',
      'broadcast answered',
    ]);
    expect(found.report).toMatchObject({ phase: 'over', findings: ['answers'], causes: [] });
  });

  it('sends 3 datagrams to a silent address and 2 of each question, and ends within 5 s', () => {
    const found = run({});
    expect(Object.fromEntries(found.sent)).toEqual({
      '192.168.1.7:50000': 3,
      '192.168.1.7:17230': 2,
      '239.255.67.71:17230': 2,
      '192.168.1.255:17230': 2,
    });
    expect(found.endedAtMs).toBeLessThanOrEqual(5_000);
    expect(found.report.causes[0]?.code).toBe('their-firewall');
  });

  it('tries 16 addresses at most', () => {
    const targets = Array.from({ length: 40 }, (_, index) => ({
      host: `192.168.1.${index + 10}`,
      port: 50_000,
    }));
    const { report } = run({ targets });
    expect(report.attempts.filter(({ channel }) => channel === 'typed')).toHaveLength(16);
  });

  it('tells a port without a program from an address without a machine, by what the system says', () => {
    const refused = run({ refusal: { refusal: 'refused', afterMs: 1 } });
    expect(refused.report.causes.map(({ code }) => code)).toEqual(['not-running']);
    const gone = run({ refusal: { refusal: 'unreachable', afterMs: 3_000 } });
    expect(gone.report.causes[0]?.code).toBe('machine-off');
    const rejected = run({ refusal: { refusal: 'unreachable', afterMs: 1 } });
    expect(rejected.report.causes[0]?.code).toBe('their-firewall');
  });

  it('finds another network, where no question of discovery can be asked alone', () => {
    const found = run({ targets: [{ host: '10.9.0.4', port: 50_000 }] });
    expect(found.report.causes[0]?.code).toBe('other-network');
    expect(statesOf(found)).toEqual(['typed nothing', 'multicast nothing', 'broadcast nothing']);
  });

  it('finds the chat of the machine at its other port', () => {
    const found = run({ host: hostOf(1, 50_001), refusal: { refusal: 'refused', afterMs: 1 } });
    expect(found.report.causes[0]).toEqual({ code: 'other-port', address: '192.168.1.7:50001' });
  });

  it('notices that questions to all computers are lost', () => {
    const found = run({ endpoint: endpointOf(1, true), host: hostOf(1, 50_000), hasGroups: false });
    expect(found.report.findings).toEqual(['answers', 'search-only']);
  });

  it('notices a server with another key than the one that is meant', () => {
    const found = run({ endpoint: endpointOf(1, true), expected: { role: 'server', named: () => false } });
    expect(found.report.attempts[0]?.state).toBe('other-key');
    expect(found.report.causes[0]?.code).toBe('other-server');
  });

  it('reaches a client by its key, under a key of its own, and asks no question of discovery', () => {
    const endpoint = endpointOf(1, false);
    const found = run({ endpoint, expected: { role: 'client', key: endpoint.key } });
    expect(statesOf(found)).toEqual(['typed answered']);
    const other = run({ endpoint, expected: { role: 'client', key: endpointOf(2, false).key } });
    expect(statesOf(other)).toEqual(['typed nothing']);
  });

  it('suspects the firewall of a person that has connected, where nothing else is answered', () => {
    const expected = { role: 'client', key: endpointOf(1, false).key } as const;
    const found = run({ expected, connectedAt: server });
    expect(statesOf(found)).toEqual(['typed connected']);
    expect(found.report.causes[0]).toEqual({ code: 'their-firewall' });
  });
});
