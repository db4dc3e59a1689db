import type { Measure, Rival } from './measures.ts';

/** One line of `--json`. `ratio` is our figure divided by theirs, even where less is better; null without a rival. */
export interface Row {
  readonly measure: string;
  readonly peer: string;
  readonly ratio: number | null;
  readonly ours: number;
  readonly theirs: number | null;
  readonly unit: string;
  readonly runs: number;
}

export function compareWith(
  measure: Measure,
  rival: Rival,
  ours: readonly number[],
  theirs: readonly number[],
): Row {
  const [mine, other] = [median(ours), median(theirs)];
  return {
    measure: measure.name,
    peer: rival.peer,
    ratio: rounded(mine / other),
    ours: rounded(mine),
    theirs: rounded(other),
    unit: measure.unit,
    runs: Math.min(ours.length, theirs.length),
  };
}

export function standAlone(measure: Measure, ours: readonly number[]): Row {
  return {
    measure: measure.name,
    peer: 'none',
    ratio: null,
    ours: rounded(median(ours)),
    theirs: null,
    unit: measure.unit,
    runs: ours.length,
  };
}

/** Throws without figures, because an empty list is no measurement. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((one, other) => one - other);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new Error('no figure to take the median of');
  return (upper + lower) / 2;
}

/** Four significant digits: a shared machine gives no more. */
function rounded(figure: number): number {
  return Number(figure.toPrecision(4));
}

/** Returns a readable row, with its target. */
export function describeRow(measure: Measure, row: Row): string {
  const rival = measure.rivals.find((one) => one.peer === row.peer);
  const goal = rival?.goal ?? measure.goal;
  const figure = row.ratio ?? row.ours;
  const compared = row.theirs === null ? '' : `${row.theirs}`;
  const columns = [
    row.measure.padEnd(21),
    row.peer.padEnd(14),
    (row.ratio === null ? '' : `${row.ratio}x`).padStart(9),
    String(row.ours).padStart(9),
    compared.padStart(9),
    row.unit.padEnd(13),
    `of ${row.runs}`.padEnd(6),
  ];
  if (goal === undefined) return columns.join(' ');
  const reaches = (bound: number): boolean =>
    measure.better === 'higher' ? figure >= bound : figure <= bound;
  const result = reaches(goal.aim)
    ? 'aim reached'
    : goal.must === null
      ? 'below the aim'
      : reaches(goal.must)
        ? 'enough'
        : 'MISSED';
  const must = goal.must === null ? '' : `must ${goal.must}, `;
  return `${columns.join(' ')} ${result} (${must}aim ${goal.aim})`;
}
