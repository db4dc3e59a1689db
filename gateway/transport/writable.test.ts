import { describe, expect, it } from 'vitest';
import { bulkQueueBytesMax, bulkShareOfQueues, transportMessageBytesMax } from '../../shared/limits.ts';
import { connectedLan } from '../simulation/transport/transport-fixture.ts';
import { wholeBudget } from '../simulation/transport/flow-lab.ts';
import type { Channel } from './events.ts';
import { pair } from '../simulation/transport/flow-pair.ts';

const large = 'x'.repeat(transportMessageBytesMax);

/** Two connected endpoints, with the queue of `low` to `high` full: the last message was refused. */
function fullQueue(channels: readonly Channel[] = ['bulk']) {
  const lan = connectedLan();
  const { low, high, network, lowHost, highHost } = lan;
  network.partition(lowHost, highHost);
  for (let number = 0; low.eventsOf('undelivered').length === 0; number++) {
    low.send(high.key, 'bulk', large, `message ${number}`);
  }
  for (const channel of channels) low.send(high.key, channel, large, `refused on ${channel}`);
  return lan;
}

describe('the event writable', () => {
  it('follows a refused message once, as soon as half of the queue is acknowledged', () => {
    const { low, high, network, lowHost, highHost } = fullQueue();
    network.run(100);
    expect(low.eventsOf('writable')).toEqual([]);
    network.heal(lowHost, highHost);
    expect(network.run(60_000, () => low.eventsOf('writable').length > 0)).toBe(true);
    const queuedBytes = low.endpoint.holdings(0).sendQueuesBytes;
    expect(queuedBytes).toBeLessThanOrEqual(bulkQueueBytesMax / 2 + 1_000);
    expect(queuedBytes).toBeGreaterThan(bulkQueueBytesMax / 2 - 2 * transportMessageBytesMax);
    low.send(high.key, 'bulk', large, 'after writable');
    network.run(60_000);
    expect(low.eventsOf('writable')).toMatchObject([{ type: 'writable', peer: high.key, channel: 'bulk' }]);
    expect(low.eventsOf('acknowledged').map(({ token }) => token)).toContain('after writable');
  });

  it('names each channel that refused a message', () => {
    const lan = fullQueue(['chat', 'chat', 'chat', 'bulk']);
    const { low, network, lowHost, highHost } = lan;
    expect(low.eventsOf('undelivered').map(({ token }) => token)).toEqual([
      expect.stringContaining('message'),
      'refused on chat',
      'refused on bulk',
    ]);
    network.heal(lowHost, highHost);
    network.run(60_000);
    expect(
      low
        .eventsOf('writable')
        .map(({ channel }) => channel)
        .sort(),
    ).toEqual(['bulk', 'chat']);
  });

  it('PROTOCOL 8.11: leaves room for control and chat beside the most that bulk may hold, and says when chat has it again', () => {
    const { low, high, network, lowHost, highHost } = fullQueue();
    const refusals = () => low.eventsOf('undelivered').map(({ token }) => token);
    const before = refusals().length;
    low.send(high.key, 'chat', large, 'first');
    low.send(high.key, 'control', large, 'second');
    expect(refusals()).toHaveLength(before);
    low.send(high.key, 'chat', large, 'third');
    expect(refusals().slice(before)).toEqual(['third']);
    network.heal(lowHost, highHost);
    expect(network.run(60_000, () => low.eventsOf('writable').length > 0)).toBe(true);
    // Bulk has not moved: it waits for chat.
    expect(low.eventsOf('writable').map(({ channel }) => channel)).toEqual(['chat']);
    expect(low.endpoint.holdings(0).sendQueuesBytes).toBeGreaterThan(
      bulkQueueBytesMax - transportMessageBytesMax,
    );
  });

  it('lets a bulk sender send any amount in order without polling', () => {
    const { low, high, network } = connectedLan();
    const total = 40;
    let next = 0;
    let largestQueue = 0;
    const sendUntilRefused = (): void => {
      const refusals = low.eventsOf('undelivered').length;
      while (next < total) {
        low.send(high.key, 'bulk', `${next} `.padEnd(transportMessageBytesMax, '.'));
        largestQueue = Math.max(largestQueue, low.endpoint.holdings(0).sendQueuesBytes);
        if (low.eventsOf('undelivered').length > refusals) return;
        next++;
      }
    };
    sendUntilRefused();
    let handled = 0;
    while (next < total) {
      expect(network.run(60_000, () => low.eventsOf('writable').length > handled)).toBe(true);
      handled = low.eventsOf('writable').length;
      sendUntilRefused();
    }
    network.run(60_000);
    expect(high.receivedTexts().map((text) => Number.parseInt(text, 10))).toEqual(
      Array.from({ length: total }, (_, number) => number),
    );
    expect(handled).toBeGreaterThan(1);
    expect(largestQueue).toBeLessThanOrEqual(bulkQueueBytesMax + 10_000);
  });

  it('is not emitted when no message was refused for want of room', () => {
    const { low, high, network } = connectedLan();
    low.send(high.key, 'bulk', `${large}x`, 'too large for any queue');
    for (let number = 0; number < 5; number++) low.send(high.key, 'bulk', large, `${number}`);
    network.run(60_000);
    expect(low.eventsOf('undelivered').map(({ token }) => token)).toEqual(['too large for any queue']);
    expect(low.eventsOf('writable')).toEqual([]);
  });

  it('is not emitted for a connection that has ended', () => {
    const { low, high, network, lowHost, highHost } = fullQueue();
    network.run(60_000, () => low.eventsOf('disconnected').length > 0);
    network.heal(lowHost, highHost);
    low.dial('again', [high.address], high.key);
    network.run(60_000);
    expect(low.eventsOf('connected')).toHaveLength(1);
    expect(low.eventsOf('writable')).toEqual([]);
  });

  it('waits for the memory that all connections share', () => {
    const sendBudget = wholeBudget((2 * transportMessageBytesMax) / bulkShareOfQueues);
    const [first, second] = [pair('normal', { sendBudget }), pair('normal', { sendBudget })];
    expect(first.send('first', 'bulk', transportMessageBytesMax)).toBe(true);
    expect(second.send('second', 'bulk', transportMessageBytesMax)).toBe(false);
    expect([second.one.flow.takeWritableChannels(), second.one.flow.awaitsRoom]).toEqual([[], true]);
    first.lab.run(10_000);
    expect([second.one.flow.takeWritableChannels(), second.one.flow.awaitsRoom]).toEqual([['bulk'], false]);
    expect(second.one.flow.takeWritableChannels()).toEqual([]);
    expect(second.send('second', 'bulk', transportMessageBytesMax)).toBe(true);
  });
});
