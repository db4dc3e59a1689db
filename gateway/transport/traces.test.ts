import { describe, expect, it } from 'vitest';
import type { Trace } from '../../shared/trace.ts';
import type { Endpoint } from './endpoint.ts';
import { connectedLan, smallLan } from '../simulation/transport/transport-fixture.ts';

function drain(endpoint: Endpoint): Trace[] {
  const traces: Trace[] = [];
  for (let trace = endpoint.pollTrace(); trace !== undefined; trace = endpoint.pollTrace())
    traces.push(trace);
  return traces;
}

function tracesOf<Type extends Trace['type']>(
  traces: readonly Trace[],
  type: Type,
): Extract<Trace, { type: Type }>[] {
  return traces.filter((trace): trace is Extract<Trace, { type: Type }> => trace.type === type);
}

describe('traces of an endpoint', () => {
  it('tell the story of a message by its token: each attempt, the timers, the loss and the ACK', () => {
    const { network, lowHost, highHost, low, high, nowMs } = connectedLan();
    low.endpoint.setTracesMax(100);
    network.cut(lowHost, highHost);
    const startMs = nowMs();
    low.send(high.key, 'chat', 'hello', 'the token');
    network.run(100);
    network.heal(lowHost, highHost);
    network.run(1_000);
    const traces = drain(low.endpoint);
    const attempts = tracesOf(traces, 'sent').filter(({ tokens }) => tokens.includes('the token'));
    expect(attempts[0]).toMatchObject({ atMs: startMs, peer: high.key, to: high.address, attempt: 1 });
    expect(attempts[0]?.packet).toMatchObject({
      type: 'transport',
      frames: [{ type: 'data', channel: 'chat', message: 0, offset: 0, size: 5, total: 5 }],
    });
    expect(attempts.length).toBeGreaterThan(1);
    expect(attempts.map(({ attempt }) => attempt)).toEqual(attempts.map((_, index) => index + 1));
    expect(tracesOf(traces, 'timer').map(({ timer }) => timer)).toContain('probe');
    const lost = tracesOf(traces, 'lost').map(({ number, tokens }) => ({ number, tokens }));
    expect(lost[0]).toEqual({ number: attempts[0]?.packet?.number, tokens: ['the token'] });
    const acks = tracesOf(traces, 'received').flatMap(({ packet }) => packet?.frames ?? []);
    const last = attempts.at(-1)?.packet?.number ?? -1;
    expect(
      acks.some(
        (frame) => frame.type === 'ack' && frame.ranges.some(([from, to]) => from <= last && last <= to),
      ),
    ).toBe(true);
    expect(
      tracesOf(traces, 'event')
        .filter(({ token }) => token === 'the token')
        .at(-1),
    ).toMatchObject({
      event: 'acknowledged',
      peer: high.key,
      cause: null,
    });
  });

  it('show each packet of a handshake, with no number and no frames', () => {
    const { network, low, high } = smallLan();
    low.endpoint.setTracesMax(100);
    high.endpoint.setTracesMax(100);
    low.dial('the dial', [high.address], high.key);
    network.run(100);
    const kinds = (endpoint: Endpoint): string[] =>
      drain(endpoint).flatMap((trace) =>
        trace.type === 'sent' || trace.type === 'received'
          ? [
              `${trace.type} ${trace.packet?.type} ${trace.packet?.frames?.map(({ type }) => type).join() ?? '-'}`,
            ]
          : trace.type === 'event'
            ? [`${trace.event} ${trace.token}`]
            : [],
      );
    expect(kinds(low.endpoint).slice(0, 5)).toEqual([
      'sent initiation -',
      'received response -',
      'sent confirmation -',
      'received transport padding',
      'connected the dial',
    ]);
    expect(kinds(high.endpoint).slice(0, 5)).toEqual([
      'received initiation -',
      'sent response -',
      'received confirmation -',
      'connected null',
      'sent transport padding',
    ]);
  });

  it('give the cause of each drop in the line of the dropped datagram', () => {
    const { network, low, high, raw } = connectedLan();
    low.endpoint.setTracesMax(100);
    low.endpoint.handleDatagram(0, raw.address, new Uint8Array(3));
    low.endpoint.handleDatagram(0, raw.address, new Uint8Array(40));
    low.endpoint.handleDatagram(0, raw.address, new Uint8Array(20_000));
    high.send(low.key, 'chat', 'genuine');
    network.run(100);
    const received = tracesOf(drain(low.endpoint), 'received');
    expect(received.map(({ dropped, size }) => [dropped, size]).slice(0, 3)).toEqual([
      ['too-short', 3],
      ['not-ours', 40],
      ['too-long', 20_000],
    ]);
    expect(received.slice(3).map(({ dropped, peer }) => [dropped, peer])).toContainEqual([null, high.key]);
    expect(received.slice(3).every(({ dropped }) => dropped === null)).toBe(true);
  });

  it('hold no byte of a message', () => {
    const { network, low, high } = connectedLan();
    for (const { endpoint } of [low, high]) endpoint.setTracesMax(1_000);
    low.send(high.key, 'chat', 'a secret that must not show', 'the token');
    network.run(100);
    const text = JSON.stringify([...drain(low.endpoint), ...drain(high.endpoint)]);
    expect(text).toContain('the token');
    expect(text).not.toContain('secret');
    expect(text).not.toContain(new TextEncoder().encode('a secret').join(','));
  });

  it('are kept only while they are watched: the newest ones, and a line counts the missing ones', () => {
    const { network, low, high } = connectedLan();
    low.send(high.key, 'chat', 'unwatched');
    network.run(10);
    expect(drain(low.endpoint)).toEqual([]);
    low.endpoint.setTracesMax(3);
    for (let round = 0; round < 5; round++) {
      low.send(high.key, 'chat', `${round}`);
      network.run(10);
    }
    const [missing, ...kept] = drain(low.endpoint);
    expect(missing).toMatchObject({ type: 'missing', count: low.endpoint.counters.tracesLost });
    expect(low.endpoint.counters.tracesLost).toBeGreaterThan(0);
    expect(kept).toHaveLength(3);
    expect(drain(low.endpoint)).toEqual([]);
    low.send(high.key, 'chat', 'watched');
    low.endpoint.setTracesMax(0);
    expect(drain(low.endpoint)).toEqual([]);
  });
});
