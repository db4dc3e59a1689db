import { expect, it } from 'vitest';
import { CrashRun } from './crash-run.ts';

// `npm run crash` is the same with some hundred kills.
it('kill -9 of server, sender and recipient: all that was saved is on the other’s screen, once and in order', async () => {
  const run = await CrashRun.start({
    ...{ seed: 5, messagesEachRound: 60, killsEachRound: 5, serverLossEvery: 0 },
    tell: () => undefined,
  });
  try {
    await run.round();
    await run.end();
  } catch (error) {
    await run.abandon();
    throw error;
  }
  expect(run.report.messages).toBe(60);
  expect(run.kills).toBeGreaterThan(0);
}, 120_000);
