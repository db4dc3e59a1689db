import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { me, messageOf, sentMessageOf } from '../../../shared/model/samples.ts';
import {
  arrivedBelow,
  bottomOf,
  firstVisibleIndex,
  grewAtTop,
  isAtBottom,
  isNearTop,
  scrollTopKeeping,
} from './scroll.ts';
import { Timeline } from './timeline.ts';

/*
 * The rules of UI 9 and UI 10 as geometry:
 * 1. within 30 px of the bottom counts as the bottom, 31 px does not;
 * 2. "Jump to latest" lands exactly at the bottom;
 * 3. rows inserted above the message under the eye move the scroll position by their height, so the message stays.
 */
const viewport = (scrollTop: number) => ({ scrollTop, clientHeight: 500, scrollHeight: 2_000 });

describe('the bottom', () => {
  it('is within 30 px', () => {
    expect(isAtBottom(viewport(1_500))).toBe(true);
    expect(isAtBottom(viewport(1_470))).toBe(true);
    expect(isAtBottom(viewport(1_469))).toBe(false);
  });

  it('counts fractions of a pixel and an overscroll as the bottom', () => {
    expect(isAtBottom(viewport(1_499.6))).toBe(true);
    expect(isAtBottom(viewport(1_520))).toBe(true);
  });

  it('of a log that is shorter than its frame is its position', () => {
    const short = { scrollTop: 0, clientHeight: 500, scrollHeight: 300 };
    expect(bottomOf(short)).toBe(0);
    expect(isAtBottom(short)).toBe(true);
  });

  it('is where a jump lands', () => {
    expect(bottomOf(viewport(0))).toBe(1_500);
    expect(isAtBottom({ ...viewport(0), scrollTop: bottomOf(viewport(0)) })).toBe(true);
  });
});

it('older messages are requested before the reader reaches the top', () => {
  expect(isNearTop(viewport(399))).toBe(true);
  expect(isNearTop(viewport(400))).toBe(false);
});

describe('the message under the eye', () => {
  it('is the first one that reaches below the top edge', () => {
    const bottoms = [-120, -40, 0, 35, 90];
    expect(firstVisibleIndex(5, (index) => bottoms[index]!)).toBe(3);
    expect(firstVisibleIndex(0, () => 0)).toBe(0);
    expect(firstVisibleIndex(2, () => -1)).toBe(2);
  });

  it('stays in place, whatever is inserted above it', () => {
    const heights = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(heights, fc.array(fc.integer({ min: 1, max: 300 })), fc.nat(), (rows, inserted, seed) => {
        const total = rows.reduce((sum, height) => sum + height, 0);
        const scrollTop = seed % total;
        const bottomAt = (index: number) =>
          rows.slice(0, index + 1).reduce((sum, height) => sum + height, 0) - scrollTop;
        const index = firstVisibleIndex(rows.length, bottomAt);
        const top = bottomAt(index) - rows[index]!;
        const added = inserted.reduce((sum, height) => sum + height, 0);
        const next = scrollTopKeeping({ id: 'x', top }, top + added, scrollTop);
        expect(top + added - (next - scrollTop)).toBe(top);
      }),
    );
  });
});

describe('the count on "Jump to latest"', () => {
  const messages = [messageOf(1), messageOf(2), sentMessageOf(3), messageOf(4)];

  it('counts the received messages below the last seen one', () => {
    const loaded = { messages, unread: 3 };
    expect(arrivedBelow(loaded, messageOf(2), me)).toBe(1);
    expect(arrivedBelow(loaded, messageOf(1), me)).toBe(2);
    expect(arrivedBelow(loaded, messageOf(4), me)).toBe(0);
  });

  it('counts from its place where the last seen one was discarded', () => {
    expect(arrivedBelow({ messages: [messageOf(1), messageOf(2)], unread: 0 }, sentMessageOf(3), me)).toBe(0);
    expect(arrivedBelow({ messages: [messageOf(1), messageOf(4)], unread: 1 }, sentMessageOf(3), me)).toBe(1);
  });

  it('counts the unread ones where more have arrived than the page keeps', () => {
    expect(arrivedBelow({ messages, unread: 5_000 }, messageOf(0), me)).toBe(5_000);
  });
});

it('a log grows at its top where its end stays, and neither at its end nor between its rows', () => {
  const rowsOf = (...numbers: number[]) =>
    new Timeline('UTC', me).rowsOf(
      numbers.map((number) => messageOf(number)),
      [],
    );
  const loaded = rowsOf(3, 5);
  expect(grewAtTop(loaded, rowsOf(1, 2, 3, 5))).toBe(true);
  expect(grewAtTop(loaded, rowsOf(3, 5, 6))).toBe(false);
  expect(grewAtTop(loaded, rowsOf(3, 4, 5))).toBe(false);
  expect(grewAtTop([], loaded)).toBe(false);
});
