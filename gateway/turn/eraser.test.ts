import { expect, it } from 'vitest';
import { Eraser } from './eraser.ts';
import type { JobDone } from './pending-jobs.ts';

it('an eraser collects removals for 5 s, erases them together, and tries again when the disk is busy', () => {
  const jobs: JobDone<'erase'>[] = [];
  const eraser = new Eraser({
    runJob: (_: unknown, done: unknown) => void jobs.push(done as JobDone<'erase'>),
  });
  const at = (monotonicMs: number) => ({ monotonicMs, wallMs: 0 });
  expect(eraser.pollTimeout()).toBeUndefined();
  eraser.eraseSoon(at(1_000));
  eraser.eraseSoon(at(4_000));
  expect(eraser.pollTimeout()).toBe(6_000);
  eraser.handleTimeout(at(5_999));
  expect(jobs).toHaveLength(0);
  eraser.handleTimeout(at(6_000));
  expect([jobs.length, eraser.pollTimeout()]).toEqual([1, undefined]);
  jobs[0]!(at(6_100), false);
  expect(eraser.pollTimeout()).toBe(11_100);
  eraser.handleTimeout(at(11_100));
  jobs[1]!(at(11_200), true);
  expect(eraser.pollTimeout()).toBeUndefined();
});
