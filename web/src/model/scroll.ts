import type { TimelineRow } from './timeline.ts';

/**
 * The geometry of the log, without a DOM. All lengths are CSS pixels. `top` of a row counts from the top of the visible
 * part.
 */
export interface Viewport {
  readonly scrollTop: number;
  readonly clientHeight: number;
  readonly scrollHeight: number;
}

/** UI 9: a position this close to the bottom counts as the bottom. */
const bottomTolerancePixels = 30;
/** Older messages are requested before the reader reaches the top. */
const historyMarginPixels = 400;

export function isAtBottom(viewport: Viewport): boolean {
  return bottomOf(viewport) - viewport.scrollTop <= bottomTolerancePixels;
}

/** Returns the `scrollTop` that shows the end. */
export function bottomOf(viewport: Viewport): number {
  return Math.max(0, viewport.scrollHeight - viewport.clientHeight);
}

export function isNearTop(viewport: Viewport): boolean {
  return viewport.scrollTop < historyMarginPixels;
}

/** A visible message and its position. */
export interface Anchor {
  readonly id: string;
  readonly top: number;
}

/**
 * Returns the index of the first of `count` rows that reaches below the top edge, or `count` if no row does.
 * `bottomAt` gives the lower edge of a row. Rows do not overlap, so a binary search finds it.
 */
export function firstVisibleIndex(count: number, bottomAt: (index: number) => number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bottomAt(middle) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Returns the `scrollTop` that keeps the anchor in place after rows above it came, went or grew. */
export function scrollTopKeeping(anchor: Anchor, topNow: number, scrollTop: number): number {
  return scrollTop + (topNow - anchor.top);
}

/** Returns the indexes of the newest `most` of `count` rows. */
export function newestIndexes(count: number, most: number): readonly number[] {
  const first = Math.max(0, count - most);
  return Array.from({ length: count - first }, (_, index) => first + index);
}

/** Whether rows came or went at the top alone: the row at the end stays the same. */
export function grewAtTop(before: readonly TimelineRow[], after: readonly TimelineRow[]): boolean {
  if (before.length === 0 || before.length === after.length) return false;
  return before.at(-1)?.key === after.at(-1)?.key && before[1]?.key !== after[1]?.key;
}

/** Counts received messages below the last row that was seen at the bottom, for "Jump to latest". */
export function arrivedBelow(rows: readonly TimelineRow[], lastSeenKey: string | null): number {
  let count = 0;
  for (const row of rows.toReversed()) {
    if (row.key === lastSeenKey) break;
    if (row.kind === 'message' && !row.entry.isMine) count += 1;
  }
  return count;
}

/**
 * Finds the first message of a date, or of the next date with messages. `day` is `2026-10-07`, as in the rows. After the last date, that
 * is the newest message. `isWhole`: whether no older rows can come before these. Undefined: older messages have to be loaded first.
 */
export function messageOfDate(
  rows: readonly TimelineRow[],
  day: string,
  isWhole: boolean,
): Extract<TimelineRow, { readonly kind: 'message' }> | undefined {
  const isMessage = (row: TimelineRow) => row.kind === 'message';
  const line = rows.findIndex((row) => row.kind === 'day' && row.day >= day);
  if (line === -1) return rows.findLast(isMessage);
  // Before the first line, there may be more of its date.
  if (line === 0 && !isWhole) return undefined;
  return rows.slice(line).find(isMessage) ?? rows.findLast(isMessage);
}
