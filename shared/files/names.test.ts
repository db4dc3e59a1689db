import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkFileName,
  extensionOf,
  fileNameCandidates,
  fileNameKey,
  FolderNames,
  safeEntryName,
  safeFileName,
} from './names.ts';

const dangerousCharacters = Array.from(
  'aZé. -_/\\:*?"<>|\0\n\t\u007F\u0085\u00A0\u200B\u200D\uFE0F\u202E\u2066\u2028\uFEFF\u00AD\uD800\u0301K\u3164漢',
);
const dangerousParts = 'CON nul com1 lpt¹ .tar .exe ёж אב 👩‍🚀 .. 1️⃣ (2)'.split(' ');

/** Texts of what makes names dangerous, and any texts. */
const names = fc.oneof(
  fc.string({
    unit: fc.constantFrom(...dangerousCharacters, ...dangerousParts),
    maxLength: 40,
  }),
  fc.string({ unit: 'binary', maxLength: 600 }),
  fc.string({ unit: fc.constantFrom('ΐ', '각', '.', 'a', '𝅘𝅥', ' '), minLength: 80, maxLength: 400 }),
);

describe('a name that a message carries', () => {
  it.each([
    'a',
    'report (2).pdf',
    '.gitignore',
    'CON',
    'a:b',
    '-rf',
    'invoice\u202Efdp.exe',
    '...',
    ' ',
    'é'.repeat(127),
  ])('is taken as data: %j', (name) => {
    expect(checkFileName(name)).toBe('ok');
  });

  it.each([
    ['', 'file-name-empty'],
    ['a'.repeat(256), 'file-name-too-long'],
    ['é'.repeat(128), 'file-name-too-long'],
    ['/etc/passwd', 'file-name-not-allowed'],
    ['a\\b', 'file-name-not-allowed'],
    ['.', 'file-name-not-allowed'],
    ['..', 'file-name-not-allowed'],
    ['a\nb', 'file-name-not-allowed'],
    ['a\u0085', 'file-name-not-allowed'],
    ['\uD800', 'file-name-not-allowed'],
  ] as const)('is refused if it is a path, has controls or does not fit: %j', (name, refusal) => {
    expect(checkFileName(name)).toBe(refusal);
  });
});

describe('a safe name', () => {
  it.each([
    ['report (2).pdf', 'report (2).pdf'],
    ['../../etc/passwd', '_._.._etc_passwd'],
    ['a \u200D b', 'a b'],
    ['..', 'file'],
    ['', 'file'],
    [' \u202E ', 'file'],
    ['.bashrc', '_bashrc'],
    ['-rf', '_rf'],
    ['a.exe. . ', 'a.exe'],
    ['CON', '_CON'],
    ['nul.tar.gz', '_nul.tar.gz'],
    ['com¹ .txt', '_com¹ .txt'],
    ['console.log', 'console.log'],
    ['a.txt:hidden.exe', 'a.txt_hidden.exe'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['photo.e\u200Dxe', 'photo.exe'],
    ['\uFE0F.git', '_git'],
    ['photo.jpg            .exe', 'photo.jpg .exe'],
    ['cafe\u0301.txt', 'café.txt'],
    ['👩‍🚀 und ❤️.png', '👩‍🚀 und ❤️.png'],
    ['علی‌رضا.pdf', 'علی‌رضا.pdf'],
  ])('of %j is %j', (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });

  it('keeps the leading dot of an entry of a folder, but no dash', () => {
    expect(safeEntryName('.gitignore')).toBe('.gitignore');
    expect(safeEntryName('..')).toBe('file');
    expect(safeEntryName('.\u202E.')).toBe('file');
    expect(safeEntryName('--help')).toBe('_-help');
  });

  it('keeps the extension of a name that is too long', () => {
    expect(safeFileName(`${'é'.repeat(400)}.tar.gz`)).toMatch(/^é{124}\.tar\.gz$/);
    expect(safeFileName(`${'a'.repeat(100_000)}.exe`)).toMatch(/^a{251}\.exe$/);
  });

  it('is a name that every system takes, for any text', () => {
    fc.assert(
      fc.property(names, fc.constantFrom(safeFileName, safeEntryName), (name, safeOf) => {
        const safe = safeOf(name);
        expect(checkFileName(safe)).toBe('ok');
        expect(safe).toBe(safe.normalize('NFC'));
        expect(safe.normalize('NFD').length).toBeLessThanOrEqual(255);
        expect(safe).not.toMatch(/[:*?"<>|]|\p{Bidi_Control}|^[ -]|[ .]$|^\p{White_Space}/u);
        expect(safe).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d) *(\.|$)/i);
        if (safeOf === safeFileName) expect(safe.startsWith('.')).toBe(false);
      }),
    );
  });

  it('is its own safe name', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(safeFileName(safeFileName(name))).toBe(safeFileName(name));
        expect(safeEntryName(safeEntryName(name))).toBe(safeEntryName(name));
      }),
    );
  });
});

