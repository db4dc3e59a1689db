import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { userPath } from '../../../scripts/processes.mjs';
import { simulateAttacks } from '../attacks/attack-table.ts';
import type { KeyLimits } from '../../transport/timing.ts';
import type { SeedAnswer, SeedRequest, StormKind } from './simulate-worker.ts';

/**
 * `npm run simulate -- --seeds 1000 --seed 1`: runs storms over the whole chat, one per seed. `--transport` runs them over
 * endpoints alone, usually two, sometimes twenty. `--rooms` runs them over the rooms of 3 to 50 users, `--files` over
 * transfers of files. `--jobs`: how many run at a time; default one per core. `--trace` writes
 * the traces of all endpoints of a single seed to a new file (docs/DEBUGGING.md). A transport storm draws when its keys change
 * (PROTOCOL 5.4, 5.18); `--rekey-packets`, `--rekey-seconds`, `--exchange-bytes` and `--exchange-seconds` set it.
 * `--attacks` runs the attacks of gateway/simulation/attacks for `--seconds` each (60) instead, and prints a table; `--only A1,A4`
 * chooses some of them.
 */

const { values } = parseArgs({
  options: {
    transport: { type: 'boolean', default: false },
    rooms: { type: 'boolean', default: false },
    files: { type: 'boolean', default: false },
    attacks: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '60' },
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    trace: { type: 'string' },
    'rekey-packets': { type: 'string' },
    'rekey-seconds': { type: 'string' },
    'exchange-bytes': { type: 'string' },
    'exchange-seconds': { type: 'string' },
  },
});
if (values.attacks)
  process.exit(simulateAttacks(Number(values.seconds) * 1_000, values.only.split(',')) ? 0 : 1);

const kinds = ['transport', 'rooms', 'files'] as const;
const kind: StormKind = kinds.find((each) => values[each]) ?? 'chat';
const [first, count, jobs] = [Number(values.seed), Number(values.seeds), Number(values.jobs)];
const trace = values.trace === undefined ? null : userPath(values.trace);
const keyLimits: Partial<KeyLimits> = {
  ...optional('packetsMax', values['rekey-packets'], 1),
  ...optional('useMaxMs', values['rekey-seconds'], 1_000),
  ...optional('exchangeBytes', values['exchange-bytes'], 1),
  ...optional('exchangeMs', values['exchange-seconds'], 1_000),
};
if (
  ![first, count, jobs, ...Object.values(keyLimits)].every(Number.isSafeInteger) ||
  count < 1 ||
  jobs < 1 ||
  (trace !== null && count > 1)
) {
  process.stderr.write(
    'usage: npm run simulate -- [--transport | --rooms | --files] --seeds <how many> --seed <the first> --jobs <at a time>\n' +
      '       npm run simulate -- [--transport | --rooms | --files] --seeds 1 --seed <seed> --trace <new file>\n' +
      '       npm run simulate -- --attacks --seconds <how long each> --only <A1,A2,...>\n' +
      '       with --transport: --rekey-packets, --rekey-seconds, --exchange-bytes, --exchange-seconds <number>\n',
  );
  process.exit(2);
}

/** A storm takes about a second. One that never settles would take for ever. */
const stormSecondsMax = 600;

const started = performance.now();
const totals = new Map<string, number>();
const failed: number[] = [];
let next = first;
await Promise.all(Array.from({ length: Math.min(jobs, count) }, runWorkers));
failed.sort((one, other) => one - other);

const seconds = ((performance.now() - started) / 1_000).toFixed(1);
const sums = [...totals].map(([name, sum]) => `${sum} ${name}`).join(', ');
process.stdout.write(`${count} seeds from ${first} in ${seconds} s: ${sums}\n`);
process.stdout.write(`failed seeds: ${failed.join(', ') || 'none'}\n`);
for (const seed of failed) {
  const flag = kind === 'chat' ? '' : ` --${kind}`;
  process.stdout.write(
    `  npm run simulate --${flag} --seeds 1 --seed ${seed}; once mended, pin it in gateway/simulation/chat/pinned-seeds.ts\n`,
  );
}
process.exitCode = failed.length === 0 ? 0 : 1;

/** Gives seeds to the workers until all are given out. */
async function runWorkers(): Promise<void> {
  while (next < first + count) await runWorker();
}

/** Ends when there are no seeds left, or when a storm does not end. */
function runWorker(): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./simulate-worker.ts', import.meta.url), { workerData: kind });
    let patience: NodeJS.Timeout | undefined;
    const end = (): void => void worker.terminate().then(() => resolve());
    const giveNext = (): void => {
      clearTimeout(patience);
      if (next >= first + count) return end();
      const seed = next++;
      worker.postMessage({ seed, trace, keyLimits } satisfies SeedRequest);
      patience = setTimeout(() => {
        fail(seed, `${kind} storm of seed ${seed}: no end after ${stormSecondsMax} s`);
        end();
      }, stormSecondsMax * 1_000);
    };
    worker.on('message', (answer: SeedAnswer) => {
      for (const [name, sum] of Object.entries(answer.sums)) totals.set(name, (totals.get(name) ?? 0) + sum);
      if (answer.failure !== null) fail(answer.seed, answer.failure);
      giveNext();
    });
    worker.on('error', reject);
    giveNext();
  });
}

function optional(
  name: keyof KeyLimits,
  value: string | undefined,
  unit: number,
): Partial<Record<keyof KeyLimits, number>> {
  return value === undefined ? {} : { [name]: Number(value) * unit };
}

function fail(seed: number, why: string): void {
  failed.push(seed);
  process.stderr.write(`${why}\n`);
}
