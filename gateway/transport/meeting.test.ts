import { describe, expect, it } from 'vitest';
import { halfOpenMax } from '../../shared/limits.ts';
import { EndpointNode, testKey } from '../testing/endpoint-node.ts';
import { RawNode } from '../testing/raw-node.ts';
import { confirmByHand, connectedLan, smallLan } from '../testing/small-lan.ts';

describe('meeting', () => {
  it('PROTOCOL 4.1: HELLO, WELCOME, CONFIRM, ACK; each side tells its role once', () => {
    const { network, low, high } = smallLan();
    low.dial('d', [high.address]);
    network.run(10_000);
    expect(low.events).toEqual([{ type: 'connected', peer: high.key, address: high.address, dial: 'd' }]);
    expect(high.events).toEqual([{ type: 'connected', peer: low.key, address: low.address, dial: null }]);
    expect([low.endpoint.counters.sent, high.endpoint.counters.sent]).toEqual([2, 2]);
  });

  it('PROTOCOL 4.1: DATA in a connection that is being confirmed makes it live, when the ACK is lost', () => {
    const { network, low, raw } = smallLan();
    low.dial('d', [raw.address], testKey(9));
    network.run(3);
    const connection = raw.packetsOf('hello')[0]!.connection;
    raw.send(low.address, { type: 'welcome', connection, responder: testKey(9), nonce: 5n });
    network.run(3);
    expect(raw.packetsOf('confirm')).toEqual([{ type: 'confirm', connection, nonce: 5n }]);
    expect(low.events).toEqual([]);
    const payload = new TextEncoder().encode('hi');
    const data = { type: 'data', connection, sequence: 1, channel: 'chat', payload } as const;
    raw.send(low.address, { ...data, fragmentIndex: 0, fragmentCount: 1 });
    network.run(3);
    expect(low.events.map(({ type }) => type)).toEqual(['connected', 'received']);
  });

  it('PROTOCOL 4.2: calls every candidate 5 times, 0.5 s apart, and fails 2.5 s after the first', () => {
    const { network, low, raw, nowMs } = smallLan();
    const startMs = nowMs();
    const nobody = { host: '192.168.1.99', port: 5 };
    low.dial('d', [raw.address, nobody, raw.address, { host: '224.0.0.1', port: 5 }]);
    network.run(2_499);
    expect(low.events).toEqual([]);
    network.run(1);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'd', cause: 'silent' }]);
    expect(raw.received.map(({ atMs, packet }) => [atMs - startMs, packet.type])).toEqual(
      [1, 501, 1001, 1501, 2001].map((atMs) => [atMs, 'hello']),
    );
    expect(new Set(raw.packetsOf('hello').map(({ connection }) => connection)).size).toBe(1);
    expect(low.endpoint.counters.sent).toBe(10);
  });

  it('PROTOCOL 4.2: takes the first 8 different unicast candidates, and fails at once without any', () => {
    const { network, low } = smallLan();
    const candidates = Array.from({ length: 12 }, (_, index) => ({ host: '192.168.1.99', port: index + 1 }));
    low.dial('many', [...candidates, ...candidates]);
    network.run(2_400);
    expect(low.endpoint.counters.sent).toBe(40);
    low.dial('none', [{ host: '255.255.255.255', port: 5 }]);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'none', cause: 'silent' }]);
  });

  it('PROTOCOL 4.2: confirms the first answer, and nobody else', () => {
    const { network, low, high } = smallLan();
    const far = network.addHost('far', ['192.168.1.8/24']);
    const other = new EndpointNode(far, 50_000, { key: testKey(8), seed: 8 });
    network.setLink(far, low.socket.host, { delayMs: 30 });
    low.dial('d', [other.address, high.address]);
    network.run(10_000);
    expect(low.events).toEqual([{ type: 'connected', peer: high.key, address: high.address, dial: 'd' }]);
    expect(other.events).toEqual([]);
    expect(low.endpoint.counters.dropped['unknown-connection']).toBe(1);
  });

  it('PROTOCOL 4.2: a CONFIRM without answer has 5 tries too', () => {
    const { network, low, raw } = smallLan();
    low.dial('d', [raw.address]);
    network.run(1);
    const connection = raw.packetsOf('hello')[0]!.connection;
    raw.send(low.address, { type: 'welcome', connection, responder: testKey(9), nonce: 5n });
    network.run(10_000);
    expect(raw.packetsOf('confirm')).toHaveLength(5);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'd', cause: 'silent' }]);
    expect(low.endpoint.dialCount).toBe(0);
  });

  it('PROTOCOL 4.3: a HELLO that nobody confirms disturbs no live connection', () => {
    const { network, low, high, raw } = connectedLan();
    raw.send(high.address, { type: 'hello', connection: 77n, initiator: low.key, expected: high.key });
    network.run(3);
    low.send(high.key, 'chat', 'still here');
    network.run(3);
    expect(high.receivedTexts()).toEqual(['still here']);
    expect(high.eventsOf('connected')).toEqual([]);
  });

  it('PROTOCOL 4.3: the nonce counts only from the address to which it was sent', () => {
    const { network, low, raw } = smallLan();
    raw.send(low.address, { type: 'hello', connection: 7n, initiator: testKey(9), expected: null });
    network.run(3);
    const { nonce } = raw.packetsOf('welcome')[0]!;
    const thief = new RawNode(network.addHost('thief', ['192.168.1.66/24']), 50_000);
    thief.send(low.address, { type: 'confirm', connection: 7n, nonce });
    network.run(3);
    expect(low.events).toEqual([]);
    raw.send(low.address, { type: 'confirm', connection: 7n, nonce: nonce ^ 1n });
    network.run(3);
    expect(low.events).toEqual([]);
    raw.send(low.address, { type: 'confirm', connection: 7n, nonce });
    network.run(3);
    expect(low.eventsOf('connected')).toHaveLength(1);
  });

  it('PROTOCOL 4.3: remembers 1,024 HELLOs, refuses more, and has room again after 6 s', () => {
    const { network, low, raw } = smallLan();
    for (let id = 1; id <= halfOpenMax + 10; id++) {
      raw.send(low.address, { type: 'hello', connection: BigInt(id), initiator: testKey(9), expected: null });
    }
    network.run(10);
    expect(raw.packetsOf('welcome')).toHaveLength(halfOpenMax);
    expect(low.endpoint.counters.dropped.limit).toBe(10);
    network.run(6_000);
    raw.send(low.address, { type: 'hello', connection: 5_000n, initiator: testKey(9), expected: null });
    network.run(3);
    expect(raw.packetsOf('welcome')).toHaveLength(halfOpenMax + 1);
  });

  it('PROTOCOL 4.4: whoever expects another key learns at once that it is not here', () => {
    const { network, low, high, nowMs } = smallLan();
    const startMs = nowMs();
    low.dial('d', [high.address], testKey(7));
    expect(network.run(10_000, () => low.events.length > 0)).toBe(true);
    expect(nowMs() - startMs).toBeLessThan(10);
    expect(low.events).toEqual([{ type: 'dial-failed', dial: 'd', cause: 'wrong-key' }]);
    network.run(10_000);
    expect(high.events).toEqual([]);
  });

  it('PROTOCOL 4.4: goes on calling the other candidates when one has the wrong key', () => {
    const { network, low, high } = smallLan();
    const home = network.addHost('home', ['192.168.1.8/24']);
    const right = new EndpointNode(home, 50_000, { key: testKey(8), seed: 8 });
    network.setLink(low.socket.host, home, { delayMs: 100 });
    low.dial('d', [high.address, right.address], right.key);
    network.run(10_000);
    expect(low.events).toEqual([{ type: 'connected', peer: right.key, address: right.address, dial: 'd' }]);
  });

  it('PROTOCOL 4.4: nobody meets themselves', () => {
    const { network, low } = smallLan();
    low.dial('by address', [low.address]);
    low.dial('by key', [low.address], low.key);
    network.run(10_000);
    expect(low.events).toEqual([
      { type: 'dial-failed', dial: 'by key', cause: 'wrong-key' },
      { type: 'dial-failed', dial: 'by address', cause: 'silent' },
    ]);
  });

  it('PROTOCOL 4.5: late copies of a handshake open nothing; a CONFIRM is acknowledged again', () => {
    const lan = smallLan();
    const { network, low, raw } = lan;
    const nonce = confirmByHand(lan, low, 7n);
    raw.send(low.address, { type: 'confirm', connection: 7n, nonce });
    network.run(3);
    expect(raw.packetsOf('ack')).toHaveLength(2);
    raw.send(low.address, { type: 'close', connection: 7n, reason: 'goodbye' });
    raw.send(low.address, { type: 'hello', connection: 7n, initiator: testKey(9), expected: null });
    raw.send(low.address, { type: 'confirm', connection: 7n, nonce });
    network.run(1_000);
    expect(raw.packetsOf('welcome')).toHaveLength(1);
    expect(low.events.map(({ type }) => type)).toEqual(['connected', 'disconnected']);
    expect(low.endpoint.connectionCount).toBe(0);
  });

  it('PROTOCOL 4.6: a restarted peer is met again, and what it never acknowledged is handed back', () => {
    const { network, highHost, low, high } = connectedLan();
    high.socket.close();
    low.send(high.key, 'chat', 'into the void');
    network.run(100);
    const restarted = new EndpointNode(highHost, 50_000, { key: high.key, seed: 22 });
    restarted.dial('again', [low.address], low.key);
    network.run(1_000);
    expect(low.events.slice(1)).toEqual([
      { type: 'undelivered', peer: high.key, token: 'into the void', cause: 'replaced' },
      { type: 'connected', peer: high.key, address: restarted.address, dial: null },
    ]);
    expect(restarted.eventsOf('connected')).toHaveLength(1);
    low.send(high.key, 'chat', 'once more');
    network.run(100);
    expect(restarted.receivedTexts()).toEqual(['once more']);
    expect(low.endpoint.connectionCount).toBe(1);
  });

  it('PROTOCOL 4.9: a dial to a peer with a live connection is answered by it at once', () => {
    const { low, high } = connectedLan();
    const { sent } = low.endpoint.counters;
    low.dial('again', [{ host: '10.9.9.9', port: 1 }], high.key);
    expect(low.events).toEqual([{ type: 'connected', peer: high.key, address: high.address, dial: 'again' }]);
    expect(low.endpoint.counters.sent).toBe(sent);
  });

  it('PROTOCOL 4.9: dials that meet at one peer are all answered by one connection', () => {
    const { network, low, high } = smallLan();
    low.dial('by address', [high.address]);
    low.dial('by key', [high.address], high.key);
    low.dial('by another address', [{ host: '192.168.1.77', port: 1 }, high.address]);
    network.run(10_000);
    expect(
      low
        .eventsOf('connected')
        .map(({ dial }) => dial)
        .sort(),
    ).toEqual(['by address', 'by another address', 'by key']);
    expect(high.eventsOf('connected')).toHaveLength(1);
    expect(low.endpoint.dialCount).toBe(0);
  });
});
