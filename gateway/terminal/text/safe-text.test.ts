import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeLine, safeMessage } from './safe-text.ts';

describe('safeLine and safeMessage', () => {
  it('show an escape sequence instead of passing it to the terminal', () => {
    expect(safeMessage('\u001b[2Jhi\u0007')).toBe('␛[2Jhi␇');
    expect(safeMessage('\u009b31mred')).toBe('\uFFFD31mred');
    expect(safeMessage('\u007f\b')).toBe('␡␈');
  });

  it('keep tabs, letters of every script and emoji', () => {
    expect(safeMessage('a\tb שלום 👩‍🚀 é')).toBe('a\tb שלום 👩‍🚀 é');
  });

  it('indent further lines, so that a message cannot imitate another one', () => {
    expect(safeMessage('one\n[14:03] alice: two\r\nthree\u2028four')).toBe(
      'one\n        [14:03] alice: two\n        three\n        four',
    );
  });

  it('show a lone carriage return, which would overwrite the head of the line', () => {
    expect(safeMessage('x\r[14:03] alice: y')).toBe('x␍[14:03] alice: y');
  });

  it('replace direction overrides with a visible sign', () => {
    expect(safeLine('a\u202ecba')).toBe('a\uFFFDcba');
  });

  it('keep one line on one line', () => {
    expect(safeLine('a\nb\tc')).toBe('a␊b c');
  });

  it('leave no control character in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(safeMessage(text)).not.toMatch(/[^\P{Cc}\t\n]/u);
        expect(safeLine(text)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});
