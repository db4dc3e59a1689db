import { describe, expect, it } from 'vitest';
import { wallMinusMonotonicMs, ServerClock } from './server-clock.ts';

const at = (wallMs: number, monotonicMs = 0) => ({ monotonicMs, wallMs });
const newClock = () => new ServerClock({ send: () => undefined });

describe('the time that is shown', () => {
  it('is corrected by what both clocks lack to the server’s', () => {
    const clock = newClock();
    clock.handleTime(at(5_000), 1_000_000);
    expect(clock.offsetMs(at(6_000, 1_000))).toBe(995_000);
    // Said at 1,000,400 by the server's clock: 5,400 here.
    expect(clock.timeHere(400, 1_000_000)).toBe(5_400);
  });

  it('is the sender’s own, where a clock was not measured', () => {
    const clock = newClock();
    expect(clock.timeHere(400, 1_000_000)).toBe(400);
    clock.handleTime(at(5_000), 1_000_000);
    expect(clock.timeHere(400, undefined)).toBe(400);
  });

  it('is the sender’s own again, when the clock here was set either way or the machine slept', () => {
    for (const wallMs of [5_000 + 3_600_000, 5_000 - 3_600_000]) {
      const clock = newClock();
      clock.handleTime(at(5_000), 1_000_000);
      clock.look(at(5_999, 0.5));
      expect(clock.timeHere(400, 1_000_000)).toBe(5_400);
      clock.look(at(wallMs, 1_000));
      expect(clock.offsetMs(at(wallMs, 1_000))).toBeUndefined();
      expect(clock.timeHere(400, 1_000_000)).toBe(400);
    }
  });

  it('is always one that can be told and shown, whatever a server or a sender says', () => {
    const clock = newClock();
    clock.handleTime(at(5_000), -8.64e15);
    expect(clock.offsetMs(at(5_000))).toBeUndefined();
    clock.handleTime(at(5_000), 1_000_000);
    expect(clock.timeHere(8.64e15, 8.64e15)).toBe(8.64e15);
  });
});

describe('what a clock lacked when something was written', () => {
  it('is what is measured later, when nobody has set it, or nobody can know', () => {
    const clock = newClock();
    expect(clock.offsetMsThen(undefined)).toBeUndefined();
    const written = wallMinusMonotonicMs(at(5_000, 100.25));
    clock.handleTime(at(3_605_000, 3_600_100.5), 9_605_000);
    expect(clock.offsetMsThen(written)).toBe(6_000_000);
    expect(clock.offsetMsThen(undefined)).toBe(6_000_000);
  });

  it('is more by what it was set back meanwhile, as a whole number; after it was set ahead, nobody can tell', () => {
    const clock = newClock();
    const written = wallMinusMonotonicMs(at(50_000, 0.25));
    clock.handleTime(at(20_000, 10_000), 20_000);
    expect(clock.offsetMsThen(written)).toBe(-40_000);
    clock.handleTime(at(90_000, 10_000), 20_000);
    expect(clock.offsetMsThen(written)).toBeUndefined();
  });
});
