import { describe, expect, it } from 'vitest';
import { peerKeyFromBytes, type PeerKey } from '../../shared/ids.ts';
import { StartupReconnector } from './startup-reconnector.ts';

function keyOf(number: number): PeerKey {
  return peerKeyFromBytes(Uint8Array.from({ length: 32 }, (_, index) => number >> (8 * (index % 2))));
}

function expectedPeers(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    peer: keyOf(index),
    seenAt: { host: '10.0.0.1', port: 1_024 + index },
  }));
}

/** Runs everything that is due up to `untilMs`. Returns when it dialed how many peers. */
function run(
  reconnector: StartupReconnector,
  untilMs: number,
): { readonly atMs: number; readonly count: number }[] {
  const dials: { readonly atMs: number; readonly count: number }[] = [];
  for (let dueMs = reconnector.dueMs; dueMs !== undefined && dueMs <= untilMs; dueMs = reconnector.dueMs) {
    reconnector.isOver(dueMs);
    const { length } = reconnector.take(dueMs);
    if (length > 0) dials.push({ atMs: dueMs, count: length });
  }
  return dials;
}

describe('the startup reconnector', () => {
  it('dials 2,000 peers in groups of 64, each peer once, within 4 s', () => {
    const reconnector = new StartupReconnector();
    reconnector.begin(0, expectedPeers(2_000));
    const dials = run(reconnector, 60_000);
    expect(dials.reduce((sum, { count }) => sum + count, 0)).toBe(2_000);
    expect(Math.max(...dials.map(({ count }) => count))).toBe(64);
    expect(dials.at(-1)?.atMs).toBeLessThan(4_000);
  });

  it('does not dial a peer again that has returned', () => {
    const reconnector = new StartupReconnector();
    reconnector.begin(0, expectedPeers(3));
    run(reconnector, 0);
    reconnector.peerReturned(keyOf(0));
    expect(reconnector.willDialAgain(2_500, keyOf(0))).toBe(false);
    expect(reconnector.willDialAgain(2_500, keyOf(1))).toBe(true);
  });

  it('dials a peer three times, without a wait before the second and third dial', () => {
    const reconnector = new StartupReconnector();
    reconnector.begin(0, expectedPeers(1));
    run(reconnector, 2_500);
    expect(reconnector.willDialAgain(2_500, keyOf(0))).toBe(true);
    expect(run(reconnector, 5_000)).toEqual([{ atMs: 2_500, count: 1 }]);
    expect(reconnector.willDialAgain(5_000, keyOf(0))).toBe(true);
    run(reconnector, 7_500);
    expect(reconnector.willDialAgain(7_500, keyOf(0))).toBe(false);
    expect(reconnector.willDialAgain(7_500, keyOf(5))).toBe(false);
    expect(reconnector.dueMs).toBe(15_000);
  });

  it('reports once, after 15 s, that it expects no peer longer', () => {
    const reconnector = new StartupReconnector();
    expect(reconnector.isOver(0)).toBe(false);
    reconnector.begin(0, expectedPeers(1));
    expect([14_999, 15_000, 15_001].map((nowMs) => reconnector.isOver(nowMs))).toEqual([false, true, false]);
  });
});
