import { describe, expect, it } from 'vitest';
import { EndpointNode, testKey } from '../testing/endpoint-node.ts';
import { SimulatedNetwork } from '../testing/simulated-network.ts';
import { confirmByHand, connectedLan, type SmallLan, smallLan } from '../testing/small-lan.ts';

/** Both ends hold the same connection: each one's message is acknowledged without a new handshake. */
function expectOneConnection({ network, low, high }: Pick<SmallLan, 'network' | 'low' | 'high'>): void {
  expect([low.endpoint.connectionCount, high.endpoint.connectionCount]).toEqual([1, 1]);
  low.send(high.key, 'chat', 'to high');
  high.send(low.key, 'chat', 'to low');
  network.run(400);
  expect(low.eventsOf('acknowledged').map(({ token }) => token)).toContain('to high');
  expect(high.eventsOf('acknowledged').map(({ token }) => token)).toContain('to low');
}

describe('crossing dials', () => {
  for (const expects of [true, false]) {
    it(`PROTOCOL 4.7: end in one connection, dialled by ${expects ? 'key' : 'address'}`, () => {
      const lan = smallLan();
      const { network, low, high } = lan;
      low.dial('from low', [high.address], expects ? high.key : null);
      high.dial('from high', [low.address], expects ? low.key : null);
      network.run(10_000);
      expect(low.eventsOf('connected').map(({ dial }) => dial)).toContain('from low');
      expect(high.eventsOf('connected').map(({ dial }) => dial)).toContain('from high');
      expect([...low.eventsOf('dial-failed'), ...high.eventsOf('dial-failed')]).toEqual([]);
      expectOneConnection(lan);
    });
  }

  it('PROTOCOL 4.7: both confirming, the smaller key drops the CONFIRM, the larger one accepts it', () => {
    const { network, low, raw } = smallLan();
    low.dial('mine', [raw.address]);
    network.run(1);
    const mine = raw.packetsOf('hello')[0]!.connection;
    raw.send(low.address, { type: 'hello', connection: 7n, initiator: testKey(9), expected: null });
    raw.send(low.address, { type: 'welcome', connection: mine, responder: testKey(9), nonce: 3n });
    network.run(3);
    const { nonce } = raw.packetsOf('welcome')[0]!;
    raw.send(low.address, { type: 'confirm', connection: 7n, nonce });
    network.run(3);
    // Low has the smaller key and confirms its own dial.
    expect(low.events).toEqual([]);
    raw.send(low.address, { type: 'ack', connection: mine, sequence: 0 });
    network.run(3);
    expect(low.eventsOf('connected').map(({ dial }) => dial)).toEqual(['mine']);
  });

  it('PROTOCOL 4.7: a handshake from before the live connection is refused, a later one is not', () => {
    const lan = smallLan();
    const { network, low, raw } = lan;
    raw.send(low.address, { type: 'hello', connection: 7n, initiator: testKey(9), expected: null });
    network.run(3);
    const { nonce } = raw.packetsOf('welcome')[0]!;
    confirmByHand(lan, low, 8n);
    raw.send(low.address, { type: 'confirm', connection: 7n, nonce });
    network.run(3);
    expect(raw.packetsOf('reset')).toEqual([{ type: 'reset', connection: 7n }]);
    expect(low.eventsOf('connected')).toHaveLength(1);
    confirmByHand(lan, low, 9n);
    expect(low.eventsOf('connected')).toHaveLength(2);
  });

  it('PROTOCOL 4.7: the larger key comes through when the smaller one’s way is blocked', () => {
    const lan = smallLan();
    const { network, low, high, nowMs } = lan;
    const startMs = nowMs();
    low.dial('from low', [{ host: '192.168.1.99', port: 1 }], high.key);
    high.dial('from high', [low.address], low.key);
    expect(network.run(10_000, () => high.events.length > 0)).toBe(true);
    expect(nowMs() - startMs).toBeLessThan(100);
    expect(low.eventsOf('connected').map(({ dial }) => dial)).toEqual(['from low']);
    expectOneConnection(lan);
  });

  it('PROTOCOL 4.7: under loss, every dial ends and both sides hold one connection', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const network = new SimulatedNetwork({
        seed,
        link: { lossPercent: seed % 40, duplicatePercent: 20, reorderPercent: 20, delayMs: 20, jitterMs: 20 },
      });
      const low = new EndpointNode(network.addHost('low', ['10.0.0.1/24']), 1, { key: testKey(1), seed });
      const high = new EndpointNode(network.addHost('high', ['10.0.0.2/24']), 1, {
        key: testKey(2),
        seed: -seed,
      });
      low.dial('from low', [high.address], seed % 2 === 0 ? high.key : null);
      network.run(seed % 50);
      high.dial('from high', [low.address], seed % 3 === 0 ? low.key : null);
      network.run(10_000);
      const lowDial = low.events.filter((event) => 'dial' in event && event.dial !== null);
      const highDial = high.events.filter((event) => 'dial' in event && event.dial !== null);
      expect([lowDial.length, highDial.length], `seed ${seed}`).toEqual([1, 1]);
      expect([low.endpoint.dialCount, high.endpoint.dialCount]).toEqual([0, 0]);
      network.setDefaultLink({});
      network.run(30_000);
      expect(high.endpoint.connectionCount).toBe(low.endpoint.connectionCount);
      if (low.endpoint.connectionCount > 0) expectOneConnection({ network, low, high });
    }
  });
});

