import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLabSpec, parseLabSpec, perfectLabSpec } from './lab-spec.ts';

describe('parseLabSpec', () => {
  it('reads every setting', () => {
    expect(parseLabSpec('loss=20,dup=10,reorder=5,corrupt=1,delay=5±3,seed=7')).toEqual({
      spec: {
        lossPercent: 20,
        duplicatePercent: 10,
        reorderPercent: 5,
        corruptPercent: 1,
        delayMs: 5,
        jitterMs: 3,
        seed: 7,
      },
    });
  });

  it('accepts fractions, spaces and +- for ±, and takes 0 for missing values', () => {
    expect(parseLabSpec('loss=0.5, delay=10+-2.5')).toEqual({
      spec: { ...perfectLabSpec, lossPercent: 0.5, delayMs: 10, jitterMs: 2.5 },
    });
  });

  const refused: [string, RegExp][] = [
    ['', /not one of/],
    ['lag=3', /"lag" is not one of/],
    ['loss', /percentage/],
    ['loss=101', /percentage/],
    ['loss=-1', /percentage/],
    ['dup=1e3', /percentage/],
    ['delay=5±', /milliseconds/],
    ['delay=1±2±3', /milliseconds/],
    ['delay=70000', /milliseconds/],
    ['seed=1.5', /whole number/],
    ['loss=1,loss=2', /given twice/],
  ];
  for (const [text, reason] of refused) {
    it(`refuses "${text}" and says why`, () => {
      const result = parseLabSpec(text);
      expect('error' in result ? result.error : '').toMatch(reason);
    });
  }

  it('reads what formatLabSpec writes', () => {
    const percent = fc.integer({ min: 0, max: 1000 }).map((tenths) => tenths / 10);
    const spec = fc.record({
      lossPercent: percent,
      duplicatePercent: percent,
      reorderPercent: percent,
      corruptPercent: percent,
      delayMs: fc.nat(1000),
      jitterMs: fc.nat(1000),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(spec, (one) => {
        expect(parseLabSpec(formatLabSpec(one))).toEqual({ spec: one });
      }),
    );
  });

  it('never throws for any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseLabSpec(text)).toBeTypeOf('object');
      }),
    );
  });
});
