import { describe, expect, it } from 'vitest';
import { sendQueueBytesMax, transportMessageBytesMax } from '../../shared/limits.ts';
import { testKey } from '../simulation/transport/endpoint-node.ts';
import { connectByHand } from '../simulation/transport/manual-handshake.ts';
import { connectedLan, smallLan } from '../simulation/transport/transport-fixture.ts';

const stranger = testKey(9);

describe('messages through an endpoint', () => {
  it('PROTOCOL 5.6: the messages of one turn share a packet, and their ACKs share one too', () => {
    const { network, low, high } = connectedLan();
    const { sent } = low.endpoint.counters;
    low.socket.turn((now) => {
      for (let number = 0; number < 20; number++) {
        const bytes = new TextEncoder().encode(`${number}`);
        const send = { type: 'send', peer: high.key, channel: 'chat', bytes, token: `${number}` } as const;
        low.endpoint.apply(now.monotonicMs, send);
      }
    });
    network.run(100);
    expect(high.receivedTexts()).toEqual(Array.from({ length: 20 }, (_, number) => `${number}`));
    expect(low.eventsOf('acknowledged')).toHaveLength(20);
    expect(low.endpoint.counters.sent - sent).toBeLessThanOrEqual(2);
  });

  it('PROTOCOL 5.6: attempts are reported, and a peer is unreachable after 5 of them and at least 2.5 s', () => {
    const lan = smallLan();
    const { network, low, nowMs } = lan;
    connectByHand(lan, low).send({ type: 'ping' });
    network.run(50);
    low.events.length = 0;
    const startMs = nowMs();
    for (const [channel, word] of [
      ['bulk', 'first'],
      ['chat', 'second'],
      ['control', 'third'],
    ] as const) {
      low.send(stranger, channel, word);
    }
    expect(network.run(30_000, () => low.eventsOf('disconnected').length > 0)).toBe(true);
    expect(nowMs() - startMs).toBeGreaterThanOrEqual(2_500);
    expect(nowMs() - startMs).toBeLessThan(10_000);
    const attemptsOf = (word: string) => low.eventsOf('attempt').filter(({ token }) => token === word);
    const attempts = attemptsOf('second').map(({ attempt }) => attempt);
    expect(attempts.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(attemptsOf('first'), 'no role reads those of bulk').toEqual([]);
    expect(low.events.filter(({ type }) => type !== 'attempt')).toMatchObject([
      ...['first', 'second', 'third'].map((token) => ({
        type: 'undelivered',
        peer: stranger,
        token,
        cause: 'unreachable',
      })),
      { type: 'disconnected', peer: stranger, cause: 'unreachable' },
    ]);
    low.send(stranger, 'chat', 'late');
    const late = { type: 'undelivered', peer: stranger, token: 'late', cause: 'no-connection' };
    expect(low.events.at(-1)).toMatchObject(late);
  });

  it('PROTOCOL 5.6: the largest message and the empty one arrive whole', () => {
    const { network, low, high } = connectedLan();
    const bytes = Uint8Array.from({ length: transportMessageBytesMax }, (_, index) => index * 7);
    low.apply({ type: 'send', peer: high.key, channel: 'bulk', bytes, token: 'large' });
    low.apply({ type: 'send', peer: high.key, channel: 'bulk', bytes: new Uint8Array(0), token: 'empty' });
    network.run(20_000);
    expect(high.eventsOf('received').map((event) => event.bytes.length)).toEqual([bytes.length, 0]);
    expect(Buffer.from(high.eventsOf('received')[0]!.bytes).equals(bytes)).toBe(true);
    expect(low.eventsOf('acknowledged').map(({ token }) => token)).toEqual(['large', 'empty']);
  });

  it('PROTOCOL 5.6: a message without room is returned with queue-full, and fits later', () => {
    const { network, low, high } = connectedLan();
    const bytes = new Uint8Array(transportMessageBytesMax);
    const count = Math.floor(sendQueueBytesMax / bytes.length);
    const send = (token: string, payload = bytes) =>
      low.apply({ type: 'send', peer: high.key, channel: 'chat', bytes: payload, token });
    for (let number = 0; number < count; number++) send(`${number}`);
    expect(low.eventsOf('undelivered')).toMatchObject([{ token: `${count - 1}`, cause: 'queue-full' }]);
    expect(network.run(60_000, () => low.eventsOf('acknowledged').length > 0)).toBe(true);
    send('again');
    send('never', new Uint8Array(bytes.length + 1));
    expect(low.eventsOf('undelivered').map(({ token }) => token)).toEqual([`${count - 1}`, 'never']);
    network.run(60_000);
    expect(low.eventsOf('acknowledged').map(({ token }) => token)).toContain('again');
  });

  it('PROTOCOL 5.6: unreliable messages arrive without an event for the sender, or are lost without one', () => {
    const { network, lowHost, highHost, low, high } = connectedLan();
    const say = (text: string) =>
      low.apply({ type: 'send-unreliable', peer: high.key, bytes: new TextEncoder().encode(text) });
    say('typing');
    network.run(50);
    network.cut(lowHost, highHost);
    say('lost');
    network.run(1_000);
    network.heal(lowHost, highHost);
    network.run(5_000);
    const texts = high.eventsOf('received-unreliable').map(({ bytes }) => new TextDecoder().decode(bytes));
    expect(texts).toEqual(['typing']);
    expect(low.events).toEqual([]);
    expect(low.endpoint.connectionCount).toBe(1);
  });
});
