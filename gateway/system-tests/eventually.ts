import { vi } from 'vitest';

/** Waits until `condition` does not throw, and returns its result. The limit only prevents a hang. */
export function eventually<Result>(condition: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(condition, 120_000);
}
