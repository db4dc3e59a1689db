import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelCreditsMax, connectionsMax } from '../../shared/limits.ts';
import { datagramChecksum } from '../../shared/wire/checksum.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import { checksumOffset, packetTypes, typeOffset } from '../../shared/wire/layout.ts';
import { keyPairOf, transportCrypto } from '../crypto/crypto.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import { EndpointNode, testKey, testKeys } from '../simulation/transport/endpoint-node.ts';
import { FuzzPeer } from '../simulation/transport/fuzz-peer.ts';
import { ManualHandshake } from '../simulation/transport/manual-handshake.ts';
import { SimulatedNetwork } from '../simulation/network/simulated-network.ts';
import { connectedLan, smallLan } from '../simulation/transport/transport-fixture.ts';
import { droppedDatagrams, validPackets } from '../vectors/packet-vectors.ts';
import { Endpoint } from './endpoint.ts';
import type { KeyPair } from './ports.ts';

function numberedKeys(number: number): KeyPair {
  const secret = new Uint8Array(32).fill(0xaa);
  new DataView(secret.buffer).setUint32(0, number);
  return keyPairOf(secret);
}

function newEndpoint(): Endpoint {
  const random = new SeededRandom(1);
  return new Endpoint({
    keys: testKeys(1),
    crypto: transportCrypto,
    random: (byteCount) => random.bytes(byteCount),
  });
}

