import { caseFolded } from '../case-folding.ts';
import { fileNameBytesMax } from '../limits.ts';
import { withoutPicture } from '../text/characters.ts';

/**
 * Names of files that another user chose. Such a name is data: it is shown by shown-name.ts, and no path is ever made of it.
 * Only the result of `safeFileName`, `safeEntryName` or `FolderNames` becomes the name of a file on a disk.
 */
export type FileNameRefusal = 'file-name-empty' | 'file-name-too-long' | 'file-name-not-allowed';

/**
 * Checks a name that a message or an index carries. The rule uses no property of Unicode that a later version could change, so
 * that all gateways agree. It takes names that can mislead, because the screen of the recipient tells so.
 */
export function checkFileName(name: string): 'ok' | FileNameRefusal {
  if (name === '') return 'file-name-empty';
  // One UTF-16 unit is at least one byte.
  if (name.length > fileNameBytesMax || utf8Length(name) > fileNameBytesMax) return 'file-name-too-long';
  if (!name.isWellFormed() || separatorOrControl.test(name)) return 'file-name-not-allowed';
  return name === '.' || name === '..' ? 'file-name-not-allowed' : 'ok';
}

// eslint-disable-next-line no-control-regex -- these are the characters that no name may have
const separatorOrControl = /[/\\\u0000-\u001F\u007F-\u009F]/;

/**
 * Returns a name that Linux, macOS and Windows take, near the given one, for a file that is saved where the user is. It does not
 * begin with a dot or a dash: a hidden file in a home folder can be a program's settings, and a dash makes an option of a name.
 */
export function safeFileName(name: string): string {
  return safeName(name, /^[.-]/);
}

/** Returns the safe name of an entry of a folder that was sent. It keeps a leading dot: the folder is new, and projects have such files. */
export function safeEntryName(name: string): string {
  return safeName(name, /^-/);
}

/**
 * Two names are one file on some system exactly if their keys are equal. macOS and Windows do not tell upper from lower case,
 * macOS also ignores how a letter is composed and which characters without a picture are between.
 */
export function fileNameKey(name: string): string {
  if (isAscii.test(name)) return name.toLowerCase();
  return caseFolded(bounded(name).normalize('NFD').replaceAll(ignorable, '')).normalize('NFC');
}

/**
 * Yields the safe name, then `report (2).pdf` to `report (16).pdf`, then numbers in steps that double. A search for a free
 * name on a disk ends after 32: a folder with thousands of such names must not make each further one cost as many look-ups.
 */
export function* fileNameCandidates(name: string): Generator<string> {
  const safe = safeFileName(name);
  yield safe;
  const numbered = numberedForm(safe);
  for (let number = 2; number < 2 ** 20; number += number < numberedInTurnMax ? 1 : number)
    yield numbered(number);
}

const numberedInTurnMax = 16;

/** The names of one new folder. Each gets a name that no other one has on any system. */
export class FolderNames {
  readonly #taken = new Set<string>();
  /** The next number of each name that was wanted twice. Without it, n equal names would cost n * n look-ups. */
  readonly #numbers = new Map<string, number>();

