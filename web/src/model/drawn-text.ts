import type { Block } from '../../../shared/text/message-text.ts';
import { parseMessageText } from '../../../shared/text/message-text.ts';

/** A text with more lines than this is drawn folded. Each line is an element, and an unfolded one can be a mile high. */
export const unfoldedLinesMax = 60;
/** So many lines of a folded text are drawn. */
export const foldedLines = 40;

export interface DrawnText {
  readonly blocks: readonly Block[];
  readonly lineCount: number;
  /** Whether the blocks are only the beginning of the text. */
  readonly folded: boolean;
}

/** Returns what to draw of a message: all of it if the user has unfolded it, else the first lines of a long one. */
export function drawText(text: string, unfolded: boolean): DrawnText {
  const { blocks } = parseMessageText(text);
  const lineCount = blocks.reduce((count, { lines }) => count + lines.length, 0);
  if (unfolded || lineCount <= unfoldedLinesMax) return { blocks, lineCount, folded: false };
  const drawn: Block[] = [];
  let room = foldedLines;
  for (const { kind, lines } of blocks) {
    if (room <= 0) break;
    drawn.push({ kind, lines: lines.slice(0, room) });
    room -= lines.length;
  }
  return { blocks: drawn, lineCount, folded: true };
}

/** Returns one line without marks, for the list of contacts. */
export function previewOf(text: string): string {
  const { blocks } = parseMessageText(text.slice(0, 400));
  const shown = blocks
    .flatMap(({ lines }) => lines.flat())
    .filter(({ kind }) => kind !== 'mark' && kind !== 'label');
  return shown
    .map((piece) => piece.text)
    .join('')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 160);
}

export type AddressView =
  /** `asciiHost` is what the browser makes of a host with other characters than ASCII, `xn--...`. Null: the host is ASCII. */
  { readonly opens: true; readonly asciiHost: string | null } | { readonly opens: false };

/** Reads an address as the browser does. One that it cannot read, or reads with a user name, is no link. */
export function viewAddress(address: string): AddressView {
  if (!URL.canParse(address)) return { opens: false };
  const { protocol, username, password, hostname } = new URL(address);
  if (!/^https?:$/.test(protocol) || username !== '' || password !== '') return { opens: false };
  return { opens: true, asciiHost: hasOnlyAscii(hostOf(address)) ? null : hostname };
}

function hostOf(address: string): string {
  return address.split(/[/?#]/, 3)[2] ?? '';
}

function hasOnlyAscii(text: string): boolean {
  return !/[^!-~]/.test(text);
}
