import { vi } from 'vitest';

/** Waits for a condition to hold (not to throw), and gives what it gives. The limit is only against hanging. */
export function eventually<Result>(condition: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(condition, 20_000);
}