  /** Returns a safe name that is free, and takes it. */
  take(name: string): string {
    const safe = safeEntryName(name);
    const key = fileNameKey(safe);
    if (this.#takeKey(key)) return safe;
    const numbered = numberedForm(safe);
    for (let number = this.#numbers.get(key) ?? 2; ; number++) {
      const candidate = numbered(number);
      if (!this.#takeKey(fileNameKey(candidate))) continue;
      this.#numbers.set(key, number + 1);
      return candidate;
    }
  }

  #takeKey(key: string): boolean {
    if (this.#taken.has(key)) return false;
    this.#taken.add(key);
    return true;
  }
}

/**
 * Returns what follows the last dot of a safe name, in lower case, or nothing. A system decides by it how to open the file. Windows also
 * takes it where nothing is before the dot.
 */
export function extensionOf(safe: string): string {
  const end = safe.slice(safe.lastIndexOf('.') + 1);
  return end === safe || end.includes(' ') || end.length > extensionMax ? '' : end.toLowerCase();
}

function safeName(name: string, leading: RegExp): string {
  const plain = bounded(name)
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(invisible, '')
    .replaceAll(/\p{White_Space}/gu, ' ')
    .replaceAll(reserved, '_')
    .replaceAll(uselessJoiner, '')
    .replaceAll(/ {2,}/g, ' ')
    .normalize('NFC')
    .trimStart();
  const named = withoutEnd(plain).replace(leading, '_').replace(deviceName, '_$&');
  const { stem, extension } = split(named);
  const cut = withoutEnd(withinBytes(stem, extension));
  return cut === '' ? 'file' : cut;
}

/** What Windows or a separator of any system takes for itself. The colon is one on old macOS, and names a stream on Windows. */
// eslint-disable-next-line no-control-regex -- these are the characters that no system takes
const reserved = /[/\\:*?"<>|\u0000-\u0008\u000E-\u001F\u007F-\u0084\u0086-\u009F]/g;

/** Characters that show nothing and reorder others or hide between them. Joiners and selectors stay: emoji and whole scripts need them. */
const invisible = new RegExp(
  String.raw`[[\p{Default_Ignorable_Code_Point}\p{Cf}${withoutPicture}\uFFFD]--[\u200C\u200D\uFE0E\uFE0F]]`,
  'gv',
);
/** A joiner or selector between two characters of ASCII does nothing. It would make another extension of `exe`. */
const uselessJoiner = /(?<![^ -~])(?:[\u200C\u200D]|\uFE0E|\uFE0F)+(?![^ -~])/gu;
const ignorable = /\p{Default_Ignorable_Code_Point}/gu;

/** The devices of Windows, with any extension. The superscripts are digits for it. */
const deviceName =
  /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9\u00B9\u00B2\u00B3]) ?(?:\.|$)/i;

/** Windows removes dots and spaces at the end, so `a.exe.` would become `a.exe`. */
function withoutEnd(name: string): string {
  let end = name.length;
  while (end > 0 && (name[end - 1] === '.' || name[end - 1] === ' ')) end--;
  return name.slice(0, end);
}

/** Returns how the name looks with a number. It is cut so that any number fits. */
function numberedForm(safe: string): (number: number) => string {
  const { stem, extension } = split(safe);
  const longest = ` (${numberMax})${extension}`;
  const cut = withinBytes(stem.trimEnd(), longest).slice(0, -longest.length);
  return (number) => `${cut} (${number})${extension}`;
}

const numberMax = 9_999_999;

/** `archive.tar.gz` has an extension of two parts. A longer end does not count. */
function split(name: string): { readonly stem: string; readonly extension: string } {
  const found = extensionPattern.exec(name);
  if (found === null) return { stem: name, extension: '' };
  return { stem: name.slice(0, found.index), extension: found[0] };
}

/** The longest that a system knows are the 38 characters of a class identifier. */
const extensionMax = 40;
const extensionPattern = new RegExp(String.raw`(?<=.)(?:\.tar)?\.[^. ]{1,${extensionMax}}$`, 'su');

/** Shortens the stem by whole code points until the name fits every file system. */
function withinBytes(stem: string, end: string): string {
  if (fits(stem + end)) return stem + end;
  const characters = [...stem];
  let fitting = 0;
  let tooMany = characters.length;
  while (tooMany - fitting > 1) {
    const middle = (fitting + tooMany) >> 1;
    if (fits(characters.slice(0, middle).join('') + end)) fitting = middle;
    else tooMany = middle;
  }
  return characters.slice(0, fitting).join('').trimEnd() + end;
}

/** 255 bytes of UTF-8, and 255 units of UTF-16 after the decomposition that HFS+ makes. */
function fits(name: string): boolean {
  return utf8Length(name) <= fileNameBytesMax && name.normalize('NFD').length <= fileNameBytesMax;
}

/** Texts that are much longer than a name get little work. They keep their end, because the extension is there. */
export function bounded(text: string): string {
  return text.length > 1_024 ? text.slice(0, 512) + text.slice(-512) : text;
}

const isAscii = /^[ -~]{0,255}$/;
const encoder = new TextEncoder();

function utf8Length(text: string): number {
  return encoder.encode(text).length;
}
