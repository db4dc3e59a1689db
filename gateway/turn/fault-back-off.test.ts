import { expect, test } from 'vitest';
import { FaultBackOff } from './fault-back-off.ts';

test('each fault after a pause doubles the next pause, and a fault during a pause does not extend it', () => {
  const faults = new FaultBackOff(1_000, 30_000);
  expect(faults.untilAfterFault(500)).toBe(1_500);
  expect(faults.untilAfterFault(1_499)).toBe(1_500);
  expect(faults.untilAfterFault(1_500)).toBe(3_500);
  let untilMs = 3_500;
  for (let fault = 0; fault < 10; fault++) untilMs = faults.untilAfterFault(untilMs);
  expect(faults.untilAfterFault(untilMs)).toBe(untilMs + 30_000);
});

test('a fault long after the previous pause begins with the shortest pause', () => {
  const faults = new FaultBackOff(1_000, 30_000);
  expect(faults.untilAfterFault(0)).toBe(1_000);
  expect(faults.untilAfterFault(1_000)).toBe(3_000);
  expect(faults.untilAfterFault(123_001)).toBe(124_001);
});
