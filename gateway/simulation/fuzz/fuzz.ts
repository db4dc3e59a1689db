import { parseArgs } from 'node:util';
import { fuzzEndpoints } from '../transport/fuzz-endpoints.ts';
import { ByteMutator } from './byte-mutator.ts';
import { fuzzBytesMax, fuzzDecoder, type FuzzTargetName, fuzzTargets } from './decoders.ts';

/**
 * `npm run fuzz -- --target frames --executions 10000000 --seed 1`: gives a decoder mutated bytes. Without `--target` each
 * decoder gets its share of the executions. `--target endpoints` gives them to two endpoints that talk to each other, half of
 * them sealed by peers with valid keys. Fails with the input that made a decoder throw.
 */

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    executions: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
  },
});
const names = Object.keys(fuzzTargets) as FuzzTargetName[];
const [executions, seed] = [Number(values.executions), Number(values.seed)];
const chosen = values.target === undefined ? names : names.filter((name) => name === values.target);
if (![executions, seed].every(Number.isSafeInteger) || executions < 1) usage();

if (values.target === 'endpoints') process.stdout.write(`${fuzzEndpoints(executions, seed)}\n`);
else if (chosen.length === 0) usage();
else for (const name of chosen) runDecoder(name, Math.ceil(executions / chosen.length));

function runDecoder(name: FuzzTargetName, share: number): void {
  const startedMs = performance.now();
  const { valid } = fuzzDecoder(name, share, new ByteMutator(seed, fuzzBytesMax));
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  process.stdout.write(`${name}: ${share} executions, ${valid} of them valid, in ${seconds} s\n`);
}

function usage(): never {
  process.stderr.write(
    `usage: npm run fuzz -- [--target ${[...names, 'endpoints'].join('|')}] --executions <count> --seed <number>\n`,
  );
  process.exit(2);
}
