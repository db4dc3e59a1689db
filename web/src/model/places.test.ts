import { describe, expect, it } from 'vitest';
import { applySnapshot, initialState } from '../../../shared/model/chat.ts';
import {
  bob,
  carol,
  contactOf,
  me,
  messageOf,
  roomViewOf,
  snapshotOf,
  withBob,
} from '../../../shared/model/samples.ts';
import { nextPlace, placeName, placesFor, placesOf } from './places.ts';

const lab = roomViewOf(1, 'lab');
const chat = applySnapshot(
  initialState,
  snapshotOf({
    rooms: [lab],
    contacts: [contactOf(me, 'alice'), contactOf(bob, 'bob'), contactOf(carol, 'Carol Alba', false)],
    conversations: [
      {
        conversation: withBob,
        unread: 2,
        mentions: 0,
        notify: 'all',
        messages: [messageOf(1)],
        hasMore: false,
      },
    ],
  }),
);
const places = placesOf(chat, { status: 'open' });
const names = (found: readonly (typeof places)[number][]) => found.map((place) => placeName(place, '?'));

it('has the rooms and people in the order of the list, without the user', () => {
  expect(names(places)).toEqual(['#lab', 'bob', 'Carol Alba']);
  expect(places.map(({ path }) => path)).toEqual(['/r/lab', '/c/bob', '/c/Carol%20Alba']);
});

describe('UI 7: the next place', () => {
  const next = (open: string | null, by: 1 | -1, unreadOnly = false) => {
    const at = places.find((place) => placeName(place, '?') === open)?.conversation ?? null;
    const place = nextPlace(places, at, by, unreadOnly);
    return place && placeName(place, '?');
  };

  it('is the one below or above, and goes around at the ends', () => {
    expect(['#lab', 'bob', 'Carol Alba'].map((open) => next(open, 1))).toEqual(['bob', 'Carol Alba', '#lab']);
    expect(['#lab', 'bob', 'Carol Alba'].map((open) => next(open, -1))).toEqual([
      'Carol Alba',
      '#lab',
      'bob',
    ]);
  });

  it('is the first or the last, while no conversation is open', () => {
    expect([next(null, 1), next(null, -1)]).toEqual(['#lab', 'Carol Alba']);
  });

  it('has unread messages, if only such ones count', () => {
    expect([next('#lab', 1, true), next('Carol Alba', -1, true)]).toEqual(['bob', 'bob']);
    expect(next('bob', 1, true)).toBeUndefined();
  });

  it('does not exist in an empty list', () => {
    expect(nextPlace([], null, 1, false)).toBeUndefined();
  });
});

describe('UI 7: the switcher', () => {
  it('shows all places before the user types', () => {
    expect(names(placesFor(places, ' ', '?'))).toEqual(['#lab', 'bob', 'Carol Alba']);
  });

  it('finds names by each typed word, and those that begin with it first', () => {
    expect(names(placesFor(places, 'b', '?'))).toEqual(['bob', '#lab', 'Carol Alba']);
    expect(names(placesFor(places, 'alb car', '?'))).toEqual(['Carol Alba']);
    expect(names(placesFor(places, 'la', '?'))).toEqual(['#lab']);
    expect(names(placesFor(places, 'zed', '?'))).toEqual([]);
  });
});
