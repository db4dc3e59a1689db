import { describe, expect, it } from 'vitest';
import { EndpointNode, testKeys } from '../../simulation/transport/endpoint-node.ts';
import { connectedLan, smallLan } from '../../simulation/transport/transport-fixture.ts';
import { livenessTimeoutMsMax } from '../timing.ts';

describe('a move', () => {
  it('PROTOCOL 5.11: emits moved with the new address', () => {
    const { network, lowHost, low, high } = connectedLan();
    lowHost.setInterfaces(['192.168.1.20/24']);
    low.send(high.key, 'chat', 'I have moved');
    network.run(2_000);
    expect(high.eventsOf('moved')).toMatchObject([
      { type: 'moved', peer: low.key, address: { host: '192.168.1.20', port: 50_000 } },
    ]);
    expect(low.eventsOf('moved')).toEqual([]);
  });

  it('PROTOCOL 5.14: starts a new path for another host, and keeps the path for another port', () => {
    const { network, lowHost, low, high } = connectedLan();
    const roundTripsKnown: boolean[] = [];
    high.onEvent = (_nowMs, { type }) => {
      if (type === 'moved') roundTripsKnown.push(high.endpoint.statistics()[0]?.roundTripMs !== null);
    };
    high.send(low.key, 'chat', 'hello');
    network.run(100);
    low.socket.close();
    const elsewhere = lowHost.bind(50_001, low);
    const say = (text: string): void =>
      elsewhere.turn(({ monotonicMs }) => {
        const bytes = new TextEncoder().encode(text);
        const { key: peer } = high;
        low.endpoint.apply(monotonicMs, { type: 'send', peer, channel: 'chat', bytes, token: text });
      });
    say('from another port');
    network.run(2_000);
    lowHost.setInterfaces(['192.168.1.20/24']);
    say('from another host');
    network.run(2_000);
    expect(high.receivedTexts()).toEqual(['from another port', 'from another host']);
    expect(roundTripsKnown).toEqual([true, false]);
  });
});

describe('a change of this machine’s network', () => {
  it('PROTOCOL 5.15: moves quiet connections to the new addresses at once', () => {
    const { network, lowHost, low, high } = connectedLan();
    low.send(high.key, 'chat', 'hello');
    network.run(100);
    lowHost.setInterfaces(['192.168.1.20/24']);
    low.handleNetworkChange('addresses');
    expect(low.endpoint.statistics()[0]?.roundTripMs).toBe(null);
    expect(network.run(400, () => high.eventsOf('moved').length === 1)).toBe(true);
    network.run(2_000);
    expect([...low.eventsOf('disconnected'), ...high.eventsOf('disconnected')]).toEqual([]);
  });

  it('PROTOCOL 5.15: finds, after a sleep, the peers that have dropped this machine, and reconnects', () => {
    const { network, lowHost, low, high } = connectedLan();
    lowHost.sleep();
    network.run(40_000);
    expect(high.eventsOf('disconnected')).toHaveLength(1);
    // Nothing is due for this side.
    lowHost.wake('stood still');
    low.handleNetworkChange('woke');
    expect(network.run(500, () => high.eventsOf('connected').length === 1)).toBe(true);
  });

  it('PROTOCOL 5.15: does not touch connections within this machine', () => {
    const { network, lowHost, low } = smallLan();
    const neighbour = new EndpointNode(lowHost, 50_001, { keys: testKeys(3), seed: 3 });
    low.dial('neighbour', [{ host: '127.0.0.1', port: 50_001 }]);
    network.run(100);
    low.send(neighbour.key, 'chat', 'hello');
    network.run(100);
    const before = low.endpoint.counters.sent;
    lowHost.setInterfaces([]);
    low.handleNetworkChange('addresses');
    expect(low.endpoint.counters.sent).toBe(before);
    expect(low.endpoint.statistics()[0]?.roundTripMs).not.toBe(null);
  });

  it('PROTOCOL 5.15: restarts dials, even when a handshake was half done from the old address', () => {
    const { network, lowHost, highHost, low, high } = smallLan();
    low.dial('first', [high.address], high.key);
    network.run(1.5);
    network.cut(lowHost, highHost);
    network.run(5);
    lowHost.setInterfaces(['192.168.1.20/24']);
    network.heal(lowHost, highHost);
    low.handleNetworkChange('addresses');
    expect(network.run(50, () => low.eventsOf('connected').length === 1)).toBe(true);
  });
});

describe('a redial, because a peer may have restarted elsewhere', () => {
  it('PROTOCOL 4.9: replaces the connection when the peer is there', () => {
    const { network, highHost, low, high } = connectedLan();
    high.socket.close();
    const again = new EndpointNode(highHost, 50_001, { keys: testKeys(2), seed: 5 });
    low.send(high.key, 'chat', 'where are you?');
    low.apply({ type: 'redial', peer: high.key, candidates: [again.address] });
    network.run(livenessTimeoutMsMax + 50);
    expect(low.eventsOf('connected')).toMatchObject([
      { type: 'connected', peer: high.key, address: again.address, dial: null },
    ]);
    network.run(1_000);
    expect(low.eventsOf('undelivered').map(({ cause }) => cause)).toEqual(['replaced']);
    expect(low.endpoint.connectionCount).toBe(1);
  });

  it('PROTOCOL 4.9: sends nothing to the other addresses while the peer answers', () => {
    const { network, low, high } = connectedLan();
    const unused = { host: '192.168.1.200', port: 50_000 };
    for (let second = 0; second < 10; second++) {
      low.apply({ type: 'redial', peer: high.key, candidates: [unused], claims: [unused] });
      network.run(livenessTimeoutMsMax);
      expect(low.endpoint.dialCount).toBe(0);
      network.run(1_000);
    }
    low.send(high.key, 'chat', 'still here');
    network.run(100);
    expect(high.receivedTexts()).toEqual(['still here']);
    expect(low.events.map(({ type }) => type)).toEqual(['attempt', 'acknowledged']);
  });

  it('PROTOCOL 4.9: keeps the connection when no peer answers, and is tried at most once a second', () => {
    const { network, lowHost, highHost, low, high } = connectedLan();
    const unused = { host: '192.168.1.200', port: 50_000 };
    network.cut(lowHost, highHost);
    for (let again = 0; again < 3; again++)
      low.apply({ type: 'redial', peer: high.key, candidates: [unused] });
    network.run(livenessTimeoutMsMax);
    expect(low.endpoint.dialCount).toBe(1);
    network.heal(lowHost, highHost);
    network.run(5_000);
    low.send(high.key, 'chat', 'still here');
    network.run(100);
    expect(high.receivedTexts()).toEqual(['still here']);
    expect(low.events.map(({ type }) => type)).toEqual(['attempt', 'acknowledged']);
  });
});
