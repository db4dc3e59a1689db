import { describe, expect, it } from 'vitest';
import type { EphemeralEvent } from '../../shared/bridge/events.ts';
import type { RoleStatistics } from '../../shared/bridge/statistics.ts';
import { EphemeralSubscription } from './ephemeral-subscription.ts';
import { TrafficWatches, type SampledServer } from './traffic-watches.ts';

/** A server that receives one more datagram in each second, and refuses nothing. */
function countingServer(): SampledServer {
  let received = 0;
  const statistics: Omit<RoleStatistics, 'datagramsReceived'> = {
    connections: 3,
    datagramsSent: 0,
    bytesSent: 0,
    bytesReceived: 0,
    datagramsSentAgain: 0,
    dropped: {},
    sendErrors: 0,
    receiveErrors: 0,
    unsent: 0,
  };
  return { statistics: () => ({ ...statistics, datagramsReceived: ++received }), refusals: () => ({}) };
}

/** Watches with a clock that the test sets. */
function trafficWatches() {
  const timers = new Set<() => void>();
  const now = { server: null as SampledServer | null, logs: 0 };
  const watches = new TrafficWatches({
    server: () => now.server,
    logNumber: () => 7,
    logTransport: () => {
      now.logs++;
      return () => {
        now.logs--;
      };
    },
    repeat: (_intervalMs, callback) => {
      timers.add(callback);
      return () => void timers.delete(callback);
    },
  });
  const subscribe = (): EphemeralSubscription =>
    new EphemeralSubscription(
      () => undefined,
      (closed) => watches.forget(closed),
    );
  const tick = (): void => [...timers].forEach((callback) => callback());
  return { watches, now, timers, subscribe, tick };
}

function takeAll(subscription: EphemeralSubscription): EphemeralEvent[] {
  const taken: EphemeralEvent[] = [];
  for (let event = subscription.take(); event !== undefined; event = subscription.take()) taken.push(event);
  return taken;
}

describe('TrafficWatches', () => {
  it('samples a server whether an operator looks or not, so that a page that opens later sees the past', () => {
    const { watches, now, subscribe, tick } = trafficWatches();
    now.server = countingServer();
    watches.follow();
    for (let second = 0; second < 5; second++) tick();
    const late = subscribe();
    watches.watch(late);
    const [event] = takeAll(late);
    expect(event).toMatchObject({ type: 'traffic', traffic: { connections: 3, logNumber: 7 } });
    expect(event?.type === 'traffic' && event.traffic.datagramsReceived).toHaveLength(5);
  });

  it('tells a subscriber at once, then every second, and keeps only the newest for one that does not read', () => {
    const { watches, now, subscribe, tick } = trafficWatches();
    now.server = countingServer();
    watches.follow();
    const [one, slow] = [subscribe(), subscribe()];
    watches.watch(one);
    watches.watch(slow);
    expect(takeAll(one)).toHaveLength(1);
    for (let second = 0; second < 100; second++) tick();
    expect(takeAll(slow)).toHaveLength(1);
  });

  it('logs the transport only while an operator looks', () => {
    const { watches, now, subscribe } = trafficWatches();
    now.server = countingServer();
    watches.follow();
    const [one, other] = [subscribe(), subscribe()];
    watches.watch(one);
    watches.watch(other);
    expect(now.logs).toBe(1);
    one.close();
    expect(now.logs).toBe(1);
    other.close();
    expect(now.logs).toBe(0);
  });

  it('stops with the server, and starts again with the next one', () => {
    const { watches, now, timers, subscribe, tick } = trafficWatches();
    now.server = countingServer();
    watches.follow();
    const one = subscribe();
    watches.watch(one);
    tick();
    now.server = null;
    tick();
    expect([timers.size, watches.view()]).toEqual([0, null]);
    takeAll(one);
    now.server = countingServer();
    watches.follow();
    tick();
    expect(takeAll(one)).toMatchObject([{ traffic: { datagramsSent: [0] } }]);
  });
});
