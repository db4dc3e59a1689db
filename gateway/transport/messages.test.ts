import { describe, expect, it } from 'vitest';
import { sendQueueBytesMax, transportMessageBytesMax } from '../../shared/limits.ts';
import { fragmentBytesMax, fragmentCountMax } from '../../shared/wire/layout.ts';
import type { DataPacket } from '../../shared/wire/packet.ts';
import { testKey } from '../testing/endpoint-node.ts';
import { ByteBudget } from './byte-budget.ts';
import { Outlet } from './outlet.ts';
import { Sender } from './sender.ts';
import { confirmByHand, connectedLan, type SmallLan, smallLan } from '../testing/small-lan.ts';

/** A stranger's connection 7 to `low`, and a way to write DATA in it. */
function strangersLan(): SmallLan & { data(change: Partial<DataPacket>): void } {
  const lan = smallLan();
  confirmByHand(lan, lan.low, 7n);
  lan.raw.received.length = 0;
  lan.low.events.length = 0;
  const base = { type: 'data', connection: 7n, sequence: 1, channel: 'chat', payload: text('x') } as const;
  const data = (change: Partial<DataPacket>) => {
    lan.raw.send(lan.low.address, { ...base, fragmentIndex: 0, fragmentCount: 1, ...change });
    lan.network.run(3);
  };
  return { ...lan, data };
}

function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}

