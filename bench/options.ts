import { parseArgs } from 'node:util';
import { userPath } from '../scripts/processes.mjs';
import { type MeasureName, measureNames } from './measures.ts';
import { type RivalName, rivalNames } from './peers/peer.ts';

export interface BenchOptions {
  readonly isJson: boolean;
  readonly only: readonly MeasureName[];
  readonly rivals: readonly RivalName[];
  readonly runs: number;
  readonly windowMs: number;
  /** A folder for CPU profiles of the sides; null for none. */
  readonly profiles: string | null;
}

export const usage = `usage: npm run bench -- [options]
  --json              one object per line, nothing else on standard output (npm --silent run bench -- --json)
  --only <measures>   ${measureNames.join(', ')}
  --peers <peers>     ${rivalNames.join(', ')}
  --runs <n>          interleaved runs of each; default 5
  --window <seconds>  how long a run measures, after a warm-up of the same length; default 0.8
  --profile <folder>  writes a CPU profile of each side there (and slows it)
`;

/** Returns a sentence when the arguments are wrong. */
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
  const profiles = values.profile === undefined ? null : userPath(values.profile);
  return { isJson: values.json, only, rivals, runs, windowMs, profiles };
}

/** With its warm-up and a factor for loss, the longest window still ends before an order times out. */
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

/** Default: all of them. */
function pick<Name extends string>(
  text: string | undefined,
  names: readonly Name[],
): readonly Name[] | string {
  if (text === undefined) return names;
  const requested = text.split(',').map((name) => name.trim());
  const unknown = requested.find((name) => !(names as readonly string[]).includes(name));
  if (unknown !== undefined) return `"${unknown}" is not one of ${names.join(', ')}`;
  return names.filter((name) => requested.includes(name));
}
