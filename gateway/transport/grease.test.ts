import { describe, expect, it } from 'vitest';
import type { FrameSummary } from '../../shared/trace.ts';
import type { EndpointNode } from '../simulation/transport/endpoint-node.ts';
import { connectedLan, type FixtureOptions } from '../simulation/transport/transport-fixture.ts';

/** The frames that arrived at a node since its traces were read last. */
function framesAt(node: EndpointNode): FrameSummary[] {
  const frames: FrameSummary[] = [];
  for (let trace = node.pollTrace(); trace !== undefined; trace = node.pollTrace()) {
    if (trace.type === 'received') frames.push(...(trace.packet?.frames ?? []));
  }
  return frames;
}

describe('reserved values (GREASE)', () => {
  it.each([
    [true, false],
    [false, true],
    [true, true],
  ])(
    'PROTOCOL 8.20: change nothing, where %s and %s say whether the ends send them',
    (lowSends, highSends) => {
      const options: FixtureOptions = { low: { sendsGrease: lowSends }, high: { sendsGrease: highSends } };
      const { network, low, high } = connectedLan({ lossPercent: 5 }, options);
      const names = Array.from({ length: 200 }, (_, index) => `${index}`);
      for (const node of [low, high]) node.setTracesMax(10_000);
      for (const name of names) {
        low.send(high.key, 'chat', name);
        high.send(low.key, 'chat', name);
        network.run(20);
      }
      network.run(2_000);
      for (const [node, peerSends] of [
        [low, highSends],
        [high, lowSends],
      ] as const) {
        expect(node.receivedTexts()).toEqual(names);
        expect(node.eventsOf('acknowledged')).toHaveLength(names.length);
        expect(node.endpoint.counters.dropped.malformed).toBe(0);
        const types = new Set(framesAt(node).map(({ type }) => type));
        expect([types.has('unknown'), types.has('unknown-credit')]).toEqual([peerSends, peerSends]);
      }
      low.apply({ type: 'close', peer: high.key, reason: 'goodbye' });
      network.run(1_000);
      expect(high.eventsOf('disconnected').map(({ cause }) => cause)).toEqual(['goodbye']);
    },
  );

  it('PROTOCOL 8.20: keep the reasons that have a meaning', () => {
    const { network, low, high } = connectedLan({}, { low: { sendsGrease: true } });
    low.apply({ type: 'close', peer: high.key, reason: 'displaced' });
    network.run(1_000);
    expect(high.eventsOf('disconnected').map(({ cause }) => cause)).toEqual(['displaced']);
  });

  it('PROTOCOL 8.20: are not sent to a peer with the profile classic', () => {
    const { network, low, high } = connectedLan(
      {},
      { low: { sendsGrease: true, profileOf: () => 'classic' }, high: { sendsGrease: true } },
    );
    for (const node of [low, high]) node.setTracesMax(10_000);
    for (let index = 0; index < 100; index++) {
      low.send(high.key, 'chat', `${index}`);
      high.send(low.key, 'chat', `${index}`);
      network.run(50);
    }
    expect(high.receivedTexts()).toHaveLength(100);
    for (const node of [low, high]) {
      const types = framesAt(node).map(({ type }) => type);
      expect(types).not.toContain('unknown');
      expect(types).not.toContain('unknown-credit');
    }
  });
});
