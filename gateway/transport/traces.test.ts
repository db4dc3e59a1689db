import { describe, expect, it } from 'vitest';
import type { Trace } from '../../shared/trace.ts';
import { decodePacket } from '../../shared/wire/decode.ts';
import type { Endpoint } from './endpoint.ts';
import { connectedLan } from '../testing/small-lan.ts';

function drain(endpoint: Endpoint): Trace[] {
  const traces: Trace[] = [];
  for (let trace = endpoint.pollTrace(); trace !== undefined; trace = endpoint.pollTrace())
    traces.push(trace);
  return traces;
}

function typeOf(bytes: Uint8Array): string {
  const decoded = decodePacket(bytes);
  return decoded.type === 'packet' ? decoded.packet.type : decoded.type;
}

describe('traces', () => {
  it('tell the story of a message by its token: each try, and the ACK', () => {
    const { network, lowHost, highHost, low, high, nowMs } = connectedLan();
    low.endpoint.setTracesMax(100);
    network.cut(lowHost, highHost);
    const startMs = nowMs();
    low.send(high.key, 'chat', 'hello', 'the token');
    network.run(100);
    network.heal(lowHost, highHost);
    network.run(1_000);
    const told = drain(low.endpoint).map((trace) => {
      const atMs = trace.atMs - startMs;
      if (trace.type === 'dropped') return [atMs, trace.cause];
      if (trace.type === 'received') return [atMs, 'received', typeOf(trace.bytes)];
      return [atMs, 'sent', typeOf(trace.bytes), trace.attempt, trace.token, trace.peer === high.key];
    });
    expect(told).toEqual([
      [0, 'sent', 'data', 1, 'the token', true],
      [500, 'sent', 'data', 2, 'the token', true],
      [502, 'received', 'ack'],
    ]);
  });

  it('are kept only while somebody watches, the newest ones, and the lost are counted', () => {
    const { network, low, high } = connectedLan();
    low.send(high.key, 'chat', 'unwatched');
    network.run(10);
    expect(drain(low.endpoint)).toEqual([]);
    low.endpoint.setTracesMax(3);
    for (let round = 0; round < 5; round++) {
      low.send(high.key, 'chat', `${round}`);
      network.run(10);
    }
    expect(drain(low.endpoint)).toHaveLength(3);
    expect(low.endpoint.counters.tracesLost).toBe(7);
    low.endpoint.setTracesMax(0);
    expect(drain(low.endpoint)).toEqual([]);
  });
});
