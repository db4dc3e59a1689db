import { hasVisible, type LineRange, type Scan } from './scan.ts';

/** What the ends of a line make it, before its neighbours are known (docs/MESSAGE-TEXT.md, "Lines"). */
export interface LineShape extends LineRange {
  /** Nothing on the line can be seen. */
  readonly isBlank: boolean;
  /** The line begins with three or more backticks and has no others: where they end, and how many there are. */
  readonly opener: { readonly end: number; readonly backticks: number } | null;
  /** The line ends with three or more backticks: where they begin, and how many there are. */
  readonly closer: { readonly start: number; readonly backticks: number } | null;
  /** The line begins with `> `: where its content begins. */
  readonly quoteContent: number | null;
  /** The line begins with the sign of a list item: where its content begins. */
  readonly itemContent: number | null;
}

const fenceBackticksMin = 3;
const itemDigitsMax = 3;

export function shapeOf(scan: Scan, line: LineRange): LineShape {
  if (line.start === line.end) return emptyLine(line);
  const indentEnd = skipBlanks(scan, line.start, line.end);
  return {
    start: line.start,
    end: line.end,
    next: line.next,
    isBlank: !hasVisible(scan, line.start, line.end),
    opener: openerOf(scan, line, indentEnd),
    closer: closerOf(scan, line),
    quoteContent: quoteContentOf(scan, line),
    itemContent: itemContentOf(scan, line, indentEnd),
  };
}

function emptyLine({ start, end, next }: LineRange): LineShape {
  return {
    start,
    end,
    next,
    isBlank: true,
    opener: null,
    closer: null,
    quoteContent: null,
    itemContent: null,
  };
}

/** Skips spaces and tabs. */
function skipBlanks(scan: Scan, from: number, to: number): number {
  let at = from;
  while (at < to && isSpace(scan, at)) {
    scan.steps++;
    at++;
  }
  return at;
}

function isSpace({ text }: Scan, at: number): boolean {
  const character = text.charAt(at);
  return character === ' ' || character === '\t';
}

function openerOf(scan: Scan, { end }: LineRange, from: number): LineShape['opener'] {
  let at = from;
  while (at < end && scan.text.charAt(at) === '`') {
    scan.steps++;
    at++;
  }
  if (at - from < fenceBackticksMin) return null;
  for (let rest = at; rest < end; rest++) {
    scan.steps++;
    if (scan.text.charAt(rest) === '`') return null;
  }
  return { end: at, backticks: at - from };
}

function closerOf(scan: Scan, { start, end }: LineRange): LineShape['closer'] {
  let runEnd = end;
  while (runEnd > start && isSpace(scan, runEnd - 1)) {
    scan.steps++;
    runEnd--;
  }
  let at = runEnd;
  while (at > start && scan.text.charAt(at - 1) === '`') {
    scan.steps++;
    at--;
  }
  return runEnd - at < fenceBackticksMin ? null : { start: at, backticks: runEnd - at };
}

function quoteContentOf(scan: Scan, { start, end }: LineRange): number | null {
  if (start === end || scan.text.charAt(start) !== '>') return null;
  if (start + 1 < end && scan.text.charAt(start + 1) === ' ') return start + 2;
  return skipBlanks(scan, start + 1, end) === end ? end : null;
}

function itemContentOf(scan: Scan, { end }: LineRange, from: number): number | null {
  let at = from;
  if (at < end && '-*+•'.includes(scan.text.charAt(at))) at++;
  else {
    while (at < end && at - from < itemDigitsMax && /[0-9]/.test(scan.text.charAt(at))) {
      scan.steps++;
      at++;
    }
    if (at === from || at === end || !'.)'.includes(scan.text.charAt(at))) return null;
    at++;
  }
  const content = skipBlanks(scan, at, end);
  return content > at && hasVisible(scan, content, end) ? content : null;
}
