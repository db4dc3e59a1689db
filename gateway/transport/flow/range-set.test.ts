import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RangeSet } from './range-set.ts';

describe('RangeSet', () => {
  it('behaves like a set of all its numbers', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.tuple(fc.constant('add'), fc.nat(60), fc.integer({ min: 1, max: 8 })) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('removeBelow'), fc.nat(60), fc.constant(0)) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const ranges = new RangeSet();
        let model = new Set<number>();
        for (const [kind, start, length] of steps) {
          if (kind === 'removeBelow') {
            ranges.removeBelow(start);
            model = new Set([...model].filter((number) => number >= start));
            continue;
          }
          const before = model.size;
          for (let number = start; number < start + length; number++) model.add(number);
          expect(ranges.add(start, start + length)).toBe(model.size - before);
          expect(ranges.covers(start, start + length)).toBe(true);
        }
        const held: number[] = [];
        for (let place = 0; place < ranges.rangeCount; place++) {
          const { start, end } = ranges.fromTop(place);
          for (let number = end - 1; number >= start; number--) held.push(number);
        }
        expect(held).toEqual([...model].sort((one, other) => other - one));
        for (let number = 0; number < 70; number++) {
          expect(ranges.covers(number, number + 1)).toBe(model.has(number));
          expect(ranges.covers(number, number + 2)).toBe(model.has(number) && model.has(number + 1));
        }
        // Never two ranges that touch: as few as can be.
        const edges = [...model].filter((number) => !model.has(number - 1));
        expect(ranges.rangeCount).toBe(edges.length);
      }),
      { numRuns: 300 },
    );
  });

  it('removes its lowest range', () => {
    const ranges = new RangeSet();
    for (const start of [10, 30, 20]) ranges.add(start, start + 1);
    ranges.removeLowest();
    expect(ranges.covers(10, 11)).toBe(false);
    expect([ranges.rangeCount, ranges.fromTop(0).start, ranges.fromTop(1).start]).toEqual([2, 30, 20]);
  });
});
