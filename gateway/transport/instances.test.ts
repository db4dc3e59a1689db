import { describe, expect, it } from 'vitest';
import { peerConnectionsMax } from '../../shared/limits.ts';
import { EndpointNode, testKeys } from '../simulation/transport/endpoint-node.ts';
import { smallLan, type TransportFixture } from '../simulation/transport/transport-fixture.ts';

/** One more process with the key of `high`, on a host of its own. */
function copyOfHigh({ network }: TransportFixture, number: number): EndpointNode {
  const host = network.addHost(`copy ${number}`, [`192.168.1.${100 + number}/24`]);
  return new EndpointNode(host, 50_000, { keys: testKeys(2), seed: 100 + number });
}

/** `low` with connections to `high` and to copies of it, in this order, and no recorded events. */
function lanOfCopies(count: number) {
  const lan = smallLan();
  const copies = Array.from({ length: count }, (_, number) => copyOfHigh(lan, number));
  for (const node of [lan.high, ...copies]) {
    node.dial('d', [lan.low.address], lan.low.key);
    lan.network.run(100);
    expect(node.eventsOf('connected')).toHaveLength(1);
  }
  lan.low.events.length = 0;
  return { ...lan, copies, nodes: [lan.high, ...copies] };
}

describe('two processes with one key', () => {
  it('PROTOCOL 4.7: have a connection each, and the peer can tell them apart', () => {
    const { network, low, high, nodes } = lanOfCopies(1);
    expect(low.endpoint.connectionCount).toBe(2);
    for (const node of nodes) node.send(low.key, 'chat', `from ${node.address.host}`);
    network.run(50);
    const received = low.eventsOf('received').map(({ peer, instance }) => [peer, instance]);
    expect(received).toEqual(nodes.map((node) => [high.key, node.endpoint.instance]));
    for (const { endpoint, address } of nodes) {
      const bytes = new TextEncoder().encode(`to ${address.host}`);
      const { instance } = endpoint;
      low.apply({ type: 'send', peer: high.key, instance, channel: 'chat', bytes, token: address.host });
    }
    network.run(50);
    for (const node of nodes) expect(node.receivedTexts()).toEqual([`to ${node.address.host}`]);
    expect(low.eventsOf('acknowledged').map(({ instance, token }) => [instance, token])).toEqual(
      nodes.map(({ endpoint, address }) => [endpoint.instance, address.host]),
    );
    expect(nodes.flatMap((node) => node.eventsOf('disconnected'))).toEqual([]);
  });

  it('PROTOCOL 4.7: are meant by the newest connection where none is named, and by the older one after its end', () => {
    const { network, low, high, copies } = lanOfCopies(1);
    const [copy] = copies as [EndpointNode];
    low.send(high.key, 'chat', 'to the newest');
    network.run(50);
    copy.apply({ type: 'close', peer: low.key, reason: 'goodbye' });
    network.run(50);
    low.send(high.key, 'chat', 'to the other');
    network.run(50);
    expect(copy.receivedTexts()).toEqual(['to the newest']);
    expect(high.receivedTexts()).toEqual(['to the other']);
    expect(low.eventsOf('disconnected')).toMatchObject([{ instance: copy.endpoint.instance }]);
  });

  it('PROTOCOL 4.7: a message for a process without a connection is handed back', () => {
    const { low, high, copies } = lanOfCopies(1);
    const { instance } = copies[0]!.endpoint;
    low.apply({ type: 'close', peer: high.key, instance, reason: 'goodbye' });
    const bytes = new Uint8Array(1);
    low.apply({ type: 'send', peer: high.key, instance, channel: 'chat', bytes, token: 't' });
    expect(low.events).toMatchObject([{ type: 'undelivered', instance, cause: 'no-connection' }]);
  });

  it('PROTOCOL 4.10: answer dials each for itself', () => {
    const { network, low, high } = smallLan();
    const lan = { network, low, high } as TransportFixture;
    const copy = copyOfHigh(lan, 1);
    low.dial('one', [high.address]);
    low.dial('other', [copy.address]);
    network.run(100);
    expect(low.eventsOf('connected').map(({ dial, address }) => [dial, address.host])).toEqual([
      ['one', high.address.host],
      ['other', copy.address.host],
    ]);
    // A dial by key is answered by the newest connection.
    low.dial('by key', [high.address], high.key);
    expect(low.eventsOf('connected').at(-1)).toMatchObject({ dial: 'by key', address: copy.address });
    expect(low.endpoint.connectionCount).toBe(2);
  });

  it('PROTOCOL 4.9: a redial of one leaves the connection of the other alone', () => {
    const lan = lanOfCopies(1);
    const { network, low, high, copies } = lan;
    const [copy] = copies as [EndpointNode];
    copy.socket.close();
    const again = copyOfHigh(lan, 2);
    low.apply({ type: 'redial', peer: high.key, candidates: [again.address] });
    network.run(2_000);
    expect(low.eventsOf('connected')).toMatchObject([{ instance: again.endpoint.instance }]);
    expect(low.eventsOf('disconnected')).toMatchObject([{ instance: copy.endpoint.instance }]);
    expect(low.endpoint.connectionCount).toBe(2);
  });
});

