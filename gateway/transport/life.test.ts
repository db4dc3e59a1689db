import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../shared/wire/frames.ts';
import { EndpointNode, testKey, testKeys } from '../simulation/transport/endpoint-node.ts';
import { connectByHand } from '../simulation/transport/manual-handshake.ts';
import { connectedLan, smallLan } from '../simulation/transport/transport-fixture.ts';

describe('a live connection', () => {
  it('PROTOCOL 5.7: sends PING after 20 s without an acknowledgement, with its own attempts', () => {
    const lan = smallLan();
    const { network, low } = lan;
    const connection = connectByHand(lan, low);
    connection.send({ type: 'ping' });
    network.run(100);
    low.events.length = 0;
    const before = connection.frames().length;
    const startMs = lan.nowMs();
    network.run(19_800);
    expect(connection.frames().slice(before)).toEqual([]);
    network.run(10_000);
    expect(connection.framesOf('ping').length).toBeGreaterThanOrEqual(5);
    expect(low.events).toMatchObject([{ type: 'disconnected', peer: connectionKey, cause: 'unreachable' }]);
    expect(lan.nowMs() - startMs).toBeLessThan(30_000);
  });

  it('PROTOCOL 5.7: lives for quiet hours with few packets, across a change of keys', () => {
    const { network, low, high } = connectedLan();
    network.run(2 * 3_600_000);
    expect([low.endpoint.connectionCount, high.endpoint.connectionCount]).toEqual([1, 1]);
    expect([...low.events, ...high.events]).toEqual([]);
    expect(low.endpoint.counters.sent).toBeLessThan(1_500);
    low.send(high.key, 'chat', 'still there?');
    network.run(100);
    expect(high.receivedTexts()).toEqual(['still there?']);
  });

  it('PROTOCOL 5.8: ends by its idle timeout after the machine slept', () => {
    const { network, lowHost, low, high } = connectedLan();
    lowHost.sleep();
    network.run(60_000);
    lowHost.wake();
    network.run(0);
    expect(low.events).toMatchObject([{ type: 'disconnected', peer: high.key, cause: 'idle-timeout' }]);
  });

  it('PROTOCOL 5.8: survives a shorter sleep', () => {
    const { network, lowHost, low, high } = connectedLan();
    lowHost.sleep();
    network.run(19_000);
    lowHost.wake();
    network.run(10_000);
    expect([...low.events, ...high.events]).toEqual([]);
    low.send(high.key, 'chat', 'good morning');
    network.run(100);
    expect(high.receivedTexts()).toEqual(['good morning']);
  });

  it('PROTOCOL 5.8: is not kept alive by forged packets', () => {
    const lan = smallLan();
    const { network, low, raw } = lan;
    const connection = connectByHand(lan, low);
    const datagram = connection.seal({ type: 'ping' });
    datagram[30]! ^= 1;
    for (let second = 0; second < 46; second++) {
      raw.sendBytes(low.address, datagram);
      network.run(1_000);
    }
    expect(low.eventsOf('disconnected')).toHaveLength(1);
  });
});

const connectionKey = testKey(9);

