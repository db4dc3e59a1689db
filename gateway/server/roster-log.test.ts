import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerKey } from '../../shared/ids.ts';
import { sampleKey } from '../store/sample.ts';
import { RosterLog } from './roster-log.ts';

const [ann, ben, cat] = [sampleKey(1), sampleKey(2), sampleKey(3)];

describe('the roster log', () => {
  it('lists what a subscriber lacks, each row once, at its newest version', () => {
    const log = new RosterLog([], 0);
    for (const key of [ann, ben, ann, cat]) log.touch(key);
    expect(log.since(0, 10)).toEqual({ keys: [ben, ann, cat], to: 4, last: true });
    expect(log.since(1, 10)).toEqual({ keys: [ben, ann, cat], to: 4, last: true });
    expect(log.since(3, 10)).toEqual({ keys: [cat], to: 4, last: true });
    expect(log.since(4, 10)).toEqual({ keys: [], to: 4, last: true });
  });

  it('cuts a long delta into chunks that follow on each other, even when rows change in between', () => {
    const log = new RosterLog([], 0);
    for (const key of [ann, ben, cat]) log.touch(key);
    expect(log.since(0, 2)).toEqual({ keys: [ann, ben], to: 2, last: false });
    log.touch(ann);
    expect(log.since(2, 2)).toEqual({ keys: [cat, ann], to: 4, last: true });
  });

  it('continues from the versions on disk, and never gives a version twice', () => {
    const rows = [
      { key: ben, version: 9 },
      { key: ann, version: 4 },
    ];
    const log = new RosterLog(rows, 12);
    expect(log.since(0, 10)).toEqual({ keys: [ann, ben], to: 12, last: true });
    expect([log.versionOf(ann), log.versionOf(cat), log.touch(cat)]).toEqual([4, 0, 13]);
  });

  it('brings every subscriber to the same table, whatever changes and however often it reads', () => {
    const steps = fc.array(
      fc.record({ row: fc.nat(9), subscriber: fc.nat(4), rowsMax: fc.integer({ min: 1, max: 5 }) }),
      { maxLength: 400 },
    );
    fc.assert(
      fc.property(steps, (taken) => {
        const log = new RosterLog([], 0);
        const truth = new Map<PeerKey, number>();
        const subscribers = Array.from({ length: 5 }, () => ({
          version: 0,
          rows: new Map<PeerKey, number>(),
        }));
        const read = (subscriber: (typeof subscribers)[number], rowsMax: number): boolean => {
          const { keys, to, last } = log.since(subscriber.version, rowsMax);
          for (const key of keys) subscriber.rows.set(key, truth.get(key)!);
          subscriber.version = to;
          return last;
        };
        taken.forEach(({ row, subscriber, rowsMax }, step) => {
          truth.set(sampleKey(row), step);
          log.touch(sampleKey(row));
          read(subscribers[subscriber]!, rowsMax);
        });
        for (const subscriber of subscribers) {
          while (!read(subscriber, 3));
          expect(subscriber.rows).toEqual(truth);
        }
      }),
    );
  });

  it('stays as small as the table, however often its rows change', () => {
    const log = new RosterLog([], 0);
    for (let change = 0; change < 200_000; change++) log.touch(sampleKey(change % 10));
    expect(log.since(0, 100)).toMatchObject({ to: 200_000, last: true });
    expect(log.since(0, 100).keys).toHaveLength(10);
    expect(log.entryCount).toBeLessThan(100);
  });
});
