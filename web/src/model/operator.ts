import type { Traffic } from '../../../shared/bridge/administration.ts';
import { trafficSecondsMax } from '../../../shared/limits.ts';

/** `0 B`, `1.1 KiB`, `3.4 MiB`, with the numbers of the reader's language. Rounded up, so that something is never nothing. */
export function sizeText(bytes: number, numbers: Intl.NumberFormat): string {
  const written = (amount: number, unit: string) => `${numbers.format(amount)} ${unit}`;
  if (bytes < 1_024) return written(Math.ceil(bytes), 'B');
  for (const [unit, size] of sizes) if (bytes < 1_024 * size) return written(rounded(bytes / size), unit);
  return written(rounded(bytes / 1_024 ** 4), 'TiB');
}

const sizes = [
  ['KiB', 1_024],
  ['MiB', 1_024 ** 2],
  ['GiB', 1_024 ** 3],
] as const;

function rounded(amount: number): number {
  return amount < 100 ? Math.ceil(amount * 10) / 10 : Math.ceil(amount);
}

/** A line of a plot: a value for each of the last 300 seconds. Null where there was no server yet. */
export interface PlotSeries {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/** Puts counts at the end of the five minutes that a plot shows. */
export function plotValues(counts: readonly number[]): (number | null)[] {
  const missing = Math.max(0, trafficSecondsMax - counts.length);
  return [...Array.from({ length: missing }, () => null), ...counts.slice(-trafficSecondsMax)];
}

/** The mean of the last seconds, which does not jump as single seconds do. */
export function recentRate(counts: readonly number[], seconds = 5): number {
  const last = counts.slice(-seconds);
  return last.length === 0 ? 0 : sumOf(last) / last.length;
}

export function sumOf(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** Codes with a line of their own in the plot. The lines of more could not be told apart. */
const codesPlotted = 2;

/** The most frequent codes, then all others together. */
export function refusalSeries(
  traffic: Pick<Traffic, 'refused' | 'dropped'>,
  words: RefusalWords,
): PlotSeries[] {
  const named = traffic.refused.slice(0, codesPlotted).map(({ code, counts }) => ({
    label: words.code(code),
    values: plotValues(counts),
  }));
  const others = together([...traffic.refused.slice(codesPlotted), ...traffic.dropped]);
  return [...named, { label: named.length === 0 ? words.all : words.others, values: plotValues(others) }];
}

interface RefusalWords {
  readonly code: (code: string) => string;
  readonly all: string;
  readonly others: string;
}

function together(all: readonly { readonly counts: readonly number[] }[]): number[] {
  const length = Math.max(0, ...all.map(({ counts }) => counts.length));
  return Array.from({ length }, (_, second) => sumOf(all.map(({ counts }) => counts[second] ?? 0)));
}
