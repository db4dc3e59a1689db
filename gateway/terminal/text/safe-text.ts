/**
 * Text of other people, made harmless for a terminal. An escape sequence could recolour, overwrite or answer for
 * the person who reads; a bidirectional override could show words in another order than they were written.
 */

/** On one line: for nicknames, sentences and the like. */
export function safeLine(text: string): string {
  return safeText(text).replaceAll('\n', '␊').replaceAll('\t', ' ');
}

/**
 * A message below its head. Lines after the first are indented as deep as `[14:03] `, so that no message can
 * pretend to be two messages of two people.
 */
export function safeMessage(text: string): string {
  return safeText(text).replaceAll('\n', `\n${' '.repeat(8)}`);
}

function safeText(text: string): string {
  return text
    .replaceAll(/\r\n|[\u2028\u2029]/gu, '\n')
    .replaceAll(controlCharacters, (character) => controlPicture(character.codePointAt(0) ?? 0))
    .replaceAll(directionOverrides, '\uFFFD');
}

/** C0 without tab and newline, DEL, C1 (among them CSI, U+009B, which begins sequences just as ESC [ does). */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const controlCharacters = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/gu;

/** Embeddings, overrides and isolates (UAX #9); plain right-to-left text needs none of them. */
const directionOverrides = /[\u202A-\u202E\u2066-\u2069]/gu;

/** The visible sign of a control character: U+2400 onwards for C0 and DEL; C1 has none. */
function controlPicture(codePoint: number): string {
  if (codePoint < 0x20) return String.fromCodePoint(0x2400 + codePoint);
  return codePoint === 0x7f ? '␡' : '\uFFFD';
}
