import { classOf, isBlankBit, lineEdge } from './characters.ts';

/**
 * A text with a counter of the work that is done on it. Each turn of each loop of the tokenizer is one step, so that a
 * test can prove that the work is linear (docs/MESSAGE-TEXT.md, "Cost").
 */
export interface Scan {
  readonly text: string;
  steps: number;
}

/** One line of a text: `[start, end)` are its characters, `[end, next)` its line end, or nothing. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** Returns the class of the character that begins at `at`, or of the line's end. */
export function classAt({ text }: Scan, at: number, end: number): number {
  return at < end ? classOf(text.codePointAt(at) ?? 0) : lineEdge;
}

/** Returns the class of the character that ends at `at`, or of the line's start. */
export function classBefore(scan: Scan, at: number, start: number): number {
  if (at <= start) return lineEdge;
  return classOf(scan.text.codePointAt(at - unitsBefore(scan, at, start)) ?? 0);
}

/** Returns the length in UTF-16 units of the character that ends at `at`. */
export function unitsBefore({ text }: Scan, at: number, start: number): number {
  const isPair =
    (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00 &&
    at - 2 >= start &&
    (text.charCodeAt(at - 2) & 0xfc00) === 0xd800;
  return isPair ? 2 : 1;
}

/** Returns the length in UTF-16 units of the character at `at`. */
export function unitsAt({ text }: Scan, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** Returns for each line what `make` makes of it. */
export function splitLines<Made>(scan: Scan, make: (scan: Scan, line: LineRange) => Made): Made[] {
  const { text } = scan;
  const lines: Made[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    scan.steps++;
    const code = text.charCodeAt(at);
    if (!isLineEnd(code)) continue;
    const end = at;
    if (code === 0x0d && text.charCodeAt(at + 1) === 0x0a) at++;
    lines.push(make(scan, { start, end, next: at + 1 }));
    start = at + 1;
  }
  if (start < text.length) lines.push(make(scan, { start, end: text.length, next: text.length }));
  return lines;
}

/**
 * LF, VT, FF, CR, NEL, U+2028 and U+2029 (Unicode section 5.8). Word processors and chats paste the last two. A browser draws
 * them, and FF, as nothing at all: the words on both sides would touch.
 */
function isLineEnd(code: number): boolean {
  return (code >= 0x0a && code <= 0x0d) || code === 0x85 || code === 0x2028 || code === 0x2029;
}

/** Whether `[from, to)` holds a character that can be seen. Stops at the first one. */
export function hasVisible(scan: Scan, from: number, to: number): boolean {
  for (let at = from; at < to; at += unitsAt(scan, at)) {
    scan.steps++;
    if ((classAt(scan, at, to) & isBlankBit) === 0) return true;
  }
  return false;
}
