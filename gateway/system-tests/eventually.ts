/** The real timers. A test that fakes the timers does so later. */
const { setTimeout: setRealTimeout } = globalThis;
const lookIntervalMs = 50;
/** Only against hanging. */
const timeoutMs = 120_000;

/**
 * Waits until `condition` does not throw, and returns its result. It leaves a fake clock as it is: `vi.waitFor` would move the
 * clock of the test, and also that of the next test in this process, if it still looked then.
 */
export async function eventually<Result>(condition: () => Result | Promise<Result>): Promise<Result> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await condition();
    } catch (error) {
      if (performance.now() > endMs) throw error;
    }
    await new Promise((resolve) => setRealTimeout(resolve, lookIntervalMs));
  }
}
