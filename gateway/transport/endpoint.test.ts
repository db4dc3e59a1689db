import { describe, expect, it } from 'vitest';
import { EndpointNode, testKey } from '../testing/endpoint-node.ts';
import { SimulatedNetwork } from '../testing/simulated-network.ts';
import type { LabSpec } from '../net/lab-spec.ts';

function pair(link: Partial<LabSpec> = {}) {
  const network = new SimulatedNetwork({ seed: 1, link });
  const lowHost = network.addHost('low', ['192.168.1.2/24']);
  const highHost = network.addHost('high', ['192.168.1.3/24']);
  const low = new EndpointNode(lowHost, 50_000, { key: testKey(1), seed: 1 });
  const high = new EndpointNode(highHost, 50_000, { key: testKey(2), seed: 2 });
  return { network, lowHost, highHost, low, high };
}

describe('smoke', () => {
  it('meets and talks', () => {
    const { network, low, high } = pair();
    low.dial('d', [high.address]);
    network.run(1000);
    expect(low.events).toEqual([{ type: 'connected', peer: high.key, address: high.address, dial: 'd' }]);
    expect(high.events).toEqual([{ type: 'connected', peer: low.key, address: low.address, dial: null }]);
    low.send(high.key, 'chat', 'hello');
    high.send(low.key, 'chat', 'x'.repeat(5000), 'long');
    network.run(1000);
    expect(high.receivedTexts()).toEqual(['hello']);
    expect(low.receivedTexts()).toEqual(['x'.repeat(5000)]);
    expect(high.eventsOf('acknowledged').length).toBe(1);
  });
});
