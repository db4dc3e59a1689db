import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadlines } from './deadlines.ts';

describe('Deadlines', () => {
  it('returns due items in the order of time, and equal times in the order of setting', () => {
    const deadlines = new Deadlines<string>();
    deadlines.set('late', 30);
    deadlines.set('first', 10);
    deadlines.set('second', 10);
    deadlines.set('moved', 5);
    deadlines.set('moved', 20);
    deadlines.set('gone', 1);
    deadlines.delete('gone');
    expect(deadlines.earliest()).toBe(10);
    expect(deadlines.takeDue(9)).toBeUndefined();
    const taken = [
      deadlines.takeDue(25),
      deadlines.takeDue(25),
      deadlines.takeDue(25),
      deadlines.takeDue(25),
    ];
    expect(taken).toEqual(['first', 'second', 'moved', undefined]);
    expect(deadlines.earliest()).toBe(30);
  });

  it('agrees with a sorted list after any changes', () => {
    const step = fc.record({ item: fc.nat(20), atMs: fc.option(fc.nat(50), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const deadlines = new Deadlines<number>();
        const model = new Map<number, number>();
        for (const { item, atMs } of steps) {
          deadlines.set(item, atMs);
          if (atMs === undefined) model.delete(item);
          else model.set(item, atMs);
          expect(deadlines.size).toBe(model.size);
          expect(deadlines.earliest()).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
        }
        const times: number[] = [];
        for (const item of deadlines.takeAllDue(50)) {
          times.push(model.get(item) ?? -1);
          model.delete(item);
        }
        expect(times).toEqual([...times].sort((one, other) => one - other));
        expect(model.size).toBe(0);
      }),
    );
  });
});
