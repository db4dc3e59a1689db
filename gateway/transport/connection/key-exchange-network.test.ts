import { describe, expect, it } from 'vitest';
import type { EndpointNode } from '../../simulation/transport/endpoint-node.ts';
import { connectedLan, type FixtureOptions } from '../../simulation/transport/transport-fixture.ts';
import { runTransportStorm } from '../../simulation/transport/transport-storm.ts';
import { type KeyLimits, keyLimits } from '../timing.ts';

/** Exchanges at 2^20 bytes, and ordinary changes of the key that cross them. */
const often: KeyLimits = { ...keyLimits, packetsMax: 150, exchangeBytes: 2 ** 20 };

function withLimits(limits: KeyLimits, seed = 1): FixtureOptions {
  return { seed, low: { keyLimits: limits }, high: { keyLimits: limits } };
}

const badNetwork = {
  lossPercent: 8,
  duplicatePercent: 10,
  reorderPercent: 20,
  corruptPercent: 2,
  delayMs: 5,
  jitterMs: 4,
};

function exchangesOf(node: EndpointNode): number {
  return node.endpoint.statistics()[0]?.keyExchanges ?? 0;
}

/** Sends messages of 30 kB in both directions, named and in order; returns their names. */
function sendMany(from: EndpointNode, to: EndpointNode, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `${index}`.padStart(5, '0');
    from.send(to.key, 'chat', name + 'x'.repeat(30_000), name);
    return name;
  });
}

describe('key exchanges on a network', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'PROTOCOL 5.18, seed %i: with loss, copies, reordering and moves, every message arrives once and in order',
    (seed) => {
      const lan = connectedLan(badNetwork, withLimits(often, seed));
      const { network, lowHost, low, high } = lan;
      const sent: string[] = [];
      for (let round = 0; round < 6; round++) {
        const names = sendMany(low, high, 40);
        expect(sendMany(high, low, 40)).toEqual(names);
        sent.push(...names);
        network.run(200);
        if (round % 2 === 1) {
          lowHost.setInterfaces([`192.168.1.${20 + round}/24`]);
          low.handleNetworkChange('addresses');
        }
        const isDone = (): boolean =>
          [low, high].every((node) => node.eventsOf('acknowledged').length === sent.length);
        expect(network.run(120_000, isDone)).toBe(true);
      }
      for (const node of [low, high]) {
        expect(node.receivedTexts().map((text) => text.slice(0, 5))).toEqual(sent);
        expect(node.eventsOf('acknowledged').map(({ token }) => token)).toEqual(sent);
        expect([...node.eventsOf('undelivered'), ...node.eventsOf('disconnected')]).toEqual([]);
        // 14 MiB went through, and the plain changes crossed the exchanges.
        expect(exchangesOf(node)).toBeGreaterThanOrEqual(10);
        expect(node.endpoint.statistics()[0]!.keyChanges).toBeGreaterThan(3 * exchangesOf(node));
      }
      expect(high.eventsOf('moved').length).toBeGreaterThanOrEqual(3);
    },
  );

  it('PROTOCOL 5.18: exchanges keys of a quiet connection every 12 hours', () => {
    const { network, low, high } = connectedLan({ lossPercent: 5 });
    network.run(49 * 3_600_000);
    expect([exchangesOf(low), exchangesOf(high)]).toEqual([4, 4]);
    expect([...low.events, ...high.events]).toEqual([]);
    low.send(high.key, 'chat', 'still there?');
    network.run(1_000);
    expect(high.receivedTexts()).toEqual(['still there?']);
  });

  it('PROTOCOL 5.19: survives that every packet with a share is lost several times', () => {
    const { network, lowHost, highHost, low, high } = connectedLan(
      {},
      withLimits({ ...keyLimits, exchangeBytes: 2_000 }),
    );
    for (let round = 0; round < 8; round++) {
      const names = sendMany(low, high, 2);
      network.run(round);
      network.partition(lowHost, highHost);
      network.run(1_000);
      network.heal(lowHost, highHost);
      network.run(3_000);
      expect(low.eventsOf('acknowledged')).toHaveLength((round + 1) * names.length);
    }
    expect(high.receivedTexts()).toHaveLength(16);
    expect(exchangesOf(low)).toBeGreaterThanOrEqual(8);
  });

  it('PROTOCOL 5.21: a CLOSE at any point of an exchange ends both sides with its reason', () => {
    for (let afterMs = 0; afterMs < 12; afterMs++) {
      for (const closer of ['low', 'high'] as const) {
        const limits = { ...keyLimits, exchangeBytes: 5_000 };
        const lan = connectedLan({ delayMs: 2 }, withLimits(limits));
        const { network, low, high } = lan;
        sendMany(low, high, 1);
        network.run(afterMs);
        const [closing, other] = closer === 'low' ? [low, high] : [high, low];
        closing.apply({ type: 'close', peer: other.key, reason: 'goodbye' });
        network.run(5_000);
        expect(other.eventsOf('disconnected').map(({ cause }) => cause)).toEqual(['goodbye']);
        expect([low.endpoint.connectionCount, high.endpoint.connectionCount]).toEqual([0, 0]);
        expect(high.receivedTexts().length).toBeLessThanOrEqual(1);
        const ends = [...low.eventsOf('acknowledged'), ...low.eventsOf('undelivered')];
        expect(ends).toHaveLength(1);
      }
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 20])(
    'PROTOCOL 8.17, seed %i: a storm with exchanges as often as possible loses and doubles nothing',
    (seed) => {
      const limits = { packetsMax: 5, useMaxMs: 500, exchangeBytes: 2_000, exchangeMs: 200 };
      expect(runTransportStorm(seed, { keyLimits: limits }).messages).toBeGreaterThan(100);
    },
  );
});
