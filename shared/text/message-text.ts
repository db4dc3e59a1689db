import { pushInlineSpans, type Content } from './inline.ts';
import { shapeOf, type LineShape } from './line-shape.ts';
import { plain, type Block, type Line, type MessageText, type Span } from './spans.ts';
import { hasVisible, splitLines, type LineRange, type Scan } from './scan.ts';

export type { Block, Line, MessageText, Span } from './spans.ts';

/**
 * A text with more marks and addresses than this is shown as typed. No user writes so many by hand, and each of them costs
 * the page an element.
 */
export const drawnMarksMax = 1_000;

/**
 * Cuts the text of a message into spans. The grammar is docs/MESSAGE-TEXT.md. For any text, the work is at most 16 steps
 * for each byte, no call nests deeper because of the text, and nothing is thrown.
 */
export function parseMessageText(text: string): MessageText {
  const scan: Scan = { text, steps: 0 };
  const lines = splitLines(scan, shapeOf);
  const blocks = parseBlocks(scan, lines);
  return {
    blocks: countMarks(blocks) > drawnMarksMax ? plainBlocks(scan, lines) : blocks,
    steps: scan.steps,
  };
}

/** Shows every character as typed. */
export function plainMessageText(text: string): MessageText {
  const scan: Scan = { text, steps: 0 };
  const blocks = plainBlocks(
    scan,
    splitLines(scan, (_, line) => line),
  );
  return { blocks, steps: scan.steps };
}

function plainBlocks(scan: Scan, lines: readonly LineRange[]): readonly Block[] {
  return lines.length === 0 ? [] : [{ kind: 'paragraph', lines: lines.map((line) => plainLine(scan, line)) }];
}

function plainLine(scan: Scan, line: LineRange): Line {
  if (line.start === line.end) return endOf(scan, line);
  const spans: Span[] = [];
  pushSpan(spans, scan, 'text', line.start, line.end);
  pushEnd(spans, scan, line);
  return spans;
}

function countMarks(blocks: readonly Block[]): number {
  let marks = 0;
  for (const { lines } of blocks)
    for (const line of lines) for (const { kind } of line) if (kind === 'mark' || kind === 'link') marks++;
  return marks;
}

function parseBlocks(scan: Scan, lines: readonly LineShape[]): Block[] {
  const codeEnds = findCode(scan, lines);
  const blocks: Block[] = [];
  for (let index = 0; index < lines.length;) {
    const codeEnd = codeEnds.get(index);
    const kind = codeEnd === undefined ? kindOf(lines[index]) : 'code';
    let end = codeEnd ?? index + 1;
    while (kind !== 'code' && end < lines.length && !codeEnds.has(end) && kindOf(lines[end]) === kind) {
      scan.steps++;
      end++;
    }
    blocks.push(blockOf(scan, kind, lines.slice(index, end)));
    index = end;
  }
  return blocks;
}

function kindOf(line: LineShape | undefined): 'quote' | 'list' | 'paragraph' {
  if (typeof line?.quoteContent === 'number') return 'quote';
  return typeof line?.itemContent === 'number' ? 'list' : 'paragraph';
}

function blockOf(scan: Scan, kind: Block['kind'], lines: readonly LineShape[]): Block {
  switch (kind) {
    case 'code':
      return { kind, lines: codeLines(scan, lines) };
    case 'quote':
      return quoteBlock(scan, lines);
    case 'list':
      return { kind, lines: lines.map((line) => itemLine(scan, line)) };
    case 'paragraph':
      return { kind, lines: paragraphLines(scan, lines) };
    default:
      return kind satisfies never;
  }
}

/** Returns for each line that opens a code block the index after its last line. */
function findCode(scan: Scan, lines: readonly LineShape[]): ReadonlyMap<number, number> {
  // Without this, each of many openers would look through all lines for a closer that is not there.
  const longestCloserAfter = new Uint32Array(lines.length);
  for (let index = lines.length - 2; index >= 0; index--) {
    scan.steps++;
    const next = lines[index + 1]?.closer?.backticks ?? 0;
    longestCloserAfter[index] = Math.max(longestCloserAfter[index + 1] ?? 0, next);
  }
  const ends = new Map<number, number>();
  for (let index = 0; index < lines.length; index++) {
    scan.steps++;
    const backticks = lines[index]?.opener?.backticks;
    if (backticks === undefined || (longestCloserAfter[index] ?? 0) < backticks) continue;
    let closing = index + 1;
    while ((lines[closing]?.closer?.backticks ?? 0) < backticks) {
      scan.steps++;
      closing++;
    }
    if (!hasCode(scan, lines.slice(index, closing + 1))) continue;
    ends.set(index, closing + 1);
    index = closing;
  }
  return ends;
}

/** Whether a code block has anything to show besides the word beside its opening backticks. */
function hasCode(scan: Scan, lines: readonly LineShape[]): boolean {
  const first = lines[0];
  const last = lines.at(-1);
  if (first?.opener == null || last?.closer == null) return false;
  scan.steps += lines.length;
  if (lines.slice(1, -1).some(({ isBlank }) => !isBlank)) return true;
  if (hasVisible(scan, last.start, last.closer.start)) return true;
  return isCodeInfo(scan, first.opener.end, first.end);
}

/** Whether the text beside the opening backticks is code: more than one word, as in `const a = 1;`. */
function isCodeInfo(scan: Scan, from: number, to: number): boolean {
  scan.steps += to - from;
  return hasVisible(scan, from, to) && !/^[ \t]*[^ \t]+[ \t]*$/.test(scan.text.slice(from, to));
}

