import type { PeerKey } from '../../../shared/ids.ts';
import { compareMessages, type ChatMessage } from '../../../shared/message.ts';
import type { ConversationState } from '../../../shared/model/conversation.ts';
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
/** More messages are requested before the reader reaches an end of those that are loaded. */
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

export function isNearBottom(viewport: Viewport): boolean {
  return bottomOf(viewport) - viewport.scrollTop < historyMarginPixels;
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

/** Whether rows came or went at the top alone: the row at the end stays the same. */
export function grewAtTop(before: readonly TimelineRow[], after: readonly TimelineRow[]): boolean {
  if (before.length === 0 || before.length === after.length) return false;
  return before.at(-1)?.key === after.at(-1)?.key && before[1]?.key !== after[1]?.key;
}

/**
 * Counts received messages after the last one that was seen at the bottom, for "Jump to latest". In a flood, that one is no longer
 * loaded, nor are all after it: then the unread ones are at least as many.
 */
export function arrivedBelow(
  { messages, unread }: Pick<ConversationState, 'messages' | 'unread'>,
  lastSeen: ChatMessage | null,
  me: PeerKey | null,
): number {
  // The conversation opened at a place further up.
  if (lastSeen === null) return unread;
  let count = 0;
  for (const message of messages.toReversed()) {
    // The last one may be gone, because the user discarded it.
    if (message.id === lastSeen.id || compareMessages(message, lastSeen) < 0) return count;
    if (message.author !== me && message.content.kind !== 'notice') count += 1;
  }
  return Math.max(count, unread);
}
