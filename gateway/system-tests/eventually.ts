import { vi } from 'vitest';

/**
 * Waits until `condition` does not throw, and returns its result. The limit only prevents a hang. With a fake clock each look moves
 * the clock, so that a test of times must wait in another way.
 */
export function eventually<Result>(condition: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(condition, 120_000);
}
