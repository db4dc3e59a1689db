/**
 * Makes text of other users harmless for a terminal. An escape sequence could recolour or overwrite the screen, or type
 * for the reader. A bidirectional override could show words in a different order than they were written.
 */

/** Returns the text on one line, for nicknames and sentences. */
export function safeLine(text: string): string {
  return safeText(text).replaceAll('\n', '␊').replaceAll('\t', ' ');
}

/**
 * Returns the text of a message. Later lines are indented as deep as `[14:03] `, so that no message can look like two
 * messages from two people.
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

/** C0 without tab and newline, DEL and C1. C1 contains CSI (U+009B), which begins sequences like ESC [. */
// eslint-disable-next-line no-control-regex -- the pattern has to match them
const controlCharacters = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/gu;

/** Embeddings, overrides and isolates (UAX #9). Plain right-to-left text needs none of them. */
const directionOverrides = /[\u202A-\u202E\u2066-\u2069]/gu;

/** Returns the visible sign of a control character: U+2400 onwards for C0 and DEL. C1 has no signs. */
function controlPicture(codePoint: number): string {
  if (codePoint < 0x20) return String.fromCodePoint(0x2400 + codePoint);
  return codePoint === 0x7f ? '␡' : '\uFFFD';
}
