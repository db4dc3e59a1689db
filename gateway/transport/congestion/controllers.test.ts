import { describe, expect, it } from 'vitest';
import { datagramBytesBase } from '../../../shared/limits.ts';
import type { CongestionController, Progress } from './controller.ts';
import { Copa } from './copa.ts';
import { DelayTarget } from './delay-target.ts';
import { NewReno } from './new-reno.ts';
import { WindowedMinimum } from './windowed-minimum.ts';

function progress(nowMs: number, change: Partial<Progress> = {}, rttMs = 40): Progress {
  return {
    byteCount: datagramBytesBase,
    newestSentAtMs: nowMs - rttMs,
    bytesInFlight: 100_000,
    isWindowLimited: true,
    rttSampleMs: rttMs,
    rtt: {
      hasSample: true,
      latestMs: rttMs,
      smoothedMs: rttMs,
      variationMs: 1,
      minMs: Math.min(40, rttMs),
      leastMs: Math.min(40, rttMs),
    },
    ...change,
  };
}

/** What every controller promises. */
function contract(make: () => CongestionController): void {
  it('PROTOCOL 8.16: begins with 10 packets (RFC 9002 7.2) and no pacing before a round trip is known', () => {
    const controller = make();
    expect(controller.windowBytes).toBe(10 * datagramBytesBase);
    expect(controller.pacingBytesPerMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('doubles its window in the first round trips, and paces then', () => {
    const controller = make();
    for (let packet = 0; packet < 10; packet++) controller.onAcknowledged(40 + packet, progress(40 + packet));
    expect(controller.windowBytes).toBe(20 * datagramBytesBase);
    expect(controller.pacingBytesPerMs).toBeCloseTo((2 * controller.windowBytes) / 40);
  });

  it('RFC 9002 7.8: does not grow a window that is not fully used', () => {
    const controller = make();
    for (let nowMs = 40; nowMs < 1_000; nowMs++)
      controller.onAcknowledged(nowMs, progress(nowMs, { isWindowLimited: false }));
    expect(controller.windowBytes).toBe(10 * datagramBytesBase);
  });

  it('RFC 9002 7.6: falls to 2 packets under persistent congestion, never lower, and rises again', () => {
    const controller = make();
    controller.onAcknowledged(40, progress(40));
    for (let nowMs = 1_000; nowMs < 1_010; nowMs++) {
      controller.onLost(nowMs, { byteCount: 5_000, newestSentAtMs: nowMs - 1, isPersistent: true });
    }
    expect(controller.windowBytes).toBe(2 * datagramBytesBase);
    for (let nowMs = 1_050; nowMs < 3_000; nowMs += 10) controller.onAcknowledged(nowMs, progress(nowMs));
    expect(controller.windowBytes).toBeGreaterThan(8 * datagramBytesBase);
  });
}

describe('NewReno', () => {
  contract(() => new NewReno());

  it('RFC 9002 B.6: halves its window once for all losses of a round trip, then adds a packet each', () => {
    const controller = new NewReno();
    controller.onLost(100, { byteCount: 1_200, newestSentAtMs: 90, isPersistent: false });
    controller.onLost(110, { byteCount: 1_200, newestSentAtMs: 99, isPersistent: false });
    expect(controller.windowBytes).toBe(5 * datagramBytesBase);
    // Sent before the loss was known: B.5, "Do not increase congestion window in recovery period".
    controller.onAcknowledged(130, progress(130, { newestSentAtMs: 95 }));
    expect(controller.windowBytes).toBe(5 * datagramBytesBase);
    for (let packet = 0; packet < 5; packet++) controller.onAcknowledged(150, progress(150));
    expect(controller.windowBytes / datagramBytesBase).toBeCloseTo(6, 0);
    expect(controller.pacingBytesPerMs).toBeCloseTo((1.25 * controller.windowBytes) / 40);
  });
});

describe('Copa', () => {
  contract(() => new Copa());

  it('does not treat loss as congestion while the queue is short', () => {
    const controller = new Copa();
    for (let nowMs = 40; nowMs < 400; nowMs++) {
      controller.onAcknowledged(nowMs, progress(nowMs));
      if (nowMs % 20 === 0) {
        controller.onLost(nowMs, { byteCount: 1_200, newestSentAtMs: nowMs - 30, isPersistent: false });
      }
    }
    expect(controller.windowBytes).toBeGreaterThan(100 * datagramBytesBase);
  });

  it('reduces window and pace when the queue grows', () => {
    const controller = new Copa();
    for (let nowMs = 40; nowMs < 200; nowMs++) controller.onAcknowledged(nowMs, progress(nowMs));
    // Until the short round trips have left its view of half a round trip.
    for (let nowMs = 200; nowMs < 270; nowMs++) controller.onAcknowledged(nowMs, progress(nowMs, {}, 120));
    const before = controller.windowBytes;
    for (let nowMs = 270; nowMs < 600; nowMs++) controller.onAcknowledged(nowMs, progress(nowMs, {}, 120));
    expect(controller.windowBytes).toBeLessThan(before);
    expect(controller.pacingBytesPerMs).toBeCloseTo((2 * controller.windowBytes) / 120);
  });

  it('slows down under far more than random loss', () => {
    const controller = new Copa();
    for (let nowMs = 40; nowMs < 200; nowMs++) controller.onAcknowledged(nowMs, progress(nowMs));
    const before = controller.windowBytes;
    for (let nowMs = 200; nowMs < 400; nowMs++) {
      controller.onLost(nowMs, { byteCount: 1_200, newestSentAtMs: nowMs - 30, isPersistent: false });
      controller.onAcknowledged(nowMs, progress(nowMs, { isWindowLimited: false }));
    }
    expect(controller.windowBytes).toBeLessThan(before / 2);
  });
});

describe('DelayTarget', () => {
  const knownRtt = { ...progress(0).rtt, leastMs: 40 };

  it('PROTOCOL 8.26: begins with 4 packets, which leave over the round trip that the connection has measured', () => {
    const controller = new DelayTarget(0, knownRtt);
    expect(controller.windowBytes).toBe(4 * datagramBytesBase);
    expect(controller.pacingBytesPerMs).toBeLessThan((2 * controller.windowBytes) / 40);
    expect(controller.pacingBytesPerMs).toBeGreaterThan(controller.windowBytes / 40);
  });

  it('RFC 9002 7.8: does not grow a window that is not fully used', () => {
    const controller = new DelayTarget(0, knownRtt);
    for (let nowMs = 40; nowMs < 1_000; nowMs++)
      controller.onAcknowledged(nowMs, progress(nowMs, { isWindowLimited: false }));
    expect(controller.windowBytes).toBe(4 * datagramBytesBase);
  });

  it('RFC 9002 7.6: falls to 2 packets under persistent congestion, never lower, and rises again', () => {
    const controller = new DelayTarget(0, knownRtt);
    for (let nowMs = 1_000; nowMs < 1_010; nowMs++)
      controller.onLost(nowMs, { byteCount: 5_000, newestSentAtMs: nowMs - 1, isPersistent: true });
    expect(controller.windowBytes).toBe(2 * datagramBytesBase);
    for (let nowMs = 1_050; nowMs < 3_000; nowMs += 10) controller.onAcknowledged(nowMs, progress(nowMs));
    expect(controller.windowBytes).toBeGreaterThan(8 * datagramBytesBase);
  });

  it('PROTOCOL 8.26: keeps half of its window over a pause, in which the path may have changed', () => {
    const controller = new DelayTarget(0, knownRtt);
    for (let nowMs = 40; nowMs < 400; nowMs++) {
      controller.onSent(nowMs);
      controller.onAcknowledged(nowMs, progress(nowMs));
    }
    const before = controller.windowBytes;
    controller.onSent(900);
    expect(controller.windowBytes).toBe(before);
    controller.onSent(2_500);
    expect(controller.windowBytes).toBe(before / 2);
  });
});

describe('WindowedMinimum', () => {
  it('returns the minimum of the window, exactly or of its newer half', () => {
    const minimum = new WindowedMinimum();
    const added: { atMs: number; value: number }[] = [];
    for (let atMs = 0; atMs < 500; atMs++) {
      const value = (atMs * 7_919) % 101;
      added.push({ atMs, value });
      const least = (overMs: number) =>
        Math.min(...added.filter((one) => one.atMs >= atMs - overMs).map((one) => one.value));
      const told = minimum.add(atMs, value, 32);
      expect(told).toBeGreaterThanOrEqual(least(32));
      expect(told).toBeLessThanOrEqual(least(16));
    }
    // What only rises: the oldest of a window that is somewhat shorter.
    const rising = new WindowedMinimum();
    for (let atMs = 500; atMs < 4_000; atMs++) {
      const told = rising.add(atMs, atMs, 1_000);
      expect(told).toBeLessThanOrEqual(Math.max(500, atMs - 450));
      if (atMs > 1_600) expect(told).toBeGreaterThanOrEqual(atMs - 1_000);
    }
  });
});
