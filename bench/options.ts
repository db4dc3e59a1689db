import { parseArgs } from 'node:util';
import { type MeasureName, measureNames } from './measures.ts';
import { type RivalName, rivalNames } from './peers/peer.ts';

export interface BenchOptions {
  readonly isJson: boolean;
  readonly only: readonly MeasureName[];
  readonly rivals: readonly RivalName[];
  readonly runs: number;
  readonly windowMs: number;
  /** A folder for CPU profiles of the sides, null: none. */
  readonly profiles: string | null;
}

export const usage = `usage: npm run bench -- [options]
  --json              one object a line, nothing else on standard output (npm --silent run bench -- --json)
  --only <measures>   ${measureNames.join(', ')}
  --peers <peers>     ${rivalNames.join(', ')}
  --runs <n>          interleaved runs of each; 5 unless told
  --window <seconds>  how long a run measures, after as long a warm-up; 0.8 unless told
  --profile <folder>  writes a CPU profile of each side there (and slows it)
`;

/** A string is what is wrong with the arguments. */
export function readOptions(args: readonly string[]): BenchOptions | string {
  const values = parse(args);
  if (typeof values === 'string') return values;
  const only = pick(values.only, measureNames);
  if (typeof only === 'string') return `--only: ${only}`;
  const rivals = pick(values.peers, rivalNames);
  if (typeof rivals === 'string') return `--peers: ${rivals}`;
  const runs = Number(values.runs);
  if (!Number.isSafeInteger(runs) || runs < 1) return '--runs is a whole number from 1';
  const windowMs = Number(values.window) * 1_000;
  if (!(windowMs > 0 && windowMs <= windowMsMax)) return '--window is from 0 to 10 seconds';
  return { isJson: values.json, only, rivals, runs, windowMs, profiles: values.profile ?? null };
}

/** With its warm-up and a factor for loss it still ends before an order counts as lost. */
const windowMsMax = 10_000;

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        only: { type: 'string' },
        peers: { type: 'string' },
        runs: { type: 'string', default: '5' },
        window: { type: 'string', default: '0.8' },
        profile: { type: 'string' },
      },
    }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** All of them unless told. */
function pick<Name extends string>(
  text: string | undefined,
  names: readonly Name[],
): readonly Name[] | string {
  if (text === undefined) return names;
  const asked = text.split(',').map((name) => name.trim());
  const unknown = asked.find((name) => !(names as readonly string[]).includes(name));
  if (unknown !== undefined) return `"${unknown}" is none of ${names.join(', ')}`;
  return names.filter((name) => asked.includes(name));
}
