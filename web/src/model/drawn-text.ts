import type { PeerKey } from '../../../shared/ids.ts';
import { mentionsIn } from '../../../shared/model/mentions.ts';
import type { Block, Line, Span } from '../../../shared/text/message-text.ts';
import { parseMessageText } from '../../../shared/text/message-text.ts';
import { firstVisible } from '../../../shared/text/characters.ts';
import { plain } from '../../../shared/text/spans.ts';

/**
 * A text that would have more rows than this on the screen is drawn folded: an unfolded one can be a mile high. A row holds
 * about `rowCharacters`, and a tab takes the room of eight.
 */
export const unfoldedRowsMax = 60;
/** The number of rows of a folded text that are drawn. */
export const foldedRows = 40;
const rowCharacters = 80;

export interface DrawnText {
  readonly blocks: readonly Block[];
  readonly lineCount: number;
  /** Whether the blocks are only the beginning of the text. */
  readonly folded: boolean;
}

/** Returns what to draw of a message: all of it if the user has unfolded it, else the beginning of a long one. */
export function drawText(text: string, unfolded: boolean): DrawnText {
  const { blocks } = parseMessageText(text);
  const lineCount = blocks.reduce((count, { lines }) => count + lines.length, 0);
  if (unfolded || !hasMoreRows(blocks, unfoldedRowsMax)) return { blocks, lineCount, folded: false };
  return { blocks: beginningOf(blocks, foldedRows), lineCount, folded: true };
}

function hasMoreRows(blocks: readonly Block[], most: number): boolean {
  let rows = 0;
  for (const { lines } of blocks) for (const line of lines) if ((rows += rowsOf(line)) > most) return true;
  return false;
}

function rowsOf(line: Line): number {
  let width = 0;
  for (const { text } of line) width += widthOf(text);
  return Math.max(1, Math.ceil(width / rowCharacters));
}

function widthOf(text: string): number {
  return text.includes('\t') ? text.length + 7 * (text.split('\t').length - 1) : text.length;
}

function beginningOf(blocks: readonly Block[], rows: number): Block[] {
  const drawn: Block[] = [];
  let left = rows;
  for (const { kind, lines } of blocks) {
    const kept: Line[] = [];
    for (const line of lines) {
      if (left <= 0) break;
      const wanted = rowsOf(line);
      kept.push(wanted <= left ? line : cutLine(line, left * rowCharacters));
      left -= wanted;
    }
    if (kept.length > 0) drawn.push({ kind, lines: kept });
  }
  return drawn;
}

/** Cuts a line inside of a text or of code. Half an address would open another page. */
function cutLine(line: Line, width: number): Line {
  const kept: Span[] = [];
  let left = width;
  for (const span of line) {
    const wanted = widthOf(span.text);
    if (wanted <= left) kept.push(span);
    else {
      const units = Math.floor((left * span.text.length) / wanted);
      if (span.kind === 'text' || span.kind === 'code')
        kept.push({ kind: span.kind, text: cutTo(span.text, units), styles: span.styles });
      break;
    }
    left -= wanted;
  }
  return kept;
}

/** Lines that are drawn as one element, in which each line has its own direction. */
export interface Flow {
  /** The lines consist of marks, and take no room. */
  readonly isHidden: boolean;
  readonly spans: readonly Span[];
  /**
   * The line end after the spans, if the element ends with it. The element itself ends a line: with this one among the spans,
   * the text that a browser copies would have two.
   */
  readonly lastEnd: string;
}

/** Returns what is drawn of a block: each item of a list by itself, and the marks of a code block apart from its code. */
export function flowsOf({ kind, lines }: Block, isLast: boolean): Flow[] {
  const groups: Line[][] = [];
  let wasHidden: boolean | null = null;
  for (const line of lines) {
    const isHidden = kind === 'code' && isOnlyMarks(line);
    if (kind === 'list' || isHidden !== wasHidden) groups.push([]);
    groups.at(-1)?.push(line);
    wasHidden = isHidden;
  }
  return groups.map((group, index) => flowOf(group, kind, isLast && index === groups.length - 1));
}

function flowOf(lines: readonly Line[], kind: Block['kind'], isLast: boolean): Flow {
  const lastLine = lines.at(-1) ?? [];
  const end = lastLine.at(-1);
  const joined = joinTexts(lines.flat());
  const isHidden = kind === 'code' && lines.every(isOnlyMarks);
  // An empty line has to stay a line of its own.
  if (isLast || lastLine.length < 2 || end?.kind !== 'end') return { isHidden, spans: joined, lastEnd: '' };
  return { isHidden, spans: joinTexts(lines.flat().slice(0, -1)), lastEnd: end.text };
}

function isOnlyMarks(line: Line): boolean {
  return line.every(({ kind }) => kind === 'mark');
}

/** Joins plain texts and their line ends: a message without marks is one text node. */
function joinTexts(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  let texts: string[] = [];
  const closeTexts = (): void => {
    if (texts.length > 0) joined.push({ kind: 'text', text: texts.join(''), styles: plain });
    texts = [];
  };
  for (const span of spans) {
    const isPlain = span.kind === 'text' && span.styles === plain;
    if (isPlain || (span.kind === 'end' && span.text === '\n')) texts.push(span.text);
    else {
      closeTexts();
      joined.push(span);
    }
  }
  closeTexts();
  return joined;
}

/** Returns one line without marks, for the list of contacts. */
export function previewOf(text: string): string {
  const start = firstVisible(text);
  const line = plainTextOf(cutTo(text.slice(start), 400))
    .replaceAll(/\s+/g, ' ')
    .trim();
  return cutTo(line, 160);
}

/** Returns a text without its marks. */
export function plainTextOf(text: string): string {
  const { blocks } = parseMessageText(text);
  const shown = blocks
    .flatMap(({ lines }) => lines.flat())
    .filter(({ kind }) => kind !== 'mark' && kind !== 'label');
  return shown.map((span) => span.text).join('');
}

/** Cuts a text, and never inside a surrogate pair. */
function cutTo(text: string, units: number): string {
  return text.slice(0, units).replace(/[\uD800-\uDBFF]$/, '');
}

/** A part of a text. All parts together are the text. */
export interface Piece {
  readonly text: string;
  readonly isMention: boolean;
}

/** Cuts a text at the names of the people that its message mentions. `room`: whether it mentions all members. */
export function mentionPieces(
  text: string,
  mentioned: { readonly find: (nickname: string) => PeerKey | undefined; readonly room: boolean },
): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end, key } of mentionsIn(text, mentioned.find)) {
    if (key === null && !mentioned.room) continue;
    if (start > at) pieces.push({ text: text.slice(at, start), isMention: false });
    pieces.push({ text: text.slice(start, end), isMention: true });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), isMention: false });
  return pieces;
}

export type AddressView =
  /** `otherHost` is what the browser makes of the typed host, if that is another one: `xn--...`, `127.0.0.1` for `0x7f.1`. */
  { readonly opens: true; readonly otherHost: string | null } | { readonly opens: false };

/** Reads an address as the browser does. One that it cannot read, or reads with a user name, is no link. */
export function viewAddress(address: string): AddressView {
  if (!URL.canParse(address)) return { opens: false };
  const { protocol, username, password, hostname } = new URL(address);
  if (!/^https?:$/.test(protocol) || username !== '' || password !== '') return { opens: false };
  const typed = (address.split(/[/?#]/, 3)[2] ?? '').replace(/:\d+$/, '').toLowerCase();
  // An IPv6 address has several forms, and looks like no other host in any of them.
  return { opens: true, otherHost: typed === hostname || typed.startsWith('[') ? null : hostname };
}
