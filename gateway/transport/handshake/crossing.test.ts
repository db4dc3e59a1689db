import { describe, expect, it } from 'vitest';
import { encodePacket } from '../../../shared/wire/encode.ts';
import { packetTypes } from '../../../shared/wire/layout.ts';
import { EndpointNode, testKeys } from '../../simulation/transport/endpoint-node.ts';
import {
  answerByHand,
  connectByHand,
  ManualConnection,
  ManualHandshake,
} from '../../simulation/transport/manual-handshake.ts';
import { RawPeer } from '../../simulation/transport/raw-peer.ts';
import { SimulatedNetwork } from '../../simulation/network/simulated-network.ts';
import {
  connectedLan,
  type TransportFixture,
  smallLan,
} from '../../simulation/transport/transport-fixture.ts';

/** Both ends hold the same connection: each one's message is acknowledged without a new handshake. */
function expectOneConnection({
  network,
  low,
  high,
}: Pick<TransportFixture, 'network' | 'low' | 'high'>): void {
  expect([low.endpoint.connectionCount, high.endpoint.connectionCount]).toEqual([1, 1]);
  low.send(high.key, 'chat', 'to high');
  high.send(low.key, 'chat', 'to low');
  network.run(400);
  expect(low.eventsOf('acknowledged').map(({ token }) => token)).toContain('to high');
  expect(high.eventsOf('acknowledged').map(({ token }) => token)).toContain('to low');
}

