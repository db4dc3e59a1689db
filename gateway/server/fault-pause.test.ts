import { expect, it } from 'vitest';
import { FaultPause } from './fault-pause.ts';

it('lasts twice as long for each fault that follows soon, up to half a minute, and not longer for those inside of it', () => {
  const pause = new FaultPause();
  expect(pause.untilAfterFault(500)).toBe(1_500);
  expect(pause.untilAfterFault(1_499)).toBe(1_500);
  expect(pause.untilAfterFault(1_500)).toBe(3_500);
  let untilMs = 3_500;
  for (let fault = 0; fault < 10; fault++) untilMs = pause.untilAfterFault(untilMs);
  expect(pause.untilAfterFault(untilMs)).toBe(untilMs + 30_000);
  expect(pause.untilAfterFault(untilMs + 30_000 + 120_001)).toBe(untilMs + 30_000 + 120_001 + 1_000);
});
