/**
 * Returns the value as one line of JSON. Some readers end a line at more characters than the line feed: Python at U+0085,
 * U+2028 and U+2029, Node's readline at the last two. DEL and C1 are commands to a terminal. All of them come from the
 * texts of other users, and JSON can write each as an escape.
 */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replaceAll(
    /[\u007F-\u009F\u2028\u2029]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
