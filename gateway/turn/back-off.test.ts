import { expect, test } from 'vitest';
import { BackOff } from './back-off.ts';

test('a back-off doubles its waits up to its maximum, and begins again after a reset', () => {
  const backOff = new BackOff(500, 10_000);
  const waits = Array.from({ length: 7 }, () => backOff.next());
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  backOff.reset();
  expect(backOff.next()).toBe(500);
});

test('a back-off stays finite after any number of failures', () => {
  const backOff = new BackOff(1, Number.MAX_SAFE_INTEGER);
  for (let failure = 0; failure < 5_000; failure++) expect(Number.isSafeInteger(backOff.next())).toBe(true);
});
