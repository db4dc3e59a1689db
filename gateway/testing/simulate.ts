import { parseArgs } from 'node:util';
import { runChatStorm } from './chat-storm.ts';

/** `npm run simulate -- --seeds 1000 --seed 1`: storms over the whole chat, one seed after the other. */

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const first = Number(values.seed);
const count = Number(values.seeds);
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1) {
  process.stderr.write('usage: npm run simulate -- --seeds <how many> --seed <the first>\n');
  process.exit(2);
}

const started = performance.now();
const totals = { messages: 0, kills: 0, cuts: 0, virtualSeconds: 0 };
const failed: number[] = [];
for (let seed = first; seed < first + count; seed++) {
  try {
    const report = runChatStorm(seed);
    totals.messages += report.messages;
    totals.kills += report.kills;
    totals.cuts += report.cuts;
    totals.virtualSeconds += report.virtualSeconds;
  } catch (error) {
    failed.push(seed);
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
}
const seconds = ((performance.now() - started) / 1_000).toFixed(1);
process.stdout.write(
  `${count} seeds from ${first} in ${seconds} s: ${totals.messages} messages, ${totals.kills} kills, ${totals.cuts} cuts ` +
    `and mendings, ${totals.virtualSeconds} s of virtual time; failed seeds: ${failed.join(', ') || 'none'}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
