/**
 * The classes of characters that decide what a message shows (docs/MESSAGE-TEXT.md, "Characters"). They come from the
 * Unicode properties of the JavaScript engine.
 */

/** Shows nothing: white space, controls, format characters, and two letters that are drawn as nothing. */
export const isBlankBit = 1;
/** A letter, a digit or a combining mark. */
export const isWordBit = 2;
/** A letter or mark of a script that writes words without spaces between them. */
export const isUnspacedBit = 4;
/** Emphasis may open after this character. */
export const mayPrecedeOpenerBit = 8;
/** Emphasis may open before this character. */
export const mayFollowOpenerBit = 16;
/** Emphasis may close after this character. */
export const mayPrecedeCloserBit = 32;
/** Emphasis may close before this character. */
export const mayFollowCloserBit = 64;
/** Emphasis may close before this character if only such characters stand between it and the end of the word. */
export const isClosingBit = 128;
/** Emphasis may open after this character if only such characters stand between it and the start of the word. */
export const isOpeningBit = 256;
/** May stand in the path of an address. */
export const isPathBit = 512;
/** A letter of a script in which words, or the particles of words, follow a Latin word without a space. */
export const mayFollowLatinBit = 2_048;

/** The class of the start and of the end of a line. */
export const lineEdge = isBlankBit | mayPrecedeOpenerBit | mayFollowCloserBit;

/** Whether a text shows nothing at all. Such a message is refused with `message-empty`. */
export function isBlank(text: string): boolean {
  return !visible.test(text);
}

/** Returns where the first character stands that can be seen, or 0 without one. */
export function firstVisible(text: string): number {
  return Math.max(0, text.search(visible));
}

/** Returns the bits of one code point. */
export function classOf(codePoint: number): number {
  if (codePoint >= classes.length) return computeClass(String.fromCodePoint(codePoint));
  const known = classes[codePoint] ?? 0;
  if (known !== 0) return known;
  const bits = computeClass(String.fromCodePoint(codePoint)) | isKnownBit;
  classes[codePoint] = bits;
  return bits;
}

const isKnownBit = 1_024;
/** The classes of the code points below U+30000 that were asked for: a pattern costs 20 times as much as a look-up. */
const classes = new Uint16Array(0x3_0000);

/**
 * Characters without a picture of their own that Unicode does not call default-ignorable: the Tifinagh, Brahmi and Khitan
 * joiners, the blank Braille pattern, the object replacement character, blank hieroglyphs and the control that mirrors
 * them, the Duployan selector, and the musical note without a head. For a class of a pattern with the flag v or u.
 */
export const withoutPicture = String.raw`\u2800\u2D7F\uFFFC\u{1107F}\u{13440}-\u{13442}\u{16FE4}\u{1BC9D}\u{1D159}`;

const visible = new RegExp(
  // eslint-disable-next-line no-misleading-character-class -- each of these characters is meant by itself
  String.raw`[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}${withoutPicture}]`,
  'u',
);

/** The sign for a long vowel belongs to Hiragana and Katakana only by its script extensions. */
const unspacedLetter =
  /(?=\p{L})[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Yi}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}\p{scx=Tibetan}]/u;
/** Most Thai words end with such a mark. */
const unspacedMark = /(?=\p{M})[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Tibetan}\u3099\u309A]/u;
/** Korean has spaces between words, but its particles follow a word without one. */
const hangulLetter = /(?=\p{L})\p{sc=Hangul}/u;
/** Punctuation of East Asia, which has no spaces around it. */
const unspacedPunctuation = /(?=\p{P})[\u3001-\u303F\u30FB\uFF01-\uFF65]/u;
/** People write emoji right beside a word. U+20E3 ends a keycap. */
const emoji = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u20E3]/u;

const asciiPath = /[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]/;
const otherPath = /(?![\uFF10-\uFF19])[\p{L}\p{M}\p{Nd}]/u;

/**
 * Punctuation outside of ASCII that is neither bracket, quotation mark, dash nor East Asian: the comma of Arabic, the danda of
 * Hindi, the ellipsis. No program and no path has it beside a star. So it stands wherever `.` or `"` may.
 */
const otherPunctuation = String.raw`[\p{P}--[\u0000-\u007F\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Pd}\u3001-\u303F\u30FB\uFF01-\uFF65]]`;
/** Of these, those that end no sentence or part of one, as `¿` and `§`. */
const startPunctuation = String.raw`[${otherPunctuation}--\p{Terminal_Punctuation}]`;
/** Languages disagree which quotation marks open and which close: „German“, »German« and ”Swedish”. */
const quotationMarks = String.raw`\p{Pi}\p{Pf}"'`;
const dash = String.raw`[\p{Pd}--\-]`;

/** Each bit with the characters that have it. They are the table in docs/MESSAGE-TEXT.md, "Characters". */
const patterns: readonly (readonly [bit: number, pattern: RegExp])[] = [
  [isWordBit, /[\p{L}\p{N}\p{M}]/u],
  [mayPrecedeOpenerBit | mayFollowCloserBit, new RegExp(dash, 'v')],
  [mayPrecedeOpenerBit | mayFollowCloserBit, emoji],
  [isOpeningBit, new RegExp(String.raw`[\p{Ps}${quotationMarks}${startPunctuation}]`, 'v')],
  [
    mayFollowOpenerBit,
    new RegExp(String.raw`[\p{L}\p{N}\p{S}\p{Ps}${quotationMarks}${startPunctuation}${dash}#@\&]`, 'v'),
  ],
  [
    mayPrecedeCloserBit,
    new RegExp(
      String.raw`[\p{L}\p{N}\p{M}\p{S}\p{Pe}${quotationMarks}${otherPunctuation}${dash}.,!?:;%#]`,
      'v',
    ),
  ],
  [isClosingBit, new RegExp(String.raw`[\p{Pe}${quotationMarks}${otherPunctuation}.,!?:;]`, 'v')],
  [isUnspacedBit | mayPrecedeOpenerBit | mayFollowCloserBit | mayFollowLatinBit, unspacedLetter],
  [isUnspacedBit | mayPrecedeOpenerBit, unspacedMark],
  [mayFollowCloserBit | mayFollowLatinBit, hangulLetter],
  [mayPrecedeOpenerBit | mayPrecedeCloserBit | mayFollowCloserBit, unspacedPunctuation],
];

function computeClass(character: string): number {
  if (isBlank(character)) {
    // Joiners and variation selectors belong to the character before them. Spaces and controls do not.
    const joins = /[\p{White_Space}\p{Cc}]/u.test(character) ? 0 : mayPrecedeCloserBit;
    return isBlankBit | mayPrecedeOpenerBit | mayFollowCloserBit | joins;
  }
  let bits = 0;
  for (const [bit, pattern] of patterns) if (pattern.test(character)) bits |= bit;
  const touchesLatin = (bits & (isUnspacedBit | mayFollowLatinBit)) !== 0;
  const isPath =
    character < '\u0080' ? asciiPath.test(character) : otherPath.test(character) && !touchesLatin;
  return isPath ? bits | isPathBit : bits;
}