describe('a process that has started again at its address', () => {
  it('PROTOCOL 4.7: replaces its previous process, and the role first hears of the end of that one', () => {
    const { network, low, high, highHost } = lanOfCopies(0);
    const before = high.endpoint.instance;
    high.socket.close();
    low.send(high.key, 'chat', 'into the void');
    const again = new EndpointNode(highHost, 50_000, { keys: testKeys(2), seed: 22 });
    again.dial('d', [low.address], low.key);
    network.run(100);
    expect(low.events.filter(({ type }) => type !== 'attempt')).toMatchObject([
      { type: 'undelivered', instance: before, token: 'into the void', cause: 'replaced' },
      { type: 'disconnected', instance: before, cause: 'replaced' },
      { type: 'connected', instance: again.endpoint.instance, dial: null },
    ]);
    expect(low.endpoint.connectionCount).toBe(1);
  });
});

describe('a process that has started again at another address', () => {
  it('PROTOCOL 4.7: is met there, and the silent connection to its previous process ends after a second', () => {
    const lan = lanOfCopies(0);
    const { network, low, high } = lan;
    const before = high.endpoint.instance;
    high.socket.close();
    const again = copyOfHigh(lan, 1);
    again.dial('d', [low.address], low.key);
    network.run(10);
    low.apply({
      type: 'send',
      peer: high.key,
      instance: before,
      channel: 'chat',
      bytes: new Uint8Array(1),
      token: 'void',
    });
    network.run(980);
    expect(low.endpoint.connectionCount).toBe(2);
    network.run(20);
    expect(low.eventsOf('undelivered')).toMatchObject([
      { instance: before, token: 'void', cause: 'replaced' },
    ]);
    expect(low.eventsOf('disconnected')).toMatchObject([{ instance: before, cause: 'replaced' }]);
    expect(low.endpoint.connectionCount).toBe(1);
  });

  it('PROTOCOL 4.7: a process that answers keeps its connection, even with much loss', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { network, low, high, lowHost, highHost } = lanOfCopies(0);
      network.setLink(lowHost, highHost, { lossPercent: 30 });
      network.run(seed);
      const copy = copyOfHigh({ network } as TransportFixture, 1);
      copy.dial('d', [low.address], low.key);
      network.run(2_000);
      expect(low.endpoint.connectionCount).toBe(2);
      expect(high.eventsOf('disconnected')).toEqual([]);
    }
  });
});

describe('many processes with one key', () => {
  it('PROTOCOL 7.3: have at most four connections: the oldest one that is not preferred is closed', () => {
    const { network, low, high, copies, nodes } = lanOfCopies(peerConnectionsMax - 1);
    expect(nodes).toHaveLength(4);
    low.apply({ type: 'prefer', peer: high.key, instance: high.endpoint.instance });
    const fifth = copyOfHigh({ network } as TransportFixture, 50);
    fifth.dial('d', [low.address], low.key);
    network.run(100);
    expect(low.endpoint.connectionCount).toBe(4);
    expect(low.eventsOf('disconnected')).toMatchObject([
      { instance: copies[0]!.endpoint.instance, cause: 'refused' },
    ]);
    expect(copies[0]!.eventsOf('disconnected')).toMatchObject([{ peer: low.key, cause: 'refused' }]);
    expect(high.eventsOf('disconnected')).toEqual([]);
    expect(fifth.eventsOf('connected')).toHaveLength(1);
  });
});
