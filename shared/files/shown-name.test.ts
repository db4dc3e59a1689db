import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shownFileName } from './shown-name.ts';

describe('the name of a file on the screen', () => {
  it.each([
    ['report (2).pdf', 'pdf'],
    ['Отчёт.pdf', 'pdf'],
    ['דוח.pdf', 'pdf'],
    ['علی‌رضا.pdf', 'pdf'],
    ['👩‍🚀 ❤️ ☺︎.png', 'png'],
    ['README', ''],
    ['Договор №5.Иванов', 'иванов'],
    ['archive.tar.gz', 'gz'],
  ])('is the name as it is, if nothing is wrong with it: %j', (name, extension) => {
    expect(shownFileName(name)).toEqual({ text: name, extension });
  });

  it.each([
    ['photo.jpg.exe', 'photo.jpg.exe', 'exe'],
    ['setup.MSI', 'setup.MSI', 'msi'],
    ['invoice\u202Efdp.exe', 'invoice[U+202E]fdp.exe', 'exe'],
    ['photo.jpg                        .exe', 'photo.jpg .exe', 'exe'],
    ['photo.exe. ', 'photo.exe.', 'exe'],
    ['photo.ex\u200Be', 'photo.ex[U+200B]e', 'exe'],
    ['photo.ex\u200De', 'photo.ex[U+200D]e', 'exe'],
    ['.command', '.command', 'command'],
    [
      'a.{00021401-0000-0000-C000-000000000046}',
      'a.{00021401-0000-0000-C000-000000000046}',
      '{00021401-0000-0000-c000-000000000046}',
    ],
  ])('says that a system runs such a file: %j', (name, text, extension) => {
    expect(shownFileName(name)).toEqual({ text, extension, warning: 'runs' });
  });

  it.each([
    'photo.ехе',
    'photo.рdf',
    'photo.ｅｘｅ',
    'photo.jpg․exe',
    'photo.jpg．pdf',
    'x.сοm',
    'x.vbſ',
    'x.ЕХЕ',
  ])('says that the extension only looks like a known one: %j', (name) => {
    expect(shownFileName(name).warning).toBe('look-alike-extension');
  });

  it.each([
    ['a\u2066b.pdf', 'a[U+2066]b.pdf'],
    ['\u200Fa.pdf', '[U+200F]a.pdf'],
    ['a\u00ADb.pdf', 'a[U+00AD]b.pdf'],
    ['a\nb\0.pdf', 'a[U+000A]b[U+0000].pdf'],
    ['a\u{E0041}.pdf', 'a[U+E0041].pdf'],
    ['a\u200Db.pdf', 'a[U+200D]b.pdf'],
  ])('shows the numbers of hidden characters: %j', (name, text) => {
    expect(shownFileName(name)).toEqual({ text, extension: 'pdf', warning: 'hidden-characters' });
  });

  it('never shows a character that hides or reorders others, and is bounded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (name) => {
        const { text } = shownFileName(name);
        expect(text).not.toMatch(/\p{Bidi_Control}|\p{Cc}/u);
        expect(text.length).toBeLessThanOrEqual(1_024 * 8);
      }),
    );
  });
});
