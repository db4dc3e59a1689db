import { describe, expect, it } from 'vitest';
import type { Trace } from '../../shared/trace.ts';
import { decodePacket } from '../../shared/wire/decode.ts';
import type { Endpoint } from './endpoint.ts';
import { connectedLan } from '../simulation/transport/transport-fixture.ts';

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
      return [atMs, 'sent', typeOf(trace.bytes), trace.attempt, trace.tokens, trace.peer === high.key];
    });
    const first = told[0]!;
    expect(first).toEqual([0, 'sent', 'transport', 1, ['the token'], true]);
    const tries = told.filter(([, what, , , tokens]) => what === 'sent' && String(tokens) === 'the token');
    expect(tries.length).toBeGreaterThan(1);
    expect(tries.slice(1).map(([, , , attempt]) => attempt)).toEqual(tries.slice(1).map((_, n) => n + 2));
    expect(told.filter(([, what]) => what === 'received')).not.toEqual([]);
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
    const sentAndReceived = 5 * 2;
    expect(drain(low.endpoint)).toHaveLength(3);
    expect(low.endpoint.counters.tracesLost).toBe(sentAndReceived - 3);
    low.endpoint.setTracesMax(0);
    expect(drain(low.endpoint)).toEqual([]);
  });
});