describe('a packet for an unknown connection', () => {
  it('PROTOCOL 4.8: a restarted peer is met again within a second of the next message', () => {
    const { network, highHost, low, high } = connectedLan();
    high.socket.close();
    const restarted = new EndpointNode(highHost, 50_000, { key: high.key, seed: 22 });
    low.send(high.key, 'chat', 'hello?');
    expect(network.run(1_000, () => restarted.eventsOf('connected').length === 1)).toBe(true);
    network.run(10);
    expect(low.events.slice(1)).toEqual([
      { type: 'undelivered', peer: high.key, token: 'hello?', cause: 'replaced' },
      { type: 'connected', peer: high.key, address: high.address, dial: null },
    ]);
  });

  it('PROTOCOL 4.8: is answered by RESET, at most 4 times a second; ACK, RESET and CLOSE are not', () => {
    const { network, low, raw } = smallLan();
    const data = { type: 'data', connection: 5n, sequence: 1, channel: 'chat' } as const;
    for (let round = 0; round < 100; round++) {
      raw.send(low.address, { ...data, fragmentIndex: 0, fragmentCount: 1, payload: new Uint8Array(5) });
      network.run(10);
    }
    expect(raw.packetsOf('reset')).toHaveLength(4);
    network.run(1_000);
    raw.received.length = 0;
    raw.send(low.address, { type: 'ack', connection: 5n, sequence: 1 });
    raw.send(low.address, { type: 'reset', connection: 5n });
    raw.send(low.address, { type: 'close', connection: 5n, reason: 'goodbye' });
    network.run(10);
    expect(raw.received).toEqual([]);
    raw.send(low.address, { type: 'ping', connection: 5n, sequence: 1 });
    network.run(10);
    expect(raw.packetsOf('reset')).toHaveLength(1);
  });

  it('PROTOCOL 4.8: a RESET ends nothing, and opens at most one handshake a second beside', () => {
    const lan = smallLan();
    const { network, low, raw } = lan;
    confirmByHand(lan, low, 7n);
    raw.received.length = 0;
    const startMs = lan.nowMs();
    while (lan.nowMs() - startMs < 20_000) {
      raw.send(low.address, { type: 'reset', connection: 7n });
      network.run(100);
    }
    const hellos = raw.packetsOf('hello');
    expect(new Set(hellos.map(({ connection }) => connection)).size).toBeLessThanOrEqual(10);
    expect(hellos.length).toBeGreaterThan(0);
    expect(hellos[0]).toMatchObject({ initiator: low.key, expected: testKey(9) });
    raw.send(low.address, { type: 'ping', connection: 7n, sequence: 1 });
    network.run(10);
    expect(raw.packetsOf('ack')).toEqual([{ type: 'ack', connection: 7n, sequence: 1 }]);
    expect(low.events).toHaveLength(1);
  });

  it('PROTOCOL 4.8: a RESET with another id, or from elsewhere, is nothing', () => {
    const { network, low, raw } = connectedLan();
    const { sent } = low.endpoint.counters;
    raw.send(low.address, { type: 'reset', connection: 7n });
    network.run(1_000);
    expect(low.endpoint.counters.sent).toBe(sent);
  });

  it('PROTOCOL 4.8: a RESET for a dial that confirms leads back to the calls that are left', () => {
    const { network, low, raw } = smallLan();
    low.dial('d', [raw.address]);
    for (let round = 0; round < 20; round++) {
      network.run(1);
      const connection = raw.packetsOf('hello')[0]!.connection;
      raw.send(low.address, { type: 'welcome', connection, responder: testKey(9), nonce: 5n });
      network.run(2);
      raw.send(low.address, { type: 'reset', connection });
      network.run(1);
    }
    expect(raw.packetsOf('hello')).toHaveLength(5);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'd', cause: 'silent' }]);
  });
});
