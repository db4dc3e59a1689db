import { describe, expect, it } from 'vitest';
import type { PeerKey } from '../../shared/ids.ts';
import type { EphemeralEvent } from '../../shared/bridge/events.ts';
import { ephemeralEventsMax, watchedConnectionsMax } from '../../shared/limits.ts';
import { ConnectionWatches } from './connection-watches.ts';
import { EphemeralSubscription } from './ephemeral-subscription.ts';

function keyOf(number: number): PeerKey {
  return number.toString(16).padStart(64, '0') as PeerKey;
}

/** Watches with a clock that the test sets. Each sample counts one more wanted datagram. */
function watches() {
  const timers = new Set<() => void>();
  let samples = 0;
  const watching = new ConnectionWatches(
    () => ({ client: null, server: null, connections: [], classicWanted: ++samples % 2 === 0 }),
    (_intervalMs, callback) => {
      timers.add(callback);
      return () => void timers.delete(callback);
    },
  );
  const subscribe = (): EphemeralSubscription =>
    new EphemeralSubscription(
      () => undefined,
      (closed) => watching.forget(closed),
    );
  return { watching, subscribe, timers, tick: () => timers.forEach((callback) => callback()) };
}

function takeAll(subscription: EphemeralSubscription): EphemeralEvent[] {
  const taken: EphemeralEvent[] = [];
  for (let event = subscription.take(); event !== undefined; event = subscription.take()) taken.push(event);
  return taken;
}

describe('ConnectionWatches', () => {
  it('tells a subscriber at once, then at each interval, and no other subscriber', () => {
    const { watching, subscribe, tick } = watches();
    const [one, other] = [subscribe(), subscribe()];
    watching.watch(one, keyOf(1));
    expect(takeAll(one)).toMatchObject([{ type: 'connection-statistics', peer: keyOf(1) }]);
    tick();
    expect(takeAll(one)).toHaveLength(1);
    expect(takeAll(other)).toEqual([]);
  });

  it('keeps only the newest statistics of a connection for a subscriber that does not read', () => {
    const { watching, subscribe, tick } = watches();
    const slow = subscribe();
    watching.watch(slow, keyOf(1));
    for (let second = 0; second < 100; second++) tick();
    expect(takeAll(slow)).toEqual([
      {
        type: 'connection-statistics',
        peer: keyOf(1),
        statistics: { client: null, server: null, connections: [], classicWanted: false },
      },
    ]);
  });

  it('stops its timer when the last subscriber stops watching or goes', () => {
    const { watching, subscribe, timers } = watches();
    const [one, other] = [subscribe(), subscribe()];
    watching.watch(one, keyOf(1));
    watching.watch(other, keyOf(1));
    watching.unwatch(one, keyOf(1));
    expect(timers.size).toBe(1);
    other.close();
    expect(timers.size).toBe(0);
  });

  it('watches a bounded number of connections for one subscriber', () => {
    const { watching, subscribe, tick } = watches();
    const greedy = subscribe();
    for (let number = 0; number < 100; number++) watching.watch(greedy, keyOf(number));
    takeAll(greedy);
    tick();
    expect(takeAll(greedy)).toHaveLength(watchedConnectionsMax);
  });
});

describe('EphemeralSubscription', () => {
  const event = (number: number): EphemeralEvent => ({
    type: 'connection-statistics',
    peer: keyOf(number),
    statistics: { client: null, server: null, connections: [], classicWanted: null },
  });

  it('drops the key that changed least recently past its bound', () => {
    const subscription = new EphemeralSubscription(() => undefined);
    for (let number = 0; number <= ephemeralEventsMax; number++) subscription.put(event(number));
    expect(takeAll(subscription)).toEqual(
      Array.from({ length: ephemeralEventsMax }, (_, index) => event(index + 1)),
    );
  });

  it('holds nothing after it is closed', () => {
    const subscription = new EphemeralSubscription(() => undefined);
    subscription.put(event(1));
    subscription.close();
    subscription.put(event(2));
    expect(subscription.take()).toBeUndefined();
  });
});
