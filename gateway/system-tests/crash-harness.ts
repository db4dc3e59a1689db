import { parseArgs } from 'node:util';
import { CrashRun } from './crash-run.ts';

/**
 * `npm run crash -- --kills 300` kills real processes of server, sender, recipient or member with SIGKILL at random moments, half
 * of them while the victim writes to its disk. After each round, every message that a sender's gateway answered with
 * `done` is in the recipient's conversation exactly once and in order. No message was announced twice, and every sender
 * knows that all were delivered. Every post that a member's gateway answered with `done` is in the room of the three users, exactly
 * once, and all members have the same order. With `--lose-server 3`, every third round the server's folder is also backed up, wiped or
 * restored.
 *
 * Prints one line per round and the counts. At the first failed round, exits with 1 and names the folder of the evidence.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '300' },
    messages: { type: 'string', default: '200' },
    posts: { type: 'string', default: '20' },
    'kills-a-round': { type: 'string', default: '6' },
    'lose-server': { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
  },
});

const run = await CrashRun.start({
  seed: Number(values.seed),
  messagesEachRound: Number(values.messages),
  postsEachRound: Number(values.posts),
  killsEachRound: Number(values['kills-a-round']),
  serverLossEvery: Number(values['lose-server']),
  log: (line) => console.log(line),
});
try {
  while (run.kills < Number(values.kills)) await run.round();
  await run.end();
  const { rounds, messages, posts, killed, atWrite, storedUnconfirmed, wiped, restored } = run.report;
  console.log(
    `${messages} messages and ${posts} posts in a room in ${rounds} rounds, ${run.kills} kills (server ${killed.server}, ` +
      `alice ${killed.alice}, bob ${killed.bob}, carol ${killed.carol}; ${atWrite} of them at a write), ${storedUnconfirmed} messages stored by a victim before their ` +
      `sender got a confirmation, server wiped ${wiped} times, restored ${restored} times: nothing lost, nothing ` +
      `duplicated, all in order, and one order of the room for all`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`seed ${values.seed}; the data and logs of the processes are in ${run.folder}`);
  process.exitCode = 1;
  await run.keepEvidence();
}
