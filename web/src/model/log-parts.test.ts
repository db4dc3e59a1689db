import { describe, expect, it } from 'vitest';
import { chunkRows, LogPartition, newestRows, type LogParts } from './log-parts.ts';
import type { TimelineRow } from './timeline.ts';

const row = (number: number): TimelineRow => ({ kind: 'new', key: `row ${number}` });
/** Rows by their numbers, each the same object at each call. */
const all = Array.from({ length: 2_000 }, (_, index) => row(index));
const rows = (from: number, to: number) => all.slice(from, to);
const inPage = ({ newest }: LogParts) => newest.flatMap((chunk) => chunk.rows);
const together = (parts: LogParts) => [...parts.older, ...inPage(parts)];

describe('the parts of a log', () => {
  it('hold every row once and in order, after any other rows', () => {
    const partition = new LogPartition();
    const steps: [number, number, boolean][] = [
      [500, 550, true],
      [450, 550, true],
      [250, 560, false],
      [250, 900, false],
      [260, 901, true],
      [0, 902, true],
      [1_000, 1_200, true],
      [0, 0, true],
      [3, 4, true],
    ];
    for (const [from, to, isAtEnd] of steps)
      expect(together(partition.partsOf(rows(from, to), isAtEnd))).toEqual(rows(from, to));
  });

  it('keep the newest rows in the page, and all of a short log', () => {
    expect(inPage(new LogPartition().partsOf(rows(0, 30), true))).toEqual(rows(0, 30));
    const long = new LogPartition().partsOf(rows(0, 700), true);
    expect(inPage(long)).toEqual(rows(700 - newestRows, 700));
    expect(long.older).toEqual(rows(0, 700 - newestRows));
  });

  it('change in the last chunk alone when a row arrives', () => {
    const partition = new LogPartition();
    const before = partition.partsOf(rows(0, 330), true);
    const after = partition.partsOf(rows(0, 331), true);
    expect(after.older).toBe(before.older);
    const last = before.newest.length - 1;
    after.newest.slice(0, last).forEach((chunk, index) => expect(chunk).toBe(before.newest[index]));
    expect(after.newest.slice(last).flatMap((chunk) => chunk.rows)).toEqual([
      ...(before.newest[last]?.rows ?? []),
      ...rows(330, 331),
    ]);
  });

  it('change in one chunk where a row is another one, is added or goes', () => {
    const partition = new LogPartition();
    const before = partition.partsOf(rows(0, 60), true);
    const changed = rows(0, 60).with(25, row(25));
    const afterChange = partition.partsOf(changed, true);
    expect(afterChange.newest.filter((chunk) => !before.newest.includes(chunk))).toHaveLength(1);
    const afterRemoval = partition.partsOf(changed.toSpliced(5, 1), true);
    expect(afterRemoval.newest.filter((chunk) => !afterChange.newest.includes(chunk))).toHaveLength(1);
    const late = { ...row(0), key: 'late' };
    const afterLate = partition.partsOf(changed.toSpliced(5, 1, late, row(5)), true);
    expect(afterLate.newest.every((chunk) => chunk.rows.length <= chunkRows)).toBe(true);
  });

  it('lose a chunk when its first row goes: the others join the chunk above', () => {
    const partition = new LogPartition();
    partition.partsOf(rows(0, 60), true);
    const left = rows(0, 60).toSpliced(20, 1);
    const parts = partition.partsOf(left, true);
    expect(together(parts)).toEqual(left);
    expect(new Set(parts.newest.map(({ key }) => key)).size).toBe(parts.newest.length);
  });

  it('let rows leave the page while the reader is at the end, a few chunks at a time, and never fewer than the newest', () => {
    const partition = new LogPartition();
    partition.partsOf(rows(0, 100), true);
    const most = newestRows + 3 * chunkRows;
    for (let count = 101; count < 1_000; count++) {
      const inPageNow = inPage(partition.partsOf(rows(0, count), true)).length;
      expect(inPageNow).toBeGreaterThanOrEqual(newestRows);
      expect(inPageNow).toBeLessThanOrEqual(most);
    }
  });

  it('let no row leave the page while the reader is elsewhere, and then three chunks for each row', () => {
    const partition = new LogPartition();
    partition.partsOf(rows(0, 100), true);
    expect(inPage(partition.partsOf(rows(0, 400), false))).toHaveLength(400);
    expect(inPage(partition.partsOf(rows(0, 401), true))).toHaveLength(401 - 3 * chunkRows);
    expect(inPage(partition.partsOf(rows(0, 402), true))).toHaveLength(402 - 6 * chunkRows);
  });

  it('put earlier messages above those of the page', () => {
    const partition = new LogPartition();
    const before = partition.partsOf(rows(1_000, 1_100), true);
    const after = partition.partsOf(rows(800, 1_100), false);
    expect(after.newest).toEqual(before.newest);
    expect(after.newest.every((chunk, index) => chunk === before.newest[index])).toBe(true);
    expect(after.older).toEqual(rows(800, 1_000));
  });

  it('fill the page up to the newest rows when earlier messages of a short log come', () => {
    const partition = new LogPartition();
    partition.partsOf(rows(1_000, 1_050), true);
    const parts = partition.partsOf(rows(800, 1_050), false);
    expect(inPage(parts)).toEqual(rows(950, 1_050));
  });
});