describe('crossing dials', () => {
  for (const expects of [true, false]) {
    it(`PROTOCOL 4.8: end in one connection, dialled by ${expects ? 'key' : 'address'}`, () => {
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

  it('PROTOCOL 4.8: when both sides confirm, the smaller key drops the CONFIRMATION and the larger key accepts it', () => {
    const lan = smallLan();
    const { network, low, raw, nowMs } = lan;
    low.dial('mine', [raw.address]);
    network.run(1);
    const answer = answerByHand(raw.packetsOf('initiation')[0]!, 3);
    const theirs = new ManualHandshake(7);
    raw.send(low.address, theirs.initiation());
    raw.send(low.address, answer.response);
    network.run(3);
    raw.send(low.address, theirs.confirm(nowMs(), raw.packetsOf('response')[0]!).confirmation);
    network.run(3);
    // Low has the smaller key and confirms its own dial.
    expect(low.events).toEqual([]);
    const packetCrypto = answer.packetCrypto(nowMs(), raw.packetsOf('confirmation')[0]!);
    new ManualConnection(lan, low.address, packetCrypto, low.key).send({ type: 'ping' });
    network.run(3);
    expect(low.eventsOf('connected').map(({ dial }) => dial)).toEqual(['mine']);
  });

  it('PROTOCOL 4.8: refuse a handshake that began before the live connection, and accept a later one', () => {
    const lan = smallLan();
    const { network, low, raw, nowMs } = lan;
    const early = new ManualHandshake(6);
    raw.send(low.address, early.initiation());
    network.run(3);
    const { confirmation } = early.confirm(nowMs(), raw.packetsOf('response')[0]!);
    connectByHand(lan, low, { index: 8 });
    raw.send(low.address, confirmation);
    network.run(3);
    const [reset] = raw.packetsOf('reset');
    expect(reset?.answered).toEqual(encodePacket(confirmation).slice(4, 16));
    expect(low.eventsOf('connected')).toHaveLength(1);
    connectByHand(lan, low, { index: 9 });
    expect(low.eventsOf('connected')).toHaveLength(2);
  });

  it('PROTOCOL 4.8: succeed from the larger key when the path of the smaller one is blocked', () => {
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

  it('PROTOCOL 4.8: all end under loss, and both sides hold one connection', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const network = new SimulatedNetwork({
        seed,
        link: { lossPercent: seed % 40, duplicatePercent: 20, reorderPercent: 20, delayMs: 20, jitterMs: 20 },
      });
      const low = new EndpointNode(network.addHost('low', ['10.0.0.1/24']), 1, { keys: testKeys(1), seed });
      const high = new EndpointNode(network.addHost('high', ['10.0.0.2/24']), 1, {
        keys: testKeys(2),
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
  it('PROTOCOL 4.9: leads to a new connection with a restarted peer within a second of the next message', () => {
    const { network, highHost, low, high } = connectedLan();
    high.socket.close();
    const restarted = new EndpointNode(highHost, 50_000, { keys: testKeys(2), seed: 22 });
    low.send(high.key, 'chat', 'hello?');
    expect(network.run(1_000, () => restarted.eventsOf('connected').length === 1)).toBe(true);
    network.run(10);
    expect(low.events.filter(({ type }) => type !== 'attempt')).toMatchObject([
      { type: 'undelivered', peer: high.key, token: 'hello?', cause: 'replaced' },
      { type: 'disconnected', peer: high.key, cause: 'replaced' },
      { type: 'connected', peer: high.key, address: high.address, dial: null },
    ]);
  });

  it('PROTOCOL 4.9: is answered by RESET at most 4 times a second; RESET and RESPONSE are not answered', () => {
    const { network, low, raw } = smallLan();
    const sealed = new Uint8Array(20);
    const header = new Uint8Array(0);
    const unknown = (counter: number) =>
      ({ type: 'transport', receiver: 5, keyPhase: 0, counter, header, sealed }) as const;
    for (let round = 0; round < 100; round++) {
      raw.send(low.address, unknown(round));
      network.run(10);
    }
    expect(raw.packetsOf('reset')).toHaveLength(4);
    expect(raw.packetsOf('reset')[0]?.answered).toEqual(encodePacket(unknown(0)).slice(4, 16));
    network.run(1_000);
    raw.received.length = 0;
    raw.send(low.address, { type: 'reset', answered: new Uint8Array(12) });
    raw.send(low.address, { type: 'response', receiver: 5, sender: 6, message: new Uint8Array(96) });
    raw.send(low.address, { type: 'retry', receiver: 5, token: new Uint8Array(32) });
    network.run(10);
    expect(raw.received).toEqual([]);
    raw.send(low.address, { type: 'confirmation', receiver: 5, message: new Uint8Array(64) });
    network.run(10);
    expect(raw.packetsOf('reset')).toHaveLength(1);
  });

  it('PROTOCOL 4.9: a RESET ends no connection, and starts at most one redial per second', () => {
    const lan = smallLan();
    const { network, low, raw } = lan;
    const connection = connectByHand(lan, low);
    const heard = encodePacket(raw.packetsOf('transport')[0]!);
    raw.received.length = 0;
    const startMs = lan.nowMs();
    // The peer is silent, so that the hint may be true.
    while (lan.nowMs() - startMs < 2_400) {
      raw.send(low.address, { type: 'reset', answered: heard.slice(4, 16) });
      network.run(100);
    }
    const initiations = raw.packetsOf('initiation');
    expect(new Set(initiations.map(({ sender }) => sender)).size).toBeLessThanOrEqual(2);
    expect(initiations.length).toBeGreaterThan(0);
    // A responder with a key other than the peer's cannot read the INITIATIONs, and gets nothing else.
    const { sent } = low.endpoint.counters;
    expect(() => answerByHand(initiations.at(-1)!, 9, 12)).toThrow('not for this key');
    network.run(10);
    expect([low.endpoint.counters.sent, raw.packetsOf('confirmation').length]).toEqual([sent, 0]);
    connection.send({ type: 'ping' });
    network.run(10);
    expect(connection.framesOf('ack')).not.toEqual([]);
    expect(low.events).toHaveLength(1);
  });

  it('PROTOCOL 4.9: ignores a RESET of another index, of an unsent packet, or from another address', () => {
    const lan = smallLan();
    const { network, low, highHost, raw } = lan;
    connectByHand(lan, low);
    const heard = encodePacket(raw.packetsOf('transport')[0]!).slice(4, 16);
    const { sent } = low.endpoint.counters;
    const changed = (at: number) => heard.map((byte, index) => (index === at ? byte ^ 1 : byte));
    raw.send(low.address, { type: 'reset', answered: changed(3) });
    raw.send(low.address, { type: 'reset', answered: changed(9) });
    const elsewhere = new RawPeer(highHost, 50_077);
    elsewhere.send(low.address, { type: 'reset', answered: heard });
    network.run(1_000);
    expect(low.endpoint.counters.sent).toBe(sent);
    raw.send(low.address, { type: 'reset', answered: heard });
    network.run(10);
    expect(low.endpoint.counters.sent).toBeGreaterThan(sent);
  });

  it('PROTOCOL 4.9: does not redial a peer that answers the liveness check', () => {
    const lan = connectedLan({ delayMs: 20, lossPercent: 10 });
    const { network, low, high } = lan;
    let heard: Uint8Array | undefined;
    network.onDelivery = ({ to, bytes }) => {
      if (to.host === high.address.host && bytes[3] === packetTypes.transport) heard = bytes.slice(4, 16);
    };
    low.send(high.key, 'chat', 'hello');
    network.run(200);
    const reset = encodePacket({ type: 'reset', answered: heard! });
    for (let round = 0; round < 200; round++) {
      low.socket.turn((now) => low.handleDatagrams(now, [{ from: high.address, bytes: reset }]));
      if (round % 20 === 0) low.send(high.key, 'chat', `${round}`);
      network.run(100);
    }
    expect([...low.eventsOf('connected'), ...low.eventsOf('undelivered')]).toEqual([]);
    expect(high.receivedTexts()).toHaveLength(11);
  });

  it('PROTOCOL 4.9: a RESET for a confirming dial leads back to its remaining INITIATIONs', () => {
    const { network, low, raw } = smallLan();
    low.dial('d', [raw.address]);
    for (let round = 0; round < 20; round++) {
      network.run(1);
      raw.send(low.address, answerByHand(raw.packetsOf('initiation')[0]!, 5).response);
      network.run(2);
      const confirmation = raw.packetsOf('confirmation').at(-1);
      if (confirmation === undefined) break;
      raw.send(low.address, { type: 'reset', answered: encodePacket(confirmation).slice(4, 16) });
      network.run(1);
    }
    expect(raw.packetsOf('initiation')).toHaveLength(5);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'd', cause: 'no-answer' }]);
  });
});
