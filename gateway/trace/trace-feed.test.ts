import { describe, expect, it } from 'vitest';
import type { Trace } from '../../shared/trace.ts';
import { TraceFeed, type TraceSource } from './trace-feed.ts';

const trace: Trace = { type: 'missing', atMs: 1, count: 2 };

class Source implements TraceSource {
  listener: ((trace: Trace) => void) | null = null;

  watchTraces(listener: ((trace: Trace) => void) | null): void {
    this.listener = listener;
  }
}

describe('the feed of traces', () => {
  it('turns tracing on in roles that run, and in roles that start later', () => {
    const feed = new TraceFeed();
    const [client, server] = [new Source(), new Source()];
    feed.add('client', client);
    expect(client.listener).toBeNull();
    const seen: string[] = [];
    feed.watch((role) => seen.push(role));
    feed.add('server', server);
    client.listener?.(trace);
    server.listener?.(trace);
    expect(seen).toEqual(['client', 'server']);
  });

  it('turns tracing off when the last watcher leaves', () => {
    const feed = new TraceFeed();
    const client = new Source();
    feed.add('client', client);
    const seen: string[] = [];
    const stopFirst = feed.watch(() => seen.push('first'));
    const stopSecond = feed.watch(() => seen.push('second'));
    stopFirst();
    stopFirst();
    client.listener?.(trace);
    expect(seen).toEqual(['second']);
    stopSecond();
    expect(client.listener).toBeNull();
  });

  it('turns tracing off in a role that ends', () => {
    const feed = new TraceFeed();
    const client = new Source();
    const remove = feed.add('client', client);
    feed.watch(() => undefined);
    expect(client.listener).not.toBeNull();
    remove();
    expect(client.listener).toBeNull();
  });
});