function codeLines(scan: Scan, lines: readonly LineShape[]): Line[] {
  return lines.map((line, index) => {
    if (index === 0) return openingLine(scan, line);
    if (index === lines.length - 1) return closingLine(scan, line);
    if (line.start === line.end) return plainLine(scan, line);
    const spans: Span[] = [];
    pushSpan(spans, scan, 'code', line.start, line.end);
    pushEnd(spans, scan, line);
    return spans;
  });
}

function openingLine(scan: Scan, line: LineShape): Line {
  const infoStart = line.opener?.end ?? line.end;
  const spans: Span[] = [];
  if (!hasVisible(scan, infoStart, line.end)) {
    pushSpan(spans, scan, 'mark', line.start, line.next);
    return spans;
  }
  pushSpan(spans, scan, 'mark', line.start, infoStart);
  pushSpan(spans, scan, isCodeInfo(scan, infoStart, line.end) ? 'code' : 'label', infoStart, line.end);
  pushEnd(spans, scan, line);
  return spans;
}

function closingLine(scan: Scan, line: LineShape): Line {
  const markStart = line.closer?.start ?? line.end;
  const spans: Span[] = [];
  if (!hasVisible(scan, line.start, markStart)) {
    pushSpan(spans, scan, 'mark', line.start, line.next);
    return spans;
  }
  pushSpan(spans, scan, 'code', line.start, markStart);
  pushSpan(spans, scan, 'mark', markStart, line.end);
  pushEnd(spans, scan, line);
  return spans;
}

/** A quote of nothing is shown as typed: a hidden sign alone would be an empty bubble. */
function quoteBlock(scan: Scan, lines: readonly LineShape[]): Block {
  const contents = lines.map(({ quoteContent, end }) => ({ start: quoteContent ?? end, end }));
  if (!contents.some(({ start, end }) => hasVisible(scan, start, end)))
    return { kind: 'paragraph', lines: paragraphLines(scan, lines) };
  const drawn: Span[][] = lines.map((line, index) => {
    const spans: Span[] = [];
    pushSpan(spans, scan, 'mark', line.start, contents[index]?.start ?? line.end);
    return spans;
  });
  pushInline(drawn, scan, contents);
  lines.forEach((line, index) => pushEnd(drawn[index], scan, line));
  return { kind: 'quote', lines: drawn };
}

function itemLine(scan: Scan, line: LineShape): Line {
  const content = { start: line.itemContent ?? line.end, end: line.end };
  const spans: Span[] = [];
  pushSpan(spans, scan, 'bullet', line.start, content.start);
  pushInline([spans], scan, [content]);
  pushEnd(spans, scan, line);
  return spans;
}

/** Code may go on over lines that follow each other without a blank one. */
function paragraphLines(scan: Scan, lines: readonly LineShape[]): Line[] {
  const drawn: Line[] = [];
  for (let index = 0; index < lines.length;) {
    const scope: LineShape[] = [];
    for (let line = lines[index]; line?.isBlank === false; line = lines[index]) {
      scan.steps++;
      scope.push(line);
      index++;
    }
    const spans = scope.map((): Span[] => []);
    pushInline(spans, scan, scope);
    scope.forEach((line, at) => pushEnd(spans[at], scan, line));
    for (const each of spans) drawn.push(each);
    for (let line = lines[index]; line?.isBlank === true; line = lines[index]) {
      scan.steps++;
      drawn.push(plainLine(scan, line));
      index++;
    }
  }
  return drawn;
}

const mayHoldMarks = /[`*_~]|https?:/i;

/** Adds the spans of a scope to its lines. Most lines have no mark, and are one span. */
function pushInline(lines: readonly Span[][], scan: Scan, scope: readonly Content[]): void {
  const first = scope[0];
  const last = scope.at(-1);
  if (first === undefined || last === undefined) return;
  scan.steps += last.end - first.start;
  if (mayHoldMarks.test(scan.text.slice(first.start, last.end))) pushInlineSpans(lines, scan, scope);
  else scope.forEach(({ start, end }, index) => pushSpan(lines[index], scan, 'text', start, end));
}

/** Adds the span `[from, to)`, or nothing where that is empty. */
function pushSpan(
  spans: Span[] | undefined,
  { text }: Scan,
  kind: Span['kind'],
  from: number,
  to: number,
): void {
  if (from >= to) return;
  const cut = text.slice(from, to);
  if (kind === 'text' || kind === 'code' || kind === 'link') spans?.push({ kind, text: cut, styles: plain });
  else spans?.push({ kind, text: cut });
}

function endOf({ text }: Scan, { end, next }: LineRange): Line {
  if (next === end) return [];
  if (next - end === 2) return crLf;
  return ends.get(text.charCodeAt(end)) ?? [];
}

// Thousands of lines share these.
const crLf = lineEnd('\r\n');
const ends: ReadonlyMap<number, Line> = new Map(
  Array.from('\n\v\f\r\u0085\u2028\u2029', (text) => [text.charCodeAt(0), lineEnd(text)]),
);

function lineEnd(text: string): Line {
  return [{ kind: 'end', text }];
}

function pushEnd(spans: Span[] | undefined, scan: Scan, line: LineRange): void {
  for (const end of endOf(scan, line)) spans?.push(end);
}
