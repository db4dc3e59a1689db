/**
 * The classes of characters that decide what a message shows (docs/MESSAGE-TEXT.md, "Characters"). They come from the
 * Unicode properties of the JavaScript engine.
 */

/** Shows nothing: white space, controls, format characters, and two letters that are drawn as nothing. */
export const isBlankBit = 1;
/** A letter, a digit or a combining mark. */
export const isWordBit = 2;
/** A letter of a script that writes words without spaces between them. */
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

/** The class of the start and of the end of a line. */
export const lineEdge = isBlankBit | mayPrecedeOpenerBit | mayFollowCloserBit;

/** Whether a text shows nothing at all. Such a message is refused with `message-empty`. */
export function isBlank(text: string): boolean {
  return !visible.test(text);
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

const visible = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\u2800\u3164]/u;

const unspacedLetter =
  /(?=\p{L})[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u;
/** Punctuation of East Asia, which has no spaces around it. */
const unspacedPunctuation = /(?=\p{P})[\u3001-\u303F\uFF01-\uFF65]/u;

const asciiPath = /[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]/;
const otherPath = /(?=\p{L})[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]|[\u0300-\u036F]/u;

/** Each bit with its pattern. They are the table in docs/MESSAGE-TEXT.md, "Characters". */
const patterns: readonly (readonly [bit: number, pattern: RegExp])[] = [
  [isWordBit, /[\p{L}\p{N}\p{M}]/u],
  [mayPrecedeOpenerBit, /(?!-)\p{Pd}/u],
  [isOpeningBit, /[\p{Ps}\p{Pi}"'¿¡]/u],
  [mayFollowOpenerBit, /[\p{L}\p{N}\p{S}\p{Ps}\p{Pi}"'#@&¿¡]/u],
  [mayPrecedeCloserBit, /[\p{L}\p{N}\p{M}\p{S}\p{Pe}\p{Pf}"'.,!?:;%…]/u],
  [mayFollowCloserBit, /(?!-)\p{Pd}/u],
  [isClosingBit, /[\p{Pe}\p{Pf}"'.,!?:;…]/u],
];

function computeClass(character: string): number {
  if (isBlank(character)) {
    // Joiners and variation selectors belong to the character before them. Spaces and controls do not.
    const joins = /[\p{White_Space}\p{Cc}]/u.test(character) ? 0 : mayPrecedeCloserBit;
    return isBlankBit | mayPrecedeOpenerBit | mayFollowCloserBit | joins;
  }
  let bits = 0;
  for (const [bit, pattern] of patterns) if (pattern.test(character)) bits |= bit;
  if (unspacedLetter.test(character)) bits |= isUnspacedBit | mayPrecedeOpenerBit | mayFollowCloserBit;
  if (unspacedPunctuation.test(character))
    bits |= mayPrecedeOpenerBit | mayPrecedeCloserBit | mayFollowCloserBit;
  if ((character < '\u0080' ? asciiPath : otherPath).test(character)) bits |= isPathBit;
  return bits;
}
