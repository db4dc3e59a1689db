import { addressEnd } from './addresses.ts';
import {
  isClosingBit,
  isOpeningBit,
  isUnspacedBit,
  isWordBit,
  mayFollowCloserBit,
  mayFollowOpenerBit,
  mayPrecedeCloserBit,
  mayPrecedeOpenerBit,
} from './characters.ts';
import { plain, stylesOf, type Span, type Styles } from './spans.ts';
import { classAt, classBefore, hasVisible, unitsAt, unitsBefore, type Scan } from './scan.ts';

/** The characters `[start, end)` of a line, without the mark of a quote and without the line end. */
export interface Content {
  readonly start: number;
  readonly end: number;
}

/**
 * Adds the spans of a scope to its lines: code, addresses and emphasis (docs/MESSAGE-TEXT.md, "Inside a line"). Code may
 * go over several lines of the scope, emphasis may not.
 */
export function pushInlineSpans(lines: readonly Span[][], scan: Scan, scope: readonly Content[]): void {
  new InlineReader(lines, scan, scope).read();
}

type Token =
  | { readonly kind: 'text' | 'code' | 'link' | 'mark'; readonly start: number; readonly end: number }
  | EmphasisRun;

/** A run of `*`, `_` or `~`. */
interface EmphasisRun {
  readonly kind: 'run';
  readonly start: number;
  readonly end: number;
  readonly mark: string;
  readonly mayOpen: boolean;
  readonly mayClose: boolean;
  role: 'text' | 'open' | 'close';
}

/** The runs that are marks. Any other run is text. */
const emphasisMarks: ReadonlyMap<string, Styles> = new Map([
  ['*', stylesOf(false, true, false)],
  ['_', stylesOf(false, true, false)],
  ['**', stylesOf(true, false, false)],
  ['***', stylesOf(true, true, false)],
  ['~~', stylesOf(false, false, true)],
]);

/** The runs of backticks of a scope, from the last to the first. `next` is the index of the next run of the same length. */
interface BacktickRun {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly next: BacktickRun | undefined;
}

class InlineReader {
  readonly #lines: readonly Span[][];
  readonly #scan: Scan;
  readonly #scope: readonly Content[];
  /** The runs of backticks that are not yet read, the next one last. */
  readonly #backticks: BacktickRun[];
  /** The tokens of the current line. */
  readonly #tokens: Token[] = [];
  #line = 0;
  #at = 0;
  /** Where the text begins that is not yet a token. */
  #textStart = 0;

  constructor(lines: readonly Span[][], scan: Scan, scope: readonly Content[]) {
    this.#lines = lines;
    this.#scan = scan;
    this.#scope = scope;
    this.#backticks = findBackticks(scan, scope);
  }

  read(): void {
    this.#startAt(this.#content.start);
    while (this.#line < this.#scope.length) {
      while (this.#at < this.#content.end) this.#step();
      this.#closeText();
      this.#closeLine();
    }
  }

  get #content(): Content {
    return this.#scope[this.#line] ?? nothing;
  }

