import { describe, expect, it } from 'vitest';
import { peerKeyFromBytes, type PeerKey } from '../../shared/ids.ts';
import { StartupReconnector } from './startup-reconnector.ts';

function keyOf(number: number): PeerKey {
  return peerKeyFromBytes(Uint8Array.from({ length: 32 }, (_, index) => number >> (8 * (index % 2))));
}

function missed(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    peer: keyOf(index),
    seenAt: { host: '10.0.0.1', port: 1_024 + index },
  }));
}

/** Lets it do all that is due, up to `untilMs`; gives whom it called when. */
function run(
  reunion: StartupReconnector,
  untilMs: number,
): { readonly atMs: number; readonly count: number }[] {
  const calls: { readonly atMs: number; readonly count: number }[] = [];
  for (let dueMs = reunion.dueMs; dueMs !== undefined && dueMs <= untilMs; dueMs = reunion.dueMs) {
    reunion.isOver(dueMs);
    const { length } = reunion.take(dueMs);
    if (length > 0) calls.push({ atMs: dueMs, count: length });
  }
  return calls;
}

describe('a reunion', () => {
  it('calls 2,000 some at a time, each once, within 4 s', () => {
    const reunion = new StartupReconnector();
    reunion.begin(0, missed(2_000));
    const calls = run(reunion, 60_000);
    expect(calls.reduce((sum, { count }) => sum + count, 0)).toBe(2_000);
    expect(Math.max(...calls.map(({ count }) => count))).toBe(64);
    expect(calls.at(-1)?.atMs).toBeLessThan(4_000);
  });

  it('does not call again who has come back', () => {
    const reunion = new StartupReconnector();
    reunion.begin(0, missed(3));
    run(reunion, 0);
    reunion.cameBack(keyOf(0));
    expect(reunion.willCallAgain(2_500, keyOf(0))).toBe(false);
    expect(reunion.willCallAgain(2_500, keyOf(1))).toBe(true);
  });

  it('calls three times, and lets nobody wait for the second and third', () => {
    const reunion = new StartupReconnector();
    reunion.begin(0, missed(1));
    run(reunion, 2_500);
    expect(reunion.willCallAgain(2_500, keyOf(0))).toBe(true);
    expect(run(reunion, 5_000)).toEqual([{ atMs: 2_500, count: 1 }]);
    expect(reunion.willCallAgain(5_000, keyOf(0))).toBe(true);
    run(reunion, 7_500);
    expect(reunion.willCallAgain(7_500, keyOf(0))).toBe(false);
    expect(reunion.willCallAgain(7_500, keyOf(5))).toBe(false);
    expect(reunion.dueMs).toBe(15_000);
  });

  it('is over after 15 s, which it says once', () => {
    const reunion = new StartupReconnector();
    expect(reunion.isOver(0)).toBe(false);
    reunion.begin(0, missed(1));
    expect([14_999, 15_000, 15_001].map((nowMs) => reunion.isOver(nowMs))).toEqual([false, true, false]);
  });
});
