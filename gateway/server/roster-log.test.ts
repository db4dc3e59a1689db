import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerKey } from '../../shared/ids.ts';
import { sampleKey } from '../store/sample.ts';
import { RosterLog } from './roster-log.ts';

const [ann, ben, cat] = [sampleKey(1), sampleKey(2), sampleKey(3)];

describe('the roster log', () => {
  it('tells what somebody lacks, each row once, with the newest version', () => {
    const log = new RosterLog([], 0);
    for (const key of [ann, ben, ann, cat]) log.touch(key);
    expect(log.since(0, 10)).toEqual({ keys: [ben, ann, cat], to: 4, last: true });
    expect(log.since(1, 10)).toEqual({ keys: [ben, ann, cat], to: 4, last: true });
    expect(log.since(3, 10)).toEqual({ keys: [cat], to: 4, last: true });
    expect(log.since(4, 10)).toEqual({ keys: [], to: 4, last: true });
  });

  it('cuts what is long into pieces that follow on each other, also when rows change in between', () => {
    const log = new RosterLog([], 0);
    for (const key of [ann, ben, cat]) log.touch(key);
    expect(log.since(0, 2)).toEqual({ keys: [ann, ben], to: 2, last: false });
    log.touch(ann);
    expect(log.since(2, 2)).toEqual({ keys: [cat, ann], to: 4, last: true });
  });

  it('goes on from what is on disk, and never gives a version twice', () => {
    const log = new RosterLog(
      [
        { key: ben, version: 9 },
        { key: ann, version: 4 },
      ],
      12,
    );
    expect(log.since(0, 10)).toEqual({ keys: [ann, ben], to: 12, last: true });
    expect([log.versionOf(ann), log.versionOf(cat), log.touch(cat)]).toEqual([4, 0, 13]);
  });

  it('brings everybody to the same table, whatever changes when and however often they look', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ who: fc.nat(9), reader: fc.nat(4), pieceMax: fc.integer({ min: 1, max: 5 }) }), {
          maxLength: 400,
        }),
        (steps) => {
          const log = new RosterLog([], 0);
          const truth = new Map<PeerKey, number>();
          const readers = Array.from({ length: 5 }, () => ({ version: 0, rows: new Map<PeerKey, number>() }));
          const read = (reader: (typeof readers)[number], pieceMax: number): boolean => {
            const { keys, to, last } = log.since(reader.version, pieceMax);
            for (const key of keys) reader.rows.set(key, truth.get(key)!);
            reader.version = to;
            return last;
          };
          steps.forEach(({ who, reader, pieceMax }, step) => {
            truth.set(sampleKey(who), step);
            log.touch(sampleKey(who));
            read(readers[reader]!, pieceMax);
          });
          for (const reader of readers) {
            while (!read(reader, 3));
            expect(reader.rows).toEqual(truth);
          }
        },
      ),
    );
  });

  it('keeps no more of the past than the table is large', () => {
    const log = new RosterLog([], 0);
    const startMs = performance.now();
    for (let round = 0; round < 200_000; round++) log.touch(sampleKey(round % 10));
    expect(log.since(0, 100)).toMatchObject({ to: 200_000, last: true });
    expect(log.since(0, 100).keys).toHaveLength(10);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});
