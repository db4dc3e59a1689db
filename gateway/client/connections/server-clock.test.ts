import { describe, expect, it } from 'vitest';
import { wallMinusMonotonicMs, ServerClock } from './server-clock.ts';

const at = (wallMs: number, monotonicMs = 0) => ({ monotonicMs, wallMs });
const newClock = () => new ServerClock({ send: () => undefined });

describe('a time that is shown', () => {
  it('is corrected by the offsets of both clocks to the server’s', () => {
    const clock = newClock();
    clock.handleTime(at(5_000), 1_000_000);
    expect(clock.offsetMs(at(6_000, 1_000))).toBe(995_000);
    // Sent at 1,000,400 by the server's clock, which is 5,400 by this one.
    expect(clock.toLocalMs(400, 1_000_000)).toBe(5_400);
  });

  it('is the sender’s own, where a clock was not measured', () => {
    const clock = newClock();
    expect(clock.toLocalMs(400, 1_000_000)).toBe(400);
    clock.handleTime(at(5_000), 1_000_000);
    expect(clock.toLocalMs(400, undefined)).toBe(400);
  });

  it('is the sender’s own again when this clock was set either way or the machine slept', () => {
    for (const wallMs of [5_000 + 3_600_000, 5_000 - 3_600_000]) {
      const clock = newClock();
      clock.handleTime(at(5_000), 1_000_000);
      clock.checkForStep(at(5_999, 0.5));
      expect(clock.toLocalMs(400, 1_000_000)).toBe(5_400);
      clock.checkForStep(at(wallMs, 1_000));
      expect(clock.offsetMs(at(wallMs, 1_000))).toBeUndefined();
      expect(clock.toLocalMs(400, 1_000_000)).toBe(400);
    }
  });

  it('always fits into a message and a Date, whatever a server or a sender claims', () => {
    const clock = newClock();
    clock.handleTime(at(5_000), -8.64e15);
    expect(clock.offsetMs(at(5_000))).toBeUndefined();
    clock.handleTime(at(5_000), 1_000_000);
    expect(clock.toLocalMs(8.64e15, 8.64e15)).toBe(8.64e15);
  });
});

describe('the offset of a clock at the time of writing', () => {
  it('is the one that is measured later, unless the clock was set in between', () => {
    const clock = newClock();
    expect(clock.offsetMsAt(undefined)).toBeUndefined();
    const written = wallMinusMonotonicMs(at(5_000, 100.25));
    clock.handleTime(at(3_605_000, 3_600_100.5), 9_605_000);
    expect(clock.offsetMsAt(written)).toBe(6_000_000);
    expect(clock.offsetMsAt(undefined)).toBe(6_000_000);
  });

  it('counts the step of a clock that was set back, and is unknown after one that was set ahead', () => {
    const clock = newClock();
    const written = wallMinusMonotonicMs(at(50_000, 0.25));
    clock.handleTime(at(20_000, 10_000), 20_000);
    expect(clock.offsetMsAt(written)).toBe(-40_000);
    clock.handleTime(at(90_000, 10_000), 20_000);
    expect(clock.offsetMsAt(written)).toBeUndefined();
  });
});
