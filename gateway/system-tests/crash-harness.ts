import { parseArgs } from 'node:util';
import { CrashRun } from './crash-run.ts';

/**
 * `npm run crash -- --kills 300`: real processes, kill -9 of server, sender or recipient at random moments, half of them
 * when the victim's disk is written to. After each round every message that a sender's gateway has answered with `done`
 * stands in the recipient's conversation exactly once and in order, no message was told twice, and every sender knows
 * that all of it was delivered. With `--lose-server 3`, every third round the server's folder is saved, wiped or brought
 * back from a backup too.
 *
 * Prints a line a round and the counts, and leaves with 1 and the folder of the evidence at the first round that is not
 * as it should be.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '300' },
    messages: { type: 'string', default: '200' },
    'kills-a-round': { type: 'string', default: '6' },
    'lose-server': { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
  },
});

const run = await CrashRun.start({
  seed: Number(values.seed),
  messagesEachRound: Number(values.messages),
  killsEachRound: Number(values['kills-a-round']),
  serverLossEvery: Number(values['lose-server']),
  tell: (line) => console.log(line),
});
try {
  while (run.kills < Number(values.kills)) await run.round();
  await run.end();
  const { rounds, messages, killed, atWrite, keptUnheard, wiped, restored } = run.report;
  console.log(
    `${messages} messages in ${rounds} rounds, ${run.kills} kills (server ${killed.server}, alice ${killed.alice}, ` +
      `bob ${killed.bob}; ${atWrite} of them at a write), ${keptUnheard} messages kept by who was killed before its ` +
      `sender heard of it, server wiped ${wiped} times, restored ${restored} times: nothing lost, nothing doubled, ` +
      `all in order`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`seed ${values.seed}; what the processes wrote is on disk in ${run.folder}`);
  process.exitCode = 1;
  await run.abandon();
}
