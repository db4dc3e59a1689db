import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, type PeerKey, peerKeyFromBytes } from '../../shared/ids.ts';
import { connectionsMax } from '../../shared/limits.ts';
import { datagramChecksum } from '../../shared/wire/checksum.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import { checksumOffset } from '../../shared/wire/layout.ts';
import { invalidVectors, validVectors } from '../../shared/wire/vectors.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import { EndpointNode, testKey } from '../testing/endpoint-node.ts';
import { SimulatedNetwork } from '../testing/simulated-network.ts';
import { connectedLan, smallLan } from '../testing/small-lan.ts';
import { Endpoint } from './endpoint.ts';

function numberedKey(number: number): PeerKey {
  const bytes = new Uint8Array(32).fill(0xaa);
  new DataView(bytes.buffer).setUint32(0, number);
  return peerKeyFromBytes(bytes);
}

describe('bounds', () => {
  it('PROTOCOL 7.1: at most 4,096 connections and dials', () => {
    const random = new SeededRandom(1);
    const endpoint = new Endpoint({ key: testKey(1), random: (byteCount) => random.bytes(byteCount) });
    const dial = (number: number) => {
      const candidates = [{ host: '10.0.0.1', port: 5 }];
      endpoint.apply(0, { type: 'dial', dial: `${number}`, candidates, expected: numberedKey(number) });
    };
    for (let number = 0; number < connectionsMax; number++) dial(number);
    expect(endpoint.pollEvent()).toBeUndefined();
    dial(connectionsMax);
    expect(endpoint.pollEvent()).toEqual({ type: 'dial-failed', dial: `${connectionsMax}`, cause: 'limit' });
    const hello = { type: 'hello', connection: 1n, initiator: testKey(9), expected: null } as const;
    endpoint.handleDatagram(0, { host: '10.0.0.9', port: 9 }, encodePacket(hello));
    expect(endpoint.counters.dropped.limit).toBe(1);
    for (let nowMs = 0; nowMs <= 2_500; nowMs += 500) endpoint.handleTimeout(nowMs);
    expect(endpoint.dialCount).toBe(0);
    dial(0);
    expect(endpoint.dialCount).toBe(1);
  });

  it('PROTOCOL 7.1: answers are rated for a bounded number of addresses', () => {
    const random = new SeededRandom(1);
    const endpoint = new Endpoint({ key: testKey(1), random: (byteCount) => random.bytes(byteCount) });
    const ping = encodePacket({ type: 'ping', connection: 1n, sequence: 1 });
    const answersAt = (nowMs: number) => {
      for (let number = 0; number < 6_000; number++) {
        endpoint.handleDatagram(nowMs, { host: `10.0.${number >> 8}.${number & 255}`, port: 9 }, ping);
      }
      let answers = 0;
      while (endpoint.pollTransmit() !== undefined) answers++;
      return answers;
    };
    expect([answersAt(0), answersAt(100), answersAt(250)]).toEqual([4_096, 0, 4_096]);
  });

  it('PROTOCOL 7.2: valid packets, mutated, with any checksum, disturb no conversation of others', () => {
    const mutation = fc.record({
      vector: fc.nat(validVectors.length + invalidVectors.length - 1),
      at: fc.nat(100),
      byte: fc.nat(255),
      cut: fc.option(fc.nat(100), { nil: undefined }),
      isSealed: fc.boolean(),
      fromPeer: fc.boolean(),
    });
    const vectors = [...validVectors, ...invalidVectors].map(({ hex }) => fromHex(hex));
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 30 }), (mutations) => {
        const { network, low, high, raw } = connectedLan();
        for (const { vector, at, byte, cut, isSealed, fromPeer } of mutations) {
          const bytes = Uint8Array.from(vectors[vector]!).subarray(0, cut);
          if (at < bytes.length) bytes[at] = byte;
          if (isSealed && bytes.length >= 8) {
            new DataView(bytes.buffer, bytes.byteOffset).setUint32(checksumOffset, datagramChecksum(bytes));
          }
          const from = fromPeer ? high.address : raw.address;
          low.socket.turn((now) => low.handleDatagrams(now, [{ from, bytes }]));
        }
        low.send(high.key, 'chat', 'from low');
        high.send(low.key, 'chat', 'from high');
        network.run(10);
        expect(high.receivedTexts()).toEqual(['from low']);
        expect(low.receivedTexts()).toEqual(['from high']);
      }),
      { numRuns: 300 },
    );
  });

  it('PROTOCOL 7.2: packets of a live connection, mutated and sealed again, never throw', () => {
    const mutation = fc.record({
      packet: fc.nat(1_000),
      at: fc.nat(30),
      byte: fc.nat(255),
      cut: fc.nat(1_200),
    });
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 60 }), (mutations) => {
        const { network, low, high } = connectedLan();
        const captured: Uint8Array[] = [];
        network.onDelivery = ({ bytes }) => captured.push(bytes);
        low.send(high.key, 'chat', 'x'.repeat(3_000), 'long');
        high.send(low.key, 'control', 'short');
        for (const { packet, at, byte, cut } of mutations) {
          network.run(1);
          const bytes = Uint8Array.from(captured[packet % captured.length]!).slice(0, Math.max(8, cut));
          if (at < bytes.length) bytes[at] = byte;
          new DataView(bytes.buffer).setUint32(checksumOffset, datagramChecksum(bytes));
          low.socket.turn((now) => low.handleDatagrams(now, [{ from: high.address, bytes }]));
        }
        // Whoever knows the id can end it (that is what version 2 is for); then it ends in good order.
        network.run(60_000);
        const ends = low.events.filter(({ type }) => type === 'acknowledged' || type === 'undelivered');
        expect(ends).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });

  it('PROTOCOL 7.2: bytes of chance never throw, and leave nothing behind', () => {
    const { low } = smallLan();
    const random = new SeededRandom(5);
    for (let round = 0; round < 3_000; round++) {
      const from = { host: '192.168.1.9', port: 1 + random.below(60_000) };
      low.socket.turn((now) => low.handleDatagrams(now, [{ from, bytes: random.bytes(random.below(120)) }]));
    }
    expect(low.events).toEqual([]);
    expect([low.endpoint.connectionCount, low.endpoint.dialCount, low.endpoint.counters.sent]).toEqual([
      0, 0, 0,
    ]);
    expect(low.pollTimeout()).toBeUndefined();
  });
});