describe('the end of a connection', () => {
  it('PROTOCOL 5.9: a CLOSE returns all unacknowledged messages and reports its reason', () => {
    const lan = smallLan();
    const { network, low } = lan;
    const connection = connectByHand(lan, low);
    low.events.length = 0;
    low.send(connectionKey, 'chat', 'a');
    low.send(connectionKey, 'control', 'b');
    connection.send({ type: 'close', reason: 'displaced' });
    network.run(10_000);
    expect(low.events.filter(({ type }) => type !== 'attempt')).toMatchObject([
      { type: 'undelivered', peer: connectionKey, token: 'a', cause: 'closed' },
      { type: 'undelivered', peer: connectionKey, token: 'b', cause: 'closed' },
      { type: 'disconnected', peer: connectionKey, cause: 'displaced' },
    ]);
  });

  it('PROTOCOL 5.10: one CLOSE follows the acknowledgement of all queued messages; new messages are refused', () => {
    const { network, low, high } = connectedLan();
    for (const word of ['a', 'b', 'c']) low.send(high.key, 'chat', word);
    low.apply({ type: 'close', peer: high.key, reason: 'goodbye' });
    low.send(high.key, 'chat', 'too late');
    network.run(10_000);
    const heard = ['received', 'received', 'received', 'disconnected'];
    expect(high.events.map((event) => event.type)).toEqual(heard);
    expect(high.events.at(-1)).toMatchObject({ cause: 'goodbye' });
    expect(low.eventsOf('acknowledged').map(({ token }) => token)).toEqual(['a', 'b', 'c']);
    expect(low.eventsOf('undelivered')).toMatchObject([
      { type: 'undelivered', peer: high.key, token: 'too late', cause: 'no-connection' },
    ]);
    expect(low.eventsOf('disconnected')).toEqual([]);
    expect(low.endpoint.connectionCount).toBe(0);
  });

  it('PROTOCOL 8.19: a CLOSE with a reason that the receiver does not know ends the connection as goodbye', () => {
    const lan = smallLan();
    const { network, low, raw } = lan;
    const { packetCrypto } = connectByHand(lan, low);
    const close = encodeFrame({ type: 'close', reason: 'refused' });
    close[1] = 200;
    raw.sendBytes(low.address, packetCrypto.seal(lan.nowMs(), close));
    network.run(3);
    expect(low.eventsOf('disconnected').map(({ cause }) => cause)).toEqual(['goodbye']);
    expect(low.endpoint.connectionCount).toBe(0);
  });

  it('PROTOCOL 5.10: undeliverable messages are returned, and the CLOSE still leaves', () => {
    const lan = smallLan();
    const { network, low } = lan;
    const connection = connectByHand(lan, low);
    low.events.length = 0;
    low.send(connectionKey, 'chat', 'a');
    low.apply({ type: 'close', peer: connectionKey, reason: 'refused' });
    network.run(10_000);
    expect(low.events.filter(({ type }) => type !== 'attempt')).toMatchObject([
      { type: 'undelivered', peer: connectionKey, token: 'a', cause: 'unreachable' },
    ]);
    expect(connection.framesOf('close')).toEqual([{ type: 'close', reason: 'refused' }]);
    expect(low.endpoint.connectionCount).toBe(0);
  });

  it('PROTOCOL 5.10: when both sides close at once, neither gets disconnected', () => {
    const { network, low, high } = connectedLan();
    low.send(high.key, 'chat', 'last words');
    for (const [one, other] of [
      [low, high],
      [high, low],
    ] as const) {
      one.apply({ type: 'close', peer: other.key, reason: 'goodbye' });
    }
    network.run(60_000);
    expect([...low.eventsOf('disconnected'), ...high.eventsOf('disconnected')]).toEqual([]);
    expect(low.eventsOf('acknowledged').length + low.eventsOf('undelivered').length).toBe(1);
    expect([low.endpoint.connectionCount, high.endpoint.connectionCount]).toEqual([0, 0]);
  });

  it('PROTOCOL 5.10: a lost CLOSE is repeated to a peer that still sends', () => {
    const { network, lowHost, highHost, low, high } = connectedLan();
    network.cut(lowHost, highHost);
    low.apply({ type: 'close', peer: high.key, reason: 'displaced' });
    network.run(100);
    network.heal(lowHost, highHost);
    expect(high.events).toEqual([]);
    high.send(low.key, 'chat', 'are you there?');
    network.run(100);
    expect(high.events.filter(({ type }) => type !== 'attempt')).toMatchObject([
      { type: 'undelivered', peer: low.key, token: 'are you there?', cause: 'closed' },
      { type: 'disconnected', peer: low.key, cause: 'displaced' },
    ]);
  });
});

describe('a peer with a new address', () => {
  it('PROTOCOL 5.11: continues its connection within 2 s', () => {
    const { network, lowHost, low, high } = connectedLan();
    lowHost.setInterfaces(['192.168.1.20/24']);
    low.send(high.key, 'chat', 'I have moved');
    network.run(2_000);
    expect(high.receivedTexts()).toEqual(['I have moved']);
    expect(high.endpoint.statistics()[0]?.address).toEqual({ host: '192.168.1.20', port: 50_000 });
    high.send(low.key, 'chat', 'welcome home');
    network.run(50);
    expect(low.receivedTexts()).toEqual(['welcome home']);
    expect(low.eventsOf('acknowledged')).toHaveLength(1);
    // The same connection: neither role was told of another.
    expect([...low.eventsOf('connected'), ...high.eventsOf('connected')]).toEqual([]);
  });

  it('PROTOCOL 5.11: moves repeatedly under loss, and loses nothing', () => {
    const { network, lowHost, low, high } = connectedLan({ lossPercent: 10, delayMs: 5, jitterMs: 5 });
    const words: string[] = [];
    for (let round = 0; round < 20; round++) {
      lowHost.setInterfaces([`192.168.1.${20 + round}/24`]);
      words.push(`from ${round}`);
      low.send(high.key, 'chat', `from ${round}`);
      high.send(low.key, 'chat', `to ${round}`);
      network.run(2_000);
    }
    expect(high.receivedTexts()).toEqual(words);
    expect(low.receivedTexts()).toHaveLength(20);
    expect([...low.eventsOf('disconnected'), ...high.eventsOf('disconnected')]).toEqual([]);
  });

  it('PROTOCOL 5.13: gets at most three times the bytes that it sent, until its address is proved', () => {
    const lan = smallLan();
    const { network, low, high, raw } = lan;
    const connection = connectByHand(lan, low);
    const elsewhere = { host: high.address.host, port: 50_099 };
    let bytesToElsewhere = 0;
    network.onDelivery = () => {};
    // What a thief sends from a victim's address: one genuine packet, caught before it arrived.
    const datagram = connection.seal({ type: 'ping' });
    low.socket.turn((now) => low.handleDatagrams(now, [{ from: elsewhere, bytes: datagram }]));
    const victim = new EndpointNode(high.socket.host, 50_099, { keys: testKeys(5), seed: 5 });
    network.onDelivery = ({ to, bytes }) => {
      if (to.port === 50_099) bytesToElsewhere += bytes.length;
    };
    low.send(connectionKey, 'bulk', 'x'.repeat(100_000), 'much');
    network.run(10_000);
    expect(bytesToElsewhere).toBeGreaterThan(0);
    expect(bytesToElsewhere).toBeLessThanOrEqual(3 * datagram.length);
    expect(victim.events).toEqual([]);
    expect(raw.packetsOf('transport').length).toBeGreaterThan(5);
  });
});