describe('messages', () => {
  it('PROTOCOL 5.1: every numbered packet is acknowledged, its copies again, and it is taken once', () => {
    const { network, raw, low, data } = strangersLan();
    data({ sequence: 1, payload: text('once') });
    data({ sequence: 1, payload: text('once') });
    data({ sequence: 2, payload: text('two') });
    data({ sequence: 1, payload: text('once') });
    raw.send(low.address, { type: 'ping', connection: 7n, sequence: 3 });
    raw.send(low.address, { type: 'ping', connection: 7n, sequence: 3 });
    network.run(3);
    expect(raw.packetsOf('ack').map(({ sequence }) => sequence)).toEqual([1, 1, 2, 1, 3, 3]);
    expect(low.receivedTexts()).toEqual(['once', 'two']);
    expect(low.endpoint.counters.dropped.duplicate).toBe(3);
  });

  it('PROTOCOL 5.2: only the next number is taken; a higher one is dropped without ACK', () => {
    const { raw, low, data } = strangersLan();
    data({ sequence: 2 });
    data({ sequence: 0x7fff_ffff });
    expect(raw.received).toEqual([]);
    data({ sequence: 1 });
    data({ sequence: 2 });
    expect(raw.packetsOf('ack').map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(low.eventsOf('received')).toHaveLength(2);
  });

  it('PROTOCOL 5.2: one numbered packet is in flight', () => {
    const { network, raw, low } = strangersLan();
    for (const word of ['a', 'b', 'c']) low.send(testKey(9), 'chat', word);
    network.run(3);
    expect(raw.packetsOf('data').map(({ sequence }) => sequence)).toEqual([1]);
    raw.send(low.address, { type: 'ack', connection: 7n, sequence: 1 });
    network.run(3);
    expect(raw.packetsOf('data').map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('PROTOCOL 5.3: an ACK of another number changes nothing', () => {
    const { network, raw, low } = strangersLan();
    low.send(testKey(9), 'chat', 'a');
    for (const sequence of [0, 2, 0xffff_ffff])
      raw.send(low.address, { type: 'ack', connection: 7n, sequence });
    raw.send(low.address, { type: 'ack', connection: 8n, sequence: 1 });
    network.run(3);
    expect(low.eventsOf('acknowledged')).toEqual([]);
    raw.send(low.address, { type: 'ack', connection: 7n, sequence: 1 });
    network.run(3);
    expect(low.eventsOf('acknowledged')).toEqual([{ type: 'acknowledged', peer: testKey(9), token: 'a' }]);
  });

  it('PROTOCOL 5.4: 5 tries, 0.5 s apart, then everything is handed back in order and the connection ends', () => {
    const { network, raw, low, nowMs } = strangersLan();
    const startMs = nowMs();
    low.send(testKey(9), 'bulk', 'first');
    low.send(testKey(9), 'chat', 'second');
    low.send(testKey(9), 'control', 'third');
    network.run(2_499);
    expect(low.events).toEqual(
      [1, 2, 3, 4, 5].map((attempt) => ({ type: 'attempt', peer: testKey(9), token: 'first', attempt })),
    );
    network.run(1);
    expect(raw.received.map(({ atMs }) => atMs - startMs)).toEqual([1, 501, 1001, 1501, 2001]);
    expect(low.events.slice(5)).toEqual([
      ...['first', 'second', 'third'].map((token) => ({
        type: 'undelivered',
        peer: testKey(9),
        token,
        cause: 'unreachable',
      })),
      { type: 'disconnected', peer: testKey(9), cause: 'unreachable' },
    ]);
    low.send(testKey(9), 'chat', 'late');
    expect(low.events.at(-1)).toEqual({
      type: 'undelivered',
      peer: testKey(9),
      token: 'late',
      cause: 'no-connection',
    });
  });

  it('PROTOCOL 5.4: an ACK of the fifth try, just in time, is enough', () => {
    const { network, raw, low } = strangersLan();
    low.send(testKey(9), 'chat', 'a');
    network.run(2_400);
    raw.send(low.address, { type: 'ack', connection: 7n, sequence: 1 });
    network.run(5_000);
    expect(low.eventsOf('acknowledged')).toHaveLength(1);
    expect(low.eventsOf('disconnected')).toEqual([]);
  });

  it('PROTOCOL 5.5: a large message leaves in fragments of 1,175 bytes, each with its own number, ACK and tries', () => {
    const { network, raw, low } = strangersLan();
    low.send(testKey(9), 'chat', 'x'.repeat(3_000), 'long');
    network.run(600);
    raw.send(low.address, { type: 'ack', connection: 7n, sequence: 1 });
    network.run(1_100);
    raw.send(low.address, { type: 'ack', connection: 7n, sequence: 2 });
    network.run(100);
    expect(fragmentBytesMax).toBe(1_175);
    expect(
      raw.packetsOf('data').map((packet) => [packet.sequence, packet.fragmentIndex, packet.payload.length]),
    ).toEqual([
      [1, 0, 1_175],
      [1, 0, 1_175],
      [2, 1, 1_175],
      [2, 1, 1_175],
      [2, 1, 1_175],
      [3, 2, 650],
    ]);
    // The tries of the fragment that needed most are the message's.
    expect(low.eventsOf('attempt').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(low.eventsOf('acknowledged')).toEqual([]);
  });

  it('PROTOCOL 5.5: the largest message and the empty one arrive whole', () => {
    const { network, low, high } = connectedLan();
    const bytes = Uint8Array.from({ length: transportMessageBytesMax }, (_, index) => index * 7);
    low.apply({ type: 'send', peer: high.key, channel: 'bulk', bytes, token: 'large' });
    low.apply({ type: 'send', peer: high.key, channel: 'bulk', bytes: new Uint8Array(0), token: 'empty' });
    network.run(5_000);
    expect(high.eventsOf('received').map((event) => event.bytes.length)).toEqual([bytes.length, 0]);
    expect(Buffer.from(high.eventsOf('received')[0]!.bytes).equals(bytes)).toBe(true);
    expect(low.eventsOf('acknowledged').map(({ token }) => token)).toEqual(['large', 'empty']);
  });

  it('PROTOCOL 5.5: fragments out of order, of another count, or over the message’s bound get no ACK', () => {
    const { raw, low, data } = strangersLan();
    const fragment = new Uint8Array(fragmentBytesMax);
    data({ sequence: 1, fragmentIndex: 1, fragmentCount: 3, payload: fragment });
    data({ sequence: 1, fragmentIndex: 0, fragmentCount: 3, payload: fragment });
    data({ sequence: 2, fragmentIndex: 2, fragmentCount: 3 });
    data({ sequence: 2, fragmentIndex: 1, fragmentCount: 4, payload: fragment });
    data({ sequence: 2, fragmentIndex: 0, fragmentCount: 1 });
    expect(raw.packetsOf('ack').map(({ sequence }) => sequence)).toEqual([1]);
    const fragmentCount = fragmentCountMax;
    for (let index = 0; index < fragmentCount; index++) {
      data({ sequence: index + 2, channel: 'bulk', fragmentIndex: index, fragmentCount, payload: fragment });
    }
    // 447 full fragments are more than 512 KiB: the last one is not taken.
    expect(raw.packetsOf('ack').at(-1)?.sequence).toBe(fragmentCount);
    expect(low.eventsOf('received')).toEqual([]);
  });

  it('PROTOCOL 5.6: control goes before chat before bulk, between the fragments of a long message', () => {
    const { network, low, high } = connectedLan();
    low.send(high.key, 'bulk', 'b'.repeat(20_000), 'bulk');
    low.send(high.key, 'chat', 'chat one');
    low.send(high.key, 'chat', 'chat two');
    low.send(high.key, 'control', 'control');
    network.run(5_000);
    const arrived = high.receivedTexts().map((words) => words.slice(0, 8));
    expect(arrived).toEqual(['control', 'chat one', 'chat two', 'bbbbbbbb']);
  });

  it('PROTOCOL 5.8: what does not fit is handed back with queue-full, and fits again later', () => {
    const { network, low, high } = connectedLan();
    const bytes = new Uint8Array(transportMessageBytesMax);
    const count = Math.floor(sendQueueBytesMax / bytes.length);
    for (let number = 0; number < count; number++) {
      low.apply({ type: 'send', peer: high.key, channel: 'bulk', bytes, token: `${number}` });
    }
    expect(low.eventsOf('undelivered')).toEqual([
      { type: 'undelivered', peer: high.key, token: `${count - 1}`, cause: 'queue-full' },
    ]);
    network.run(1_500);
    expect(low.eventsOf('acknowledged').length).toBeGreaterThan(0);
    low.apply({ type: 'send', peer: high.key, channel: 'chat', bytes, token: 'again' });
    low.apply({
      type: 'send',
      peer: high.key,
      channel: 'chat',
      bytes: new Uint8Array(bytes.length + 1),
      token: 'never',
    });
    expect(low.eventsOf('undelivered').map(({ token }) => token)).toEqual([`${count - 1}`, 'never']);
    network.run(30_000);
    expect(low.eventsOf('acknowledged').map(({ token }) => token)).toContain('again');
  });

  it('PROTOCOL 5.8: small messages count with what they take, towards one peer and towards all', () => {
    const queued = new ByteBudget(sendQueueBytesMax * 1.5);
    const senders = [1, 2].map((number) => {
      const route = {
        id: BigInt(number),
        peer: testKey(number),
        address: { host: '10.0.0.9', port: number },
      };
      return new Sender(0, route, new Outlet(0), queued);
    });
    const taken = (sender: Sender) => {
      for (let count = 0; ; count++) {
        if (!sender.send(0, 'control', new Uint8Array(0), 'answer')) return count;
      }
    };
    expect(senders.map(taken)).toEqual([8_192, 4_096]);
    // What is acknowledged, or handed back at a connection's end, makes room for the others.
    expect(
      senders.map((sender) => sender.handleAck(0, 1)).concat(senders.map((sender) => taken(sender) > 0)),
    ).toEqual([true, true, true, true]);
    expect(senders[0]?.takeUnacknowledged()).toHaveLength(8_192);
    expect(senders[1] === undefined ? 0 : taken(senders[1])).toBe(4_096);
  });
});