describe('a server with 300 peers', () => {
  it('meets all of them, answers each, and hears of each one that is killed', () => {
    const network = new SimulatedNetwork({ seed: 3, link: { lossPercent: 10, delayMs: 5, jitterMs: 4 } });
    const server = new EndpointNode(network.addHost('server', ['10.0.0.1/16']), 50_000, {
      key: testKey(1),
      seed: 1,
    });
    server.onEvent = (nowMs, event) => {
      if (event.type !== 'received') return;
      const { peer, channel, bytes } = event;
      server.endpoint.apply(nowMs, { type: 'send', peer, channel, bytes, token: peer });
    };
    const clients = Array.from({ length: 300 }, (_, number) => {
      const host = network.addHost(`client ${number}`, [
        `10.0.${1 + (number >> 7)}.${1 + (number & 127)}/16`,
      ]);
      return new EndpointNode(host, 0, { key: numberedKey(number), seed: number + 10 });
    });
    for (const client of clients) {
      client.onEvent = (nowMs, event) => {
        if (event.type !== 'connected') return;
        const bytes = new TextEncoder().encode(client.key);
        client.endpoint.apply(nowMs, { type: 'send', peer: server.key, channel: 'chat', bytes, token: 'hi' });
      };
      client.dial('d', [server.address], server.key);
    }
    expect(
      network.run(30_000, () => clients.every((client) => client.receivedTexts()[0] === client.key)),
    ).toBe(true);
    expect(server.endpoint.connectionCount).toBe(300);
    for (const client of clients) client.socket.close();
    network.run(45_000);
    expect(server.eventsOf('disconnected')).toHaveLength(300);
    expect(server.endpoint.connectionCount).toBe(0);
    expect(server.pollTimeout()).toBeUndefined();
  });
});
