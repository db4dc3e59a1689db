import { describe, expect, it } from 'vitest';
import { ServerClock } from './server-clock.ts';

const at = (wallMs: number) => ({ monotonicMs: 0, wallMs });
const newClock = () => new ServerClock({ say: () => undefined });

describe('the time that is shown', () => {
  it('is corrected by what both clocks lack to the server’s', () => {
    const clock = newClock();
    clock.handleTime(at(5_000), 1_000_000);
    expect(clock.offsetMs).toBe(995_000);
    // Said at 1,000,400 by the server's clock: 5,400 here.
    expect(clock.timeHere(400, 1_000_000)).toBe(5_400);
  });

  it('is the sender’s own, where a clock was not measured, or may have been set since', () => {
    const clock = newClock();
    expect(clock.timeHere(400, 1_000_000)).toBe(400);
    clock.handleTime(at(5_000), 1_000_000);
    expect(clock.timeHere(400, undefined)).toBe(400);
    clock.forget();
    expect(clock.timeHere(400, 1_000_000)).toBe(400);
  });

  it('is always one that can be told and shown, whatever a server or a sender says', () => {
    const clock = newClock();
    clock.handleTime(at(5_000), -8.64e15);
    expect(clock.offsetMs).toBeUndefined();
    clock.handleTime(at(5_000), 1_000_000);
    expect(clock.timeHere(8.64e15, 8.64e15)).toBe(8.64e15);
  });
});
