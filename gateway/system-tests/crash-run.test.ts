import { expect, it } from 'vitest';
import { CrashRun } from './crash-run.ts';

// `npm run crash` does the same with hundreds of kills.
it('after SIGKILL of server, sender, recipient and member, each saved message is delivered once and in order', async () => {
  const run = await CrashRun.start({
    seed: 5,
    messagesEachRound: 60,
    postsEachRound: 10,
    killsEachRound: 5,
    serverLossEvery: 0,
    log: () => undefined,
  });
  try {
    await run.round();
    await run.end();
  } catch (error) {
    await run.keepEvidence();
    throw error;
  }
  expect(run.report).toMatchObject({ messages: 60, posts: 30 });
  expect(run.kills).toBeGreaterThan(0);
}, 120_000);
