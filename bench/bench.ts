/** `npm run bench`: measures our transport beside others, at the same time on the same machine. See bench/README.md. */
import os from 'node:os';
import { compareWith, describeRow, median, type Row, standAlone } from './figures.ts';
import { makeMeasures, type Measure, type Trial } from './measures.ts';
import { type BenchOptions, readOptions, usage } from './options.ts';

const options = readOptions(process.argv.slice(2));
if (typeof options === 'string') {
  process.stderr.write(`${options}\n${usage}`);
  process.exit(2);
}
// Readers of the figures need this first: a busy machine gives other figures than an idle one.
process.stderr.write(
  `${os.cpus().length} x ${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.type()} ${os.release()}, Node ${process.version}, ` +
    `load ${os.loadavg()[0]?.toFixed(1) ?? 'unknown'}, ${new Date().toISOString().slice(0, 10)}\n`,
);
let failures = 0;
for (const measure of makeMeasures()) {
  if (options.only.includes(measure.name)) await runMeasure(measure, options);
}
if (failures > 0) process.stderr.write(`${failures} figures could not be measured.\n`);
process.exitCode = failures === 0 ? 0 : 1;

/** Runs all peers in turn, round after round, and prints a row for each rival with a figure. */
async function runMeasure(
  measure: Measure,
  { runs, rivals: chosen, windowMs, profiles, isJson }: BenchOptions,
) {
  const rivals = measure.rivals.filter((rival) => rival.peer === 'none' || chosen.includes(rival.peer));
  const contenders = new Map<string, Contender>([['chatagram', newContender(measure.ours)]]);
  for (const rival of rivals) contenders.set(rival.peer, newContender(rival.trial));
  if (measure.bound !== undefined) contenders.set('bound', newContender(measure.bound.trial));

  for (let run = 1; run <= runs; run++) {
    for (const [name, contender] of contenders) {
      // A peer that failed once has no median of all runs, so it is not run again.
      if (contender.failure !== undefined) continue;
      process.stderr.write(`${measure.name}: run ${run} of ${runs}, ${name} ... `);
      try {
        const { value, note } = await contender.trial({ windowMs, profiles });
        if (!Number.isFinite(value) || value <= 0) throw new Error(`${value} is no figure`);
        contender.figures.push(value);
        const aside = note === undefined ? '' : ` (${note})`;
        process.stderr.write(`${value.toPrecision(4)} ${measure.unit}${aside}\n`);
      } catch (error) {
        contender.failure = error instanceof Error ? error.message : String(error);
        process.stderr.write(`FAILED\n`);
      }
    }
  }

  const show = (row: Row): void => {
    process.stdout.write(`${isJson ? JSON.stringify(row) : describeRow(measure, row)}\n`);
  };
  const ours = figuresOf(measure, 'chatagram', contenders);
  if (measure.rivals.length === 0) {
    if (ours === undefined) failures++;
    else show(standAlone(measure, ours));
  }
  for (const rival of rivals) {
    const theirs = figuresOf(measure, rival.peer, contenders);
    if (ours === undefined || theirs === undefined) failures++;
    else show(compareWith(measure, rival, ours, theirs));
  }
  if (measure.bound === undefined) return;
  const bound = figuresOf(measure, 'bound', contenders);
  if (ours === undefined || bound === undefined) failures++;
  else tellBound(measure.bound.label, median(ours), median(bound));
}

interface Contender {
  readonly trial: Trial;
  readonly figures: number[];
  failure: string | undefined;
}

function newContender(trial: Trial): Contender {
  return { trial, figures: [], failure: undefined };
}

/** Returns undefined, and prints why, if one of the runs gave no figure. */
function figuresOf(
  measure: Measure,
  name: string,
  contenders: ReadonlyMap<string, Contender>,
): readonly number[] | undefined {
  const contender = contenders.get(name);
  if (contender === undefined) return undefined;
  if (contender.failure === undefined) return contender.figures;
  process.stderr.write(`NOT MEASURED: ${measure.name}, ${name}: ${contender.failure}\n`);
  return undefined;
}

function tellBound(label: string, ours: number, bound: number): void {
  const share = (ours / bound).toPrecision(3);
  process.stderr.write(`${label}: ${bound.toPrecision(4)}; ours is ${share} of it (must 0.8)\n`);
}
