import { expect } from 'vitest';
import type { LabSpec } from '../../net/lab-spec.ts';
import { EndpointNode, type EndpointNodeOptions, testKeys } from './endpoint-node.ts';
import { RawPeer } from './raw-peer.ts';
import { type SimulatedHost, SimulatedNetwork } from '../network/simulated-network.ts';

export interface FixtureOptions {
  /** The seed of the network; default 1. */
  readonly seed?: number;
  readonly low?: Partial<EndpointNodeOptions>;
  readonly high?: Partial<EndpointNodeOptions>;
}

/** Two endpoints (`low` has the smaller key) and a stranger that writes packets by hand, on one LAN with 1 ms delay. */
export interface TransportFixture {
  readonly network: SimulatedNetwork;
  readonly lowHost: SimulatedHost;
  readonly highHost: SimulatedHost;
  readonly low: EndpointNode;
  readonly high: EndpointNode;
  readonly raw: RawPeer;
  nowMs(): number;
}

export function smallLan(link: Partial<LabSpec> = {}, options: FixtureOptions = {}): TransportFixture {
  const network = new SimulatedNetwork({ seed: options.seed ?? 1, link });
  const lowHost = network.addHost('low', ['192.168.1.2/24']);
  const highHost = network.addHost('high', ['192.168.1.3/24']);
  const rawHost = network.addHost('raw', ['192.168.1.4/24']);
  return {
    network,
    lowHost,
    highHost,
    low: new EndpointNode(lowHost, 50_000, { keys: testKeys(1), seed: 1, ...options.low }),
    high: new EndpointNode(highHost, 50_000, { keys: testKeys(2), seed: 2, ...options.high }),
    raw: new RawPeer(rawHost, 50_000),
    nowMs: () => network.clock.now().monotonicMs,
  };
}

/** The same with a live connection that `low` has opened, and no recorded events. */
export function connectedLan(link: Partial<LabSpec> = {}, options: FixtureOptions = {}): TransportFixture {
  const lan = smallLan(link, options);
  lan.low.dial('first', [lan.high.address], lan.high.key);
  expect(lan.network.run(5_000, () => lan.low.events.length > 0)).toBe(true);
  expect([...lan.low.events, ...lan.high.events].map(({ type }) => type)).toEqual(['connected', 'connected']);
  lan.low.events.length = 0;
  lan.high.events.length = 0;
  return lan;
}
