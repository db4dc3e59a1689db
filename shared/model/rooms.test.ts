import { describe, expect, it } from 'vitest';
import type { RoomRow, RoomView } from '../bridge/rooms.ts';
import { roomConversation } from '../conversation.ts';
import type { RoomId } from '../ids.ts';
import { applyEvent, applySnapshot, initialState } from './chat.ts';
import {
  isMember,
  mayMentionRoom,
  memberCount,
  nameOfConversation,
  roomByName,
  roomOf,
  sortedRooms,
} from './rooms.ts';
import { bob, carol, contactOf, idOf, me, roomViewOf, snapshotOf, withBob, withCarol } from './samples.ts';

const lab = roomViewOf(1, 'lab');
const everyone = roomViewOf(2, 'everyone', { access: 'everyone' });
const withRooms = (...rooms: RoomView[]) => applySnapshot(initialState, snapshotOf({ rooms }));
const rowOf = (number: number, name: string): RoomRow => {
  const { room, topic, access, ended, members } = roomViewOf(number, name);
  return { room, name, topic, access, ended, members, standing: 'guest' };
};

describe('rooms of the user', () => {
  it('come with the snapshot, and an event replaces those that it names', () => {
    const state = applyEvent(withRooms(lab, everyone), { type: 'rooms', rooms: [{ ...lab, name: 'shop' }] });
    expect([...state.rooms.values()].map(({ name }) => name)).toEqual(['shop', 'everyone']);
    expect(applySnapshot(state, snapshotOf()).rooms.size).toBe(0);
  });

  it('are found by their conversation', () => {
    const state = withRooms(lab);
    expect(roomOf(state, lab.conversation)).toBe(lab);
    expect(roomOf(state, withBob)).toBeUndefined();
    expect(roomOf(state, everyone.conversation)).toBeUndefined();
  });

  it('are found by their name, with or without #, by the rules for nicknames', () => {
    const state = withRooms(lab);
    expect([roomByName(state, 'lab'), roomByName(state, '#LAB'), roomByName(state, '#l')]).toEqual([
      lab,
      lab,
      undefined,
    ]);
  });

  it('of an earlier server, ended ones and former ones give way to a room with the same name', () => {
    const others = [
      roomViewOf(3, 'lab', { otherServer: true }),
      roomViewOf(4, 'lab', { ended: 'archived' }),
      roomViewOf(5, 'lab', { standing: 'removed' }),
    ];
    expect(roomByName(withRooms(...others, lab), '#lab')).toBe(lab);
    expect(roomByName(withRooms(...others), '#lab')?.standing).toBe('removed');
  });

  it('are listed by their names, #everyone first', () => {
    const names = sortedRooms(withRooms(roomViewOf(6, 'zoo'), lab, everyone)).map(({ name }) => name);
    expect(names).toEqual(['everyone', 'lab', 'zoo']);
  });

  it('have members, and moderators that mention all of them', () => {
    const standings = [
      'owner',
      'moderator',
      'member',
      'reader',
      'invited',
      'left',
      'removed',
      'banned',
    ] as const;
    expect(standings.filter((standing) => isMember({ standing }))).toEqual(standings.slice(0, 4));
    expect(standings.filter((standing) => mayMentionRoom({ ...lab, standing }))).toEqual(
      standings.slice(0, 2),
    );
    expect(mayMentionRoom(undefined)).toBe(false);
  });
});

it('a conversation has the name of its room, or the nickname of its peer', () => {
  const state = withRooms(lab);
  expect(nameOfConversation(state, lab.conversation)).toBe('#lab');
  expect(nameOfConversation(state, withBob)).toBe('bob');
  expect(nameOfConversation(state, withCarol)).toBeNull();
  expect(nameOfConversation(state, roomConversation('f'.repeat(32) as RoomId))).toBeNull();
});

describe('the list of the server', () => {
  const page = (after: string | null, names: readonly string[], next: string | null) => ({
    type: 'room-list' as const,
    after,
    rooms: names.map((name, index) => rowOf(index, name)),
    next,
  });
  const namesAfter = (...pages: ReturnType<typeof page>[]) =>
    pages.reduce(applyEvent, withRooms()).browsed?.rooms.map(({ name }) => name);

  it('grows page by page, and begins again with the first page', () => {
    expect(withRooms().browsed).toBeNull();
    expect(namesAfter(page(null, ['a', 'b'], 'b'), page('b', ['c'], null))).toEqual(['a', 'b', 'c']);
    expect(namesAfter(page(null, ['a', 'b'], 'b'), page(null, ['b'], null))).toEqual(['b']);
  });

  it('ignores a page that another frontend asked for, and one that comes twice', () => {
    expect(namesAfter(page(null, ['a'], 'a'), page('x', ['y'], null))).toEqual(['a']);
    expect(namesAfter(page(null, ['a'], 'a'), page('a', ['b'], 'b'), page('a', ['b'], 'b'))).toEqual([
      'a',
      'b',
    ]);
    expect(namesAfter(page('x', ['y'], null))).toBeUndefined();
  });
});

it('the newest answer about the readers of a message is kept', () => {
  const readers = { room: lab.room, id: idOf(1), read: [bob], delivered: [carol], pending: [], more: 0 };
  const state = applyEvent(withRooms(lab), { type: 'room-readers', readers });
  expect(state.readers).toBe(readers);
  expect(applyEvent(state, { type: 'room-refused', room: lab.room, id: idOf(2), code: 'slow' })).toBe(state);
});

it('the members of #everyone are the people that the gateway knows, who come without an entry in the room', () => {
  const state = applyEvent(withRooms(lab, everyone), {
    type: 'contacts',
    contacts: [contactOf(me, 'alice'), contactOf(bob, 'bob'), contactOf(carol, 'carol')],
  });
  expect(memberCount(state, { ...everyone, members: 1 })).toBe(3);
  expect(memberCount(state, { ...lab, members: 7 })).toBe(7);
});