describe('the bounds of an endpoint', () => {
  it('PROTOCOL 7.1: allow at most 4,096 connections and dials', () => {
    const endpoint = newEndpoint();
    const dial = (number: number) => {
      const candidates = [{ host: '10.0.0.1', port: 5 }];
      endpoint.apply(0, { type: 'dial', dial: `${number}`, candidates, expected: testKey(2) });
    };
    for (let number = 0; number < connectionsMax; number++) dial(number);
    expect(endpoint.pollEvent()).toBeUndefined();
    dial(connectionsMax);
    expect(endpoint.pollEvent()).toEqual({ type: 'dial-failed', dial: `${connectionsMax}`, cause: 'limit' });
    const initiation = encodePacket(new ManualHandshake(1).initiation());
    endpoint.handleDatagram(0, { host: '10.0.0.9', port: 9 }, initiation);
    expect(endpoint.counters.dropped.limit).toBe(1);
    for (let nowMs = 0; nowMs <= 2_500; nowMs += 500) endpoint.handleTimeout(nowMs);
    expect(endpoint.dialCount).toBe(0);
    dial(0);
    expect(endpoint.dialCount).toBe(1);
  });

  it('PROTOCOL 7.9: limit the rate of answers to all addresses together', () => {
    const endpoint = newEndpoint();
    const sealed = new Uint8Array(20);
    const header = new Uint8Array(0);
    const stray = encodePacket({ type: 'transport', receiver: 1, keyPhase: 0, counter: 1, header, sealed });
    const answersAt = (nowMs: number) => {
      for (let number = 0; number < 6_000; number++) {
        endpoint.handleDatagram(nowMs, { host: `10.0.${number >> 8}.${number & 255}`, port: 9 }, stray);
      }
      let answers = 0;
      while (endpoint.pollTransmit() !== undefined) answers++;
      return answers;
    };
    expect([answersAt(0), answersAt(1_000), answersAt(1_100)]).toEqual([2_048, 2_048, 204]);
  });

  it('PROTOCOL 7.2: hold against mutated packets with valid checksums, which disturb no other connection', () => {
    const vectors = [...validPackets().map(({ bytes }) => bytes), ...droppedDatagrams()];
    const mutation = fc.record({
      vector: fc.nat(vectors.length - 1),
      at: fc.nat(100),
      byte: fc.nat(255),
      cut: fc.option(fc.nat(100), { nil: undefined }),
      isSummed: fc.boolean(),
      fromPeer: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 30 }), (mutations) => {
        const { network, low, high, raw } = connectedLan();
        for (const { vector, at, byte, cut, isSummed, fromPeer } of mutations) {
          const bytes = Uint8Array.from(vectors[vector]!).subarray(0, cut);
          if (at < bytes.length) bytes[at] = byte;
          if (isSummed) sum(bytes);
          const from = fromPeer ? high.address : raw.address;
          low.socket.turn((now) => low.handleDatagrams(now, [{ from, bytes }]));
        }
        low.send(high.key, 'chat', 'from low');
        high.send(low.key, 'chat', 'from high');
        network.run(10);
        expect(high.receivedTexts()).toEqual(['from low']);
        expect(low.receivedTexts()).toEqual(['from high']);
      }),
      { numRuns: 200 },
    );
  });

  it('PROTOCOL 7.2: hold against mutated, cut and repeated packets of a live connection, which change nothing in it', () => {
    const mutation = fc.record({
      packet: fc.nat(1_000),
      at: fc.nat(60),
      flip: fc.nat(255),
      cut: fc.nat(1_200),
    });
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 60 }), (mutations) => {
        const { network, low, high } = connectedLan();
        const captured: Uint8Array[] = [];
        network.onDelivery = ({ bytes }) => captured.push(bytes);
        low.send(high.key, 'chat', 'x'.repeat(3_000), 'long');
        high.send(low.key, 'control', 'short');
        for (const { packet, at, flip, cut } of mutations) {
          network.run(1);
          const bytes = Uint8Array.from(captured[packet % captured.length]!).slice(0, Math.max(8, cut));
          if (at < bytes.length) bytes[at]! ^= flip;
          low.socket.turn((now) => low.handleDatagrams(now, [{ from: high.address, bytes }]));
          high.socket.turn((now) => high.handleDatagrams(now, [{ from: low.address, bytes }]));
        }
        network.run(3_000);
        expect(high.receivedTexts().map(({ length }) => length)).toEqual([3_000]);
        expect(low.receivedTexts()).toEqual(['short']);
        expect([...low.events, ...high.events].map(({ type }) => type)).not.toContain('disconnected');
        expect(low.eventsOf('acknowledged')).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });

  it('PROTOCOL 7.2: hold against an authenticated peer that seals arbitrary frames, which disturbs no other connection', () => {
    const { network, low, high, nowMs } = connectedLan();
    const hostile = new FuzzPeer(new SeededRandom(6), 9);
    const from = { host: '192.168.1.9', port: 9 };
    const { control, chat, bulk } = channelCreditsMax;
    low.onEvent = (_nowMs, event) => {
      if (event.type === 'disconnected' && event.peer === hostile.key) hostile.lose();
    };
    const sent: string[] = [];
    for (let round = 0; round < 3_000; round++) {
      low.socket.turn(({ monotonicMs }) => {
        low.endpoint.handleDatagram(monotonicMs, from, hostile.nextDatagram(monotonicMs));
        // What is for the hostile peer reaches it at once; what is for high is lost, and comes again.
        for (let out = low.pollTransmit(); out !== undefined; out = low.pollTransmit()) {
          const answer = out.to.host === from.host ? hostile.handle(monotonicMs, out.bytes) : undefined;
          if (answer !== undefined) low.endpoint.handleDatagram(monotonicMs, from, answer);
        }
      });
      expect(low.endpoint.holdings(nowMs()).reassemblyBytes).toBeLessThanOrEqual(control + chat + bulk);
      if (round % 30 !== 0) continue;
      sent.push(`${round}`);
      high.send(low.key, 'chat', `${round}`);
      network.run(20);
    }
    network.run(1_000);
    const heard = low.eventsOf('received').filter(({ peer }) => peer === high.key);
    expect(heard.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual(sent);
    expect(high.eventsOf('acknowledged')).toHaveLength(sent.length);
    expect(low.eventsOf('connected').length).toBeGreaterThan(0);
    expect(high.events.map(({ type }) => type)).not.toContain('disconnected');
  });

  it('PROTOCOL 7.2: hold against random bytes, which never throw and leave nothing behind', () => {
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

function sum(bytes: Uint8Array): void {
  const isSummed = bytes[2] !== 2 || bytes[typeOffset] === packetTypes.initiation;
  if (bytes.length < 8 || !isSummed) return;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(checksumOffset, datagramChecksum(bytes));
}

describe('a server with 300 peers', () => {
  it('connects to all of them, answers each, and notices each that is killed', () => {
    const network = new SimulatedNetwork({ seed: 3, link: { lossPercent: 10, delayMs: 5, jitterMs: 4 } });
    const server = new EndpointNode(network.addHost('server', ['10.0.0.1/16']), 50_000, {
      keys: testKeys(1),
      seed: 1,
    });
    server.onEvent = (nowMs, event) => {
      if (event.type !== 'received') return;
      const { peer, channel, bytes } = event;
      server.endpoint.apply(nowMs, { type: 'send', peer, channel, bytes, token: peer });
    };
    const clients = Array.from({ length: 300 }, (_, number) => {
      const address = `10.0.${1 + (number >> 7)}.${1 + (number & 127)}/16`;
      const host = network.addHost(`client ${number}`, [address]);
      return new EndpointNode(host, 0, { keys: numberedKeys(number), seed: number + 10 });
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
    network.run(46_000);
    expect(server.eventsOf('disconnected')).toHaveLength(300);
    expect(server.endpoint.connectionCount).toBe(0);
    expect(server.pollTimeout()).toBeUndefined();
  });

  /** `HANDSHAKE_CLIENTS=2000 npx vitest run gateway/transport/bounds.test.ts` is the whole of it. */
  const clientCount = Number(process.env.HANDSHAKE_CLIENTS ?? 300);

  it(`PROTOCOL 4.4: ${clientCount} clients behind one address connect within 10 s, by their tokens`, () => {
    const network = new SimulatedNetwork({ seed: 4, link: { lossPercent: 1, delayMs: 2, jitterMs: 1 } });
    const server = new EndpointNode(network.addHost('server', ['10.0.0.1/16']), 50_000, {
      keys: testKeys(1),
      seed: 1,
    });
    const gateway = network.addHost('gateway', ['10.0.0.2/16']);
    const clients = Array.from({ length: clientCount }, (_, number) => {
      const client = new EndpointNode(gateway, 0, { keys: numberedKeys(number), seed: number + 10 });
      client.dial('d', [server.address], server.key);
      return client;
    });
    network.run(10_000, () => server.endpoint.connectionCount === clients.length);
    expect(server.endpoint.connectionCount).toBe(clientCount);
    expect(clients.every((client) => client.eventsOf('dial-failed').length === 0)).toBe(true);
  }, 120_000);
});
