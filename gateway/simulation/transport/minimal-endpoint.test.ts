import { describe, expect, it } from 'vitest';
import { peerKeyToBytes } from '../../../shared/ids.ts';
import { keyLimits } from '../../transport/timing.ts';
import { testKey, testKeys } from './endpoint-node.ts';
import { ManualHandshake } from './manual-handshake.ts';
import { MinimalEndpoint } from './minimal-endpoint.ts';
import { smallLan, type FixtureOptions } from './transport-fixture.ts';
import type { LabSpec } from '../../net/lab-spec.ts';

const poor = { lossPercent: 20, duplicatePercent: 10, reorderPercent: 10, delayMs: 5, jitterMs: 3 };

/** A minimal endpoint and this program's endpoint `low`, after their handshake. */
function meet(link: Partial<LabSpec>, options: FixtureOptions = {}, isBusy = false) {
  const lan = smallLan(link, options);
  const { network, low, highHost } = lan;
  if (isBusy) {
    for (let index = 0; index < 64; index++)
      lan.raw.send(low.address, new ManualHandshake(index).initiation());
    network.run(10);
  }
  const minimal = new MinimalEndpoint(highHost, 50_001, {
    keys: testKeys(9),
    to: low.address,
    toKey: peerKeyToBytes(low.key),
  });
  expect(network.run(10_000, () => low.events.length > 0)).toBe(true);
  expect(low.events).toMatchObject([{ type: 'connected', peer: testKey(9), dial: null }]);
  return { ...lan, minimal };
}

function messageOf(number: number, byteCount: number): number[] {
  return Array.from({ length: byteCount }, (_, at) => (number + at) & 0xff);
}

/** From the empty message to one that needs many parts. */
const sizes = [0, 1, 100, 1_100, 1_101, 5_000, 40, 20_000, 7];

describe('a minimal endpoint, written from appendix A of transport.md', () => {
  it.each([1, 2, 3])(
    'exchanges messages of each size on a poor network, each once and in order: seed %i',
    (seed) => {
      // The peer changes its key every 30 packets, and sends reserved values.
      const low = { sendsGrease: true, keyLimits: { ...keyLimits, packetsMax: 30 } };
      const { network, low: peer, minimal } = meet(poor, { seed, low });
      for (const [number, byteCount] of sizes.entries()) {
        const message = messageOf(number, byteCount);
        minimal.send(number % 3, message);
        const channel = (['control', 'chat', 'bulk'] as const)[number % 3]!;
        const bytes = Uint8Array.from(message);
        peer.apply({ type: 'send', peer: testKey(9), channel, bytes, token: `${number}` });
      }
      const isDone = () => minimal.isIdle && peer.eventsOf('acknowledged').length === sizes.length;
      expect(network.run(120_000, isDone)).toBe(true);
      const sent = [0, 1, 2].map((channel) =>
        [...sizes.entries()]
          .filter(([number]) => number % 3 === channel)
          .map(([number, byteCount]) => messageOf(number, byteCount)),
      );
      expect(minimal.received).toEqual(sent);
      const arrived = peer.eventsOf('received');
      const onChannel = (name: string) =>
        arrived.filter(({ channel }) => channel === name).map(({ bytes }) => [...bytes]);
      expect([onChannel('control'), onChannel('chat'), onChannel('bulk')]).toEqual(sent);
      expect(peer.endpoint.statistics()[0]).toMatchObject({ profile: 'classic' });
      expect(peer.endpoint.statistics()[0]!.keyChanges).toBeGreaterThan(1);
    },
  );

  it('sends more than its credit in all, as its peer grants more', () => {
    const { network, low, minimal } = meet({ delayMs: 0.1 });
    for (let number = 0; number < 6; number++) minimal.send(1, messageOf(number, 300_000));
    expect(network.run(120_000, () => minimal.isIdle)).toBe(true);
    expect(low.eventsOf('received').map(({ bytes }) => bytes.length)).toEqual(Array(6).fill(300_000));
  });

  it('takes as much as its peer sends, with a credit for one large message', () => {
    const { network, low, minimal } = meet({ delayMs: 0.1 });
    for (let number = 0; number < 3; number++) {
      const bytes = Uint8Array.from(messageOf(number, 512 * 1024));
      low.apply({ type: 'send', peer: testKey(9), channel: 'bulk', bytes, token: `${number}` });
    }
    expect(network.run(120_000, () => low.eventsOf('acknowledged').length === 3)).toBe(true);
    expect(minimal.received[2]!.map(({ length }) => length)).toEqual(Array(3).fill(512 * 1024));
  });

  it('meets a busy responder, by its RETRY', () => {
    const { minimal } = meet({ delayMs: 1 }, {}, true);
    expect(minimal.retriesFollowed).toBe(1);
  });

  it('lives for hours without PING of its own', () => {
    const { network, low, minimal } = meet({ delayMs: 1 });
    network.run(3 * 3_600_000);
    minimal.send(1, [1, 2, 3]);
    expect(network.run(5_000, () => minimal.isIdle)).toBe(true);
    expect(low.eventsOf('received').map(({ bytes }) => [...bytes])).toEqual([[1, 2, 3]]);
    expect(low.eventsOf('disconnected')).toEqual([]);
  });
});
