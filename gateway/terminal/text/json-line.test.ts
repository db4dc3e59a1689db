import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonLine } from './json-line.ts';

it('is one line for every reader, and harmless for a terminal', () => {
  expect(jsonLine({ text: 'a\u2028b\u2029c\u0085d\u007fe\u009b2Jf\ng' })).toBe(
    String.raw`{"text":"a\u2028b\u2029c\u0085d\u007fe\u009b2Jf\ng"}`,
  );
});

it('has the same value for every parser, and never a character that ends a line', () => {
  const text = fc.string({
    unit: fc.integer({ min: 0, max: 0x2100 }).map((code) => String.fromCharCode(code)),
  });
  fc.assert(
    fc.property(text, (each) => {
      const line = jsonLine({ [each]: each });
      expect(JSON.parse(line)).toEqual({ [each]: each });
      expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    }),
  );
});
