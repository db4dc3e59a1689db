import { describe, expect, it } from 'vitest';
import { testKey } from '../testing/endpoint-node.ts';
import { RawNode } from '../testing/raw-node.ts';
import { confirmByHand, connectedLan, smallLan } from '../testing/small-lan.ts';

describe('living', () => {
  it('PROTOCOL 5.9: a PING after 20 s without anything acknowledged, with tries of its own', () => {
    const lan = smallLan();
    const { network, low, raw } = lan;
    confirmByHand(lan, low, 7n);
    raw.received.length = 0;
    low.events.length = 0;
    const startMs = lan.nowMs();
    network.run(19_990);
    expect(raw.received).toEqual([]);
    network.run(10_000);
    expect(raw.packetsOf('ping').map(({ sequence }) => sequence)).toEqual([1, 1, 1, 1, 1]);
    expect(low.events).toEqual([{ type: 'disconnected', peer: testKey(9), cause: 'unreachable' }]);
    expect(lan.nowMs() - startMs).toBeLessThan(30_000);
  });

  it('PROTOCOL 5.9: a quiet connection lives for hours, with few packets', () => {
    const { network, low, high } = connectedLan();
    network.run(3_600_000);
    expect([low.endpoint.connectionCount, high.endpoint.connectionCount]).toEqual([1, 1]);
    expect([...low.events, ...high.events]).toEqual([]);
    expect(low.endpoint.counters.sent).toBeLessThan(400);
  });

  it('PROTOCOL 5.10: a machine that slept finds the silence and ends the connection', () => {
    const { network, lowHost, low, high } = connectedLan();
    lowHost.sleep();
    network.run(60_000);
    lowHost.wake();
    network.run(0);
    expect(low.events).toEqual([{ type: 'disconnected', peer: high.key, cause: 'silence' }]);
  });

  it('PROTOCOL 5.10: a shorter sleep ends nothing', () => {
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
});

describe('ending', () => {
  it('PROTOCOL 5.11: a CLOSE hands everything back and tells the reason', () => {
    const lan = smallLan();
    const { network, low, raw } = lan;
    confirmByHand(lan, low, 7n);
    low.events.length = 0;
    low.send(testKey(9), 'chat', 'a');
    low.send(testKey(9), 'control', 'b');
    raw.send(low.address, { type: 'close', connection: 7n, reason: 'displaced' });
    network.run(10_000);
    expect(low.events.filter(({ type }) => type !== 'attempt')).toEqual([
      { type: 'undelivered', peer: testKey(9), token: 'a', cause: 'closed' },
      { type: 'undelivered', peer: testKey(9), token: 'b', cause: 'closed' },
      { type: 'disconnected', peer: testKey(9), cause: 'displaced' },
    ]);
  });

  it('PROTOCOL 5.12: what was queued before is acknowledged first, then one CLOSE; new messages are refused', () => {
    const { network, low, high } = connectedLan();
    for (const word of ['a', 'b', 'c']) low.send(high.key, 'chat', word);
    low.apply({ type: 'close', peer: high.key, reason: 'goodbye' });
    low.send(high.key, 'chat', 'too late');
    network.run(10_000);
    expect(high.events.map((event) => event.type)).toEqual([
      'received',
      'received',
      'received',
      'disconnected',
    ]);
    expect(high.events.at(-1)).toMatchObject({ cause: 'goodbye' });
    expect(low.eventsOf('acknowledged').map(({ token }) => token)).toEqual(['a', 'b', 'c']);
    expect(low.eventsOf('undelivered')).toEqual([
      { type: 'undelivered', peer: high.key, token: 'too late', cause: 'no-connection' },
    ]);
    expect(low.eventsOf('disconnected')).toEqual([]);
    expect(low.endpoint.connectionCount).toBe(0);
  });

  it('PROTOCOL 5.12: what cannot be delivered is handed back, then the CLOSE leaves all the same', () => {
    const lan = smallLan();
    const { network, low, raw } = lan;
    confirmByHand(lan, low, 7n);
    low.events.length = 0;
    low.send(testKey(9), 'chat', 'a');
    low.apply({ type: 'close', peer: testKey(9), reason: 'refused' });
    network.run(10_000);
    expect(low.events.filter(({ type }) => type !== 'attempt')).toEqual([
      { type: 'undelivered', peer: testKey(9), token: 'a', cause: 'unreachable' },
    ]);
    expect(raw.packetsOf('close')).toEqual([{ type: 'close', connection: 7n, reason: 'refused' }]);
    expect(low.endpoint.connectionCount).toBe(0);
  });

  it('PROTOCOL 5.12: when both leave at once, neither is told of an end', () => {
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

  it('PROTOCOL 5.12: a lost CLOSE is said again to whoever still sends', () => {
    const { network, lowHost, highHost, low, high } = connectedLan();
    network.cut(lowHost, highHost);
    low.apply({ type: 'close', peer: high.key, reason: 'displaced' });
    network.run(100);
    network.heal(lowHost, highHost);
    expect(high.events).toEqual([]);
    high.send(low.key, 'chat', 'are you there?');
    network.run(100);
    expect(high.events.slice(1)).toEqual([
      { type: 'undelivered', peer: low.key, token: 'are you there?', cause: 'closed' },
      { type: 'disconnected', peer: low.key, cause: 'displaced' },
    ]);
  });

  it('PROTOCOL 5.13: packets of a live connection from another address are unknown there', () => {
    const lan = smallLan();
    const { network, low, raw } = lan;
    confirmByHand(lan, low, 7n);
    low.events.length = 0;
    const elsewhere = new RawNode(network.addHost('elsewhere', ['192.168.1.66/24']), 50_000);
    low.send(testKey(9), 'chat', 'a');
    elsewhere.send(low.address, { type: 'ack', connection: 7n, sequence: 1 });
    elsewhere.send(low.address, { type: 'ping', connection: 7n, sequence: 1 });
    elsewhere.send(low.address, { type: 'close', connection: 7n, reason: 'goodbye' });
    elsewhere.send(low.address, { type: 'reset', connection: 7n });
    network.run(10);
    expect(elsewhere.received.map(({ packet }) => packet.type)).toEqual(['reset']);
    expect(low.events.map(({ type }) => type)).toEqual(['attempt']);
    raw.send(low.address, { type: 'ack', connection: 7n, sequence: 1 });
    network.run(10);
    expect(low.eventsOf('acknowledged')).toHaveLength(1);
  });

  it('PROTOCOL 5.13: a peer that changes its address is met again from there', () => {
    const { network, lowHost, low, high } = connectedLan();
    lowHost.setInterfaces(['192.168.1.20/24']);
    low.send(high.key, 'chat', 'I have moved');
    expect(network.run(1_000, () => high.eventsOf('connected').length === 1)).toBe(true);
    expect(high.eventsOf('connected')[0]?.address).toEqual({ host: '192.168.1.20', port: 50_000 });
    network.run(10);
    high.send(low.key, 'chat', 'welcome home');
    network.run(10);
    expect(low.receivedTexts()).toEqual(['welcome home']);
  });
});
