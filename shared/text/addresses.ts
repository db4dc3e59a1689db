import { classAt, unitsAt, type Scan } from './scan.ts';
import { isPathBit, isWordBit, mayFollowLatinBit } from './characters.ts';

/**
 * Returns where the web address that begins at `at` ends, or `at` if none begins there (docs/MESSAGE-TEXT.md,
 * "Addresses"). The address is shown whole, so its text is also its target.
 */
export function addressEnd(scan: Scan, at: number, lineEnd: number): number {
  const { text } = scan;
  if (at > 0 && isAsciiAlphanumeric(text.charCodeAt(at - 1))) return at;
  const scheme = /^https?:\/\//i.exec(text.slice(at, Math.min(at + 8, lineEnd)));
  if (scheme === null) return at;
  const hostStart = at + scheme[0].length;
  const hostEnd =
    text[hostStart] === '['
      ? bracketedHostEnd(scan, hostStart, lineEnd)
      : namedHostEnd(scan, hostStart, lineEnd);
  if (hostEnd === hostStart || hasUserinfo(scan, hostEnd, lineEnd)) return at;
  const portEnd = portEndAfter(scan, hostEnd, lineEnd);
  if (portEnd === null) return at;
  return pathEnd(scan, portEnd, lineEnd);
}

/** An IPv6 address in brackets. None is longer than 45 characters (`INET6_ADDRSTRLEN`). */
function bracketedHostEnd(scan: Scan, start: number, lineEnd: number): number {
  let colons = 0;
  for (let at = start + 1; at < Math.min(lineEnd, start + 47); at++) {
    scan.steps++;
    const character = scan.text.charAt(at);
    if (character === ']') return colons >= 2 ? at + 1 : start;
    if (character === ':') colons++;
    else if (!/[0-9a-f.]/i.test(character)) return start;
  }
  return start;
}

/**
 * Labels with single dots between them. A letter that follows a Latin word without a space ends the host where it follows ASCII in
 * a label: `http://example.org谢谢` is the address and then a word.
 */
function namedHostEnd(scan: Scan, start: number, lineEnd: number): number {
  let end = start;
  let labelHasAscii = false;
  for (let at = start; at < lineEnd; at += unitsAt(scan, at)) {
    scan.steps++;
    const code = scan.text.charCodeAt(at);
    if (isAsciiAlphanumeric(code)) labelHasAscii = true;
    else if (code === 0x2e) {
      if (end !== at || at === start) break;
      labelHasAscii = false;
      continue;
    } else if (code !== 0x2d && code !== 0x5f) {
      const bits = classAt(scan, at, lineEnd);
      if ((bits & isWordBit) === 0 || (labelHasAscii && (bits & mayFollowLatinBit) !== 0)) break;
    } else continue;
    end = at + unitsAt(scan, at);
  }
  return end;
}

/** Whether an `@` follows before the path. Such an address could show another host than it opens, so it is no link. */
function hasUserinfo(scan: Scan, from: number, lineEnd: number): boolean {
  for (let at = from; at < lineEnd; at++) {
    scan.steps++;
    const character = scan.text.charAt(at);
    if (character === '@') return true;
    if (/[/?#\s]/.test(character)) return false;
  }
  return false;
}

/** Returns the end of the port, or of the host where no digit follows its colon. Null: no such port exists. */
function portEndAfter(scan: Scan, hostEnd: number, lineEnd: number): number | null {
  if (scan.text[hostEnd] !== ':') return hostEnd;
  let at = hostEnd + 1;
  while (at < lineEnd && /[0-9]/.test(scan.text.charAt(at))) {
    scan.steps++;
    at++;
  }
  if (at === hostEnd + 1) return hostEnd;
  if (at - hostEnd > 6 || Number(scan.text.slice(hostEnd + 1, at)) > 65_535) return null;
  return at;
}

/** An unpaired closing bracket ends a path. Punctuation at the end belongs to the sentence around the address. */
function pathEnd(scan: Scan, from: number, lineEnd: number): number {
  const { text } = scan;
  if (from >= lineEnd || !'/?#'.includes(text.charAt(from))) return from;
  const open = { '(': 0, '[': 0 };
  let end = from;
  while (end < lineEnd && (classAt(scan, end, lineEnd) & isPathBit) !== 0) {
    scan.steps++;
    const character = text.charAt(end);
    if (character === '(' || character === '[') open[character]++;
    if (character === ')' && open['(']-- === 0) break;
    if (character === ']' && open['[']-- === 0) break;
    end += unitsAt(scan, end);
  }
  while (end > from && `.,;:!?'"*_~([`.includes(text.charAt(end - 1))) {
    scan.steps++;
    end--;
  }
  return end;
}

function isAsciiAlphanumeric(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}
