import { expect, it } from 'vitest';
import { RecentCounts } from './recent-counts.ts';

it('recent events count for each key, and stop counting one by one', () => {
  const counts = new RecentCounts(10);
  for (const key of ['a', 'a', 'a', 'b']) counts.add(0, key);
  const at = (nowMs: number) => ['a', 'b', 'c'].map((key) => counts.count(nowMs, key));
  expect(at(0)).toEqual([3, 1, 0]);
  expect(at(10)).toEqual([2, 0, 0]);
  counts.add(15, 'a');
  expect(at(15)).toEqual([3, 0, 0]);
  expect(at(40)).toEqual([0, 0, 0]);
  counts.add(50, 'a');
  expect(at(50)).toEqual([1, 0, 0]);
});
