import type { TimelineRow } from './timeline.ts';
import { directionOf } from './timeline.ts';

/**
 * The geometry of the log, without a DOM. All lengths are CSS pixels; `top` of a row counts from the top of
 * the visible part, so that it is what the eye sees.
 */
export interface Viewport {
  readonly scrollTop: number;
  readonly clientHeight: number;
  readonly scrollHeight: number;
}

/** UI 9: this near to the bottom counts as being there. */
const bottomTolerancePixels = 30;
/** Older messages are asked for before the reader meets the top. */
const historyMarginPixels = 400;

export function isAtBottom(viewport: Viewport): boolean {
  return bottomOf(viewport) - viewport.scrollTop <= bottomTolerancePixels;
}

/** The `scrollTop` that shows the very end. */
export function bottomOf(viewport: Viewport): number {
  return Math.max(0, viewport.scrollHeight - viewport.clientHeight);
}

export function isNearTop(viewport: Viewport): boolean {
  return viewport.scrollTop < historyMarginPixels;
}

/** A message that the reader sees, and where. */
export interface Anchor {
  readonly id: string;
  readonly top: number;
}

/**
 * The index of the first of `count` rows that reaches below the top edge: what the reader's eye rests on.
 * `bottomAt` gives the lower edge of a row; rows do not overlap, so halving finds it. `count` when there is none.
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

/** The `scrollTop` that brings the anchor back to where it was before rows above it came, went or grew. */
export function scrollTopKeeping(anchor: Anchor, topNow: number, scrollTop: number): number {
  return scrollTop + (topNow - anchor.top);
}

/** Messages of the other person below the last one that was seen at the bottom: the count on "Jump to latest". */
export function arrivedBelow(rows: readonly TimelineRow[], lastSeenKey: string | null): number {
  let count = 0;
  for (const row of rows.toReversed()) {
    if (row.key === lastSeenKey) break;
    if (row.kind === 'message' && directionOf(row.entry) === 'in') count += 1;
  }
  return count;
}