describe('the extension of a safe name', () => {
  it.each([
    ['a.tar.gz', 'gz'],
    ['Photo.JPG', 'jpg'],
    ['.exe', 'exe'],
    ['exe', ''],
    ['Mr. Smith', ''],
    ['1. a', ''],
  ])('of %j is %j', (name, extension) => {
    expect(extensionOf(name)).toBe(extension);
  });
});

describe('names of one folder', () => {
  it.each([
    ['Report.pdf', 'report.PDF'],
    ['café', 'cafe\u0301'],
    ['straße', 'STRASSE'],
    ['.git', '.g\u200Cit'],
  ])('are one file on some system: %j and %j', (one, other) => {
    expect(fileNameKey(one)).toBe(fileNameKey(other));
  });

  it('get numbers where they are equal', () => {
    const folder = new FolderNames();
    expect(
      ['a.txt', 'A.TXT', 'a (2).txt', 'a.txt', 'b', 'b', '.env', '.env'].map((name) => folder.take(name)),
    ).toEqual(['a.txt', 'A (2).TXT', 'a (2) (2).txt', 'a (3).txt', 'b', 'b (2)', '.env', '.env (2)']);
  });

  it('are all different and safe, whatever their names were', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(names, fc.constantFrom('a', 'A', 'a (2)', 'a (3)'))), (list) => {
        const folder = new FolderNames();
        const taken = list.map((name) => folder.take(name));
        expect(new Set(taken.map(fileNameKey)).size).toBe(list.length);
        for (const name of taken) expect(safeEntryName(name)).toBe(name);
      }),
    );
  });

  it('are found in bounded work, when thousands are equal', () => {
    const folder = new FolderNames();
    for (let count = 0; count < 10_000; count++) folder.take('x'.repeat(255));
    expect(folder.take('x'.repeat(255))).toBe(`${'x'.repeat(245)} (10001)`);
  });
});

describe('the candidates for the name of a saved file', () => {
  it('are few, different and safe', () => {
    fc.assert(
      fc.property(names, (name) => {
        const candidates = [...fileNameCandidates(name)];
        expect(candidates.length).toBeLessThanOrEqual(32);
        expect(new Set(candidates.map(fileNameKey)).size).toBe(candidates.length);
        for (const candidate of candidates) expect(safeFileName(candidate)).toBe(candidate);
      }),
    );
  });

  it('count from 2, and later in steps that double', () => {
    const candidates = [...fileNameCandidates('report.tar.gz')];
    expect(candidates.slice(0, 3)).toEqual(['report.tar.gz', 'report (2).tar.gz', 'report (3).tar.gz']);
    expect(candidates.slice(14, 18)).toEqual([
      'report (15).tar.gz',
      'report (16).tar.gz',
      'report (32).tar.gz',
      'report (64).tar.gz',
    ]);
  });
});