  #startAt(at: number): void {
    this.#at = at;
    this.#textStart = at;
  }

  #closeText(): void {
    if (this.#textStart < this.#at)
      this.#tokens.push({ kind: 'text', start: this.#textStart, end: this.#at });
  }

  #closeLine(): void {
    const spans = this.#lines[this.#line];
    const [only] = this.#tokens;
    // Most lines are one text.
    if (this.#tokens.length === 1 && only?.kind === 'text')
      spans?.push({ kind: 'text', text: this.#scan.text.slice(only.start, only.end), styles: plain });
    else if (this.#tokens.length > 0) {
      pairRuns(this.#scan, this.#tokens);
      if (spans !== undefined) pushSpans(spans, this.#scan, this.#tokens);
    }
    // Unlike a new array, or a length of 0, this keeps the memory for the next line.
    while (this.#tokens.pop() !== undefined) this.#scan.steps++;
    this.#line++;
    this.#startAt(this.#content.start);
  }

  #step(): void {
    this.#scan.steps++;
    switch (this.#scan.text.charAt(this.#at)) {
      case '`':
        return this.#takeBackticks();
      case 'h':
      case 'H':
        return this.#takeAddress();
      case '*':
      case '_':
      case '~':
        return this.#takeRuns();
      default:
        this.#at++;
    }
  }

  #takeAddress(): void {
    const end = addressEnd(this.#scan, this.#at, this.#content.end);
    if (end === this.#at) {
      this.#at++;
      return;
    }
    this.#closeText();
    this.#tokens.push({ kind: 'link', start: this.#at, end });
    this.#startAt(end);
  }

  #takeBackticks(): void {
    const opener = this.#backticks.pop();
    const closer = opener?.next;
    if (opener === undefined || closer === undefined || !this.#opensCode(opener, closer)) {
      this.#at = opener?.end ?? this.#at + 1;
      return;
    }
    this.#closeText();
    this.#tokens.push({ kind: 'mark', start: opener.start, end: opener.end });
    this.#startAt(opener.end);
    while (this.#line < closer.line) {
      this.#scan.steps++;
      this.#pushCode(this.#content.end);
      this.#closeLine();
    }
    this.#pushCode(closer.start);
    this.#tokens.push({ kind: 'mark', start: closer.start, end: closer.end });
    this.#startAt(closer.end);
    // Runs of other lengths inside the code are code.
    while (this.#backticks.pop() !== closer) this.#scan.steps++;
  }

  #pushCode(end: number): void {
    if (this.#at < end) this.#tokens.push({ kind: 'code', start: this.#at, end });
  }

  /** Not after a letter (don`t), and not around nothing that can be seen. */
  #opensCode(opener: BacktickRun, closer: BacktickRun): boolean {
    const before = classBefore(this.#scan, opener.start, this.#content.start);
    if ((before & isWordBit) !== 0 && (before & isUnspacedBit) === 0) return false;
    return hasVisible(this.#scan, opener.end, closer.start);
  }

  /** Takes all runs that touch each other. The characters around the whole decide what each run may do. */
  #takeRuns(): void {
    this.#closeText();
    const { text } = this.#scan;
    const content = this.#content;
    const start = this.#at;
    let end = start;
    while (end < content.end && isEmphasisSign(text.charCodeAt(end))) {
      this.#scan.steps++;
      end++;
    }
    const isFace = hasMarkTwice(this.#scan, start, end);
    const mayOpen = !isFace && opensBefore(this.#scan, start, end, content);
    const mayClose = !isFace && closesAfter(this.#scan, start, end, content);
    for (let runStart = start; runStart < end;) {
      const runEnd = runEndAt(this.#scan, runStart, end);
      const mark = markAt(this.#scan, runStart, runEnd);
      this.#tokens.push({ kind: 'run', start: runStart, end: runEnd, mark, mayOpen, mayClose, role: 'text' });
      runStart = runEnd;
    }
    this.#startAt(end);
  }
}

/** Returns the end of the run of one sign that begins at `start`. */
function runEndAt(scan: Scan, start: number, clusterEnd: number): number {
  const sign = scan.text.charCodeAt(start);
  let end = start + 1;
  while (end < clusterEnd && scan.text.charCodeAt(end) === sign) {
    scan.steps++;
    end++;
  }
  return end;
}

/** A longer run is no mark. */
function markAt({ text }: Scan, start: number, end: number): string {
  return end - start > 3 ? '' : text.slice(start, end);
}

/** Whether a cluster has the same mark twice. Then it is a face: `*_*`. */
function hasMarkTwice(scan: Scan, start: number, end: number): boolean {
  const firstEnd = runEndAt(scan, start, end);
  // Almost every cluster is one run.
  if (firstEnd === end) return false;
  const marks = new Set([markAt(scan, start, firstEnd)]);
  for (let runStart = firstEnd; runStart < end;) {
    const runEnd = runEndAt(scan, runStart, end);
    const mark = markAt(scan, runStart, runEnd);
    scan.steps++;
    if (marks.has(mark)) return true;
    marks.add(mark);
    runStart = runEnd;
  }
  return false;
}

const nothing: Content = { start: 0, end: 0 };

function isEmphasisSign(code: number): boolean {
  return code === 0x2a || code === 0x5f || code === 0x7e;
}

/** Returns the runs of backticks of a scope, the last one first. */
function findBackticks(scan: Scan, scope: readonly Content[]): BacktickRun[] {
  const runs: BacktickRun[] = [];
  const nextOfLength = new Map<number, BacktickRun>();
  for (let line = scope.length - 1; line >= 0; line--) {
    const content = scope[line] ?? nothing;
    for (let at = content.end; at > content.start; at--) {
      scan.steps++;
      if (scan.text.charCodeAt(at - 1) !== 0x60) continue;
      const end = at;
      while (at - 1 > content.start && scan.text.charCodeAt(at - 2) === 0x60) {
        scan.steps++;
        at--;
      }
      const run = { line, start: at - 1, end, next: nextOfLength.get(end - at + 1) };
      nextOfLength.set(end - at + 1, run);
      runs.push(run);
    }
  }
  return runs;
}

/** Whether emphasis may open with marks at `[start, end)`: a word begins after them. */
function opensBefore(scan: Scan, start: number, end: number, content: Content): boolean {
  if ((classAt(scan, end, content.end) & mayFollowOpenerBit) === 0) return false;
  let at = start;
  let before = classBefore(scan, at, content.start);
  while (at > content.start && (before & (isOpeningBit | mayPrecedeOpenerBit)) === isOpeningBit) {
    scan.steps++;
    at -= unitsBefore(scan, at, content.start);
    before = classBefore(scan, at, content.start);
  }
  return (before & mayPrecedeOpenerBit) !== 0;
}

/** Whether emphasis may close with marks at `[start, end)`: a word ends before them. */
function closesAfter(scan: Scan, start: number, end: number, content: Content): boolean {
  if (start === content.start || (classBefore(scan, start, content.start) & mayPrecedeCloserBit) === 0)
    return false;
  let at = end;
  let after = classAt(scan, at, content.end);
  while (at < content.end && (after & (isClosingBit | mayFollowCloserBit)) === isClosingBit) {
    scan.steps++;
    at += unitsAt(scan, at);
    after = classAt(scan, at, content.end);
  }
  return (after & mayFollowCloserBit) !== 0;
}

/**
 * Pairs each run that may close with the last run before it that has the same mark, may open, and stands in no pair. Runs
 * between the two that are not yet paired stay text, so that pairs never cross.
 */
function pairRuns(scan: Scan, tokens: readonly Token[]): void {
  // Two runs make a pair, and most lines have none.
  if (tokens.length < 2) return;
  const open: EmphasisRun[] = [];
  const openOfMark = new Map<string, number>();
  for (const run of tokens) {
    scan.steps++;
    if (run.kind !== 'run' || !emphasisMarks.has(run.mark)) continue;
    if (run.mayClose && (openOfMark.get(run.mark) ?? 0) > 0) {
      for (;;) {
        scan.steps++;
        const last = open.pop();
        if (last === undefined) break;
        openOfMark.set(last.mark, (openOfMark.get(last.mark) ?? 0) - 1);
        if (last.mark !== run.mark) continue;
        last.role = 'open';
        run.role = 'close';
        break;
      }
    } else if (run.mayOpen) {
      open.push(run);
      openOfMark.set(run.mark, (openOfMark.get(run.mark) ?? 0) + 1);
    }
  }
}

function pushSpans(spans: Span[], scan: Scan, tokens: readonly Token[]): void {
  const depth = { strong: 0, emphasis: 0, deleted: 0 };
  let styles = plain;
  let textStart = tokens[0]?.start ?? 0;
  let textEnd = textStart;
  const closeText = (next: number): void => {
    if (textStart < textEnd) {
      spans.push({ kind: 'text', text: scan.text.slice(textStart, textEnd), styles });
    }
    textStart = textEnd = next;
  };
  for (const token of tokens) {
    scan.steps++;
    if (token.kind === 'text' || (token.kind === 'run' && token.role === 'text')) {
      textEnd = token.end;
      continue;
    }
    closeText(token.end);
    const text = scan.text.slice(token.start, token.end);
    if (token.kind === 'mark') spans.push({ kind: 'mark', text });
    else if (token.kind !== 'run') spans.push({ kind: token.kind, text, styles });
    else {
      spans.push({ kind: 'mark', text });
      const change = token.role === 'open' ? 1 : -1;
      const marked = emphasisMarks.get(token.mark) ?? plain;
      if (marked.strong) depth.strong += change;
      if (marked.emphasis) depth.emphasis += change;
      if (marked.deleted) depth.deleted += change;
      styles = stylesOf(depth.strong > 0, depth.emphasis > 0, depth.deleted > 0);
    }
  }
  closeText(textEnd);
}
