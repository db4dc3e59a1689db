import { describe, expect, it } from 'vitest';
import type { RoomView } from '../../../shared/bridge/rooms.ts';
import { applySnapshot, initialState } from '../../../shared/model/chat.ts';
import { bob, carol, contactOf, keyOf, me, roomViewOf, snapshotOf } from '../../../shared/model/samples.ts';
import { entryFor, memberActions } from './member-actions.ts';
import {
  canWrite,
  may,
  mayTo,
  memberRows,
  notAcknowledged,
  roomSections,
  writingState,
  type MemberRow,
} from './rooms.ts';

const open = { status: 'open' } as const;
const lab = (change: Partial<RoomView> = {}) => roomViewOf(1, 'lab', change);
const chatOf = (...rooms: RoomView[]) =>
  applySnapshot(
    initialState,
    snapshotOf({
      rooms,
      contacts: [contactOf(me, 'alice'), contactOf(bob, 'bob', false), contactOf(carol, 'carol')],
    }),
  );

it('the list has the rooms of the user with #everyone first, and below them those that only hold what arrived', () => {
  const rooms = [
    lab(),
    roomViewOf(2, 'attic', { standing: 'removed' }),
    roomViewOf(3, 'everyone', { access: 'everyone' }),
    roomViewOf(4, 'den', { standing: 'invited' }),
    roomViewOf(5, 'cellar', { ended: 'archived' }),
    roomViewOf(6, 'yard', { otherServer: true }),
  ];
  const namesOf = (views: readonly RoomView[]) => views.map(({ name }) => name);
  const { current, past } = roomSections(chatOf(...rooms), '');
  expect(namesOf(current)).toEqual(['everyone', 'den', 'lab']);
  expect(namesOf(past)).toEqual(['attic', 'cellar', 'yard']);
  expect(namesOf(roomSections(chatOf(...rooms), 'LA').current)).toEqual(['lab']);
  expect(namesOf(roomSections(chatOf(...rooms), '#la').current)).toEqual(['lab']);
});

describe('whether the user can write in a room', () => {
  it.each([
    ['open', {}],
    ['other-server', { otherServer: true, standing: 'removed' }],
    ['closed', { ended: 'closed' }],
    ['banned', { standing: 'banned' }],
    ['removed', { standing: 'removed' }],
    ['left', { standing: 'left', ended: 'archived' }],
    ['invited', { standing: 'invited' }],
    ['archived', { ended: 'archived', standing: 'owner' }],
    ['silenced', { silenced: true }],
    ['reader', { standing: 'reader' }],
    ['moderated', { mode: { name: 'moderated' } }],
    ['open', { mode: { name: 'moderated' }, standing: 'moderator' }],
    ['open', { mode: { name: 'slow', seconds: 30 }, standing: 'owner' }],
  ] satisfies [string, Partial<RoomView>][])('%s: %j', (kind, change) => {
    const state = writingState(lab(change));
    expect(state.kind).toBe(kind);
    expect(canWrite(state)).toBe(kind === 'open');
  });

  it('a member of a slow room writes at its pace', () => {
    const state = writingState(lab({ mode: { name: 'slow', seconds: 30 } }));
    expect(state).toEqual({ kind: 'slow', seconds: 30 });
    expect(canWrite(state)).toBe(true);
  });
});

describe('the rights of the user', () => {
  it('follow the table of rights: by role, by access, and not at all where nothing is taken', () => {
    expect([may(lab(), 'invite'), may(lab({ access: 'closed' }), 'invite')]).toEqual([true, false]);
    expect([may(lab(), 'hide'), may(lab({ standing: 'moderator' }), 'hide')]).toEqual([false, true]);
    expect([may(lab(), 'leave'), may(lab({ access: 'everyone' }), 'leave')]).toEqual([true, false]);
    expect([may(lab({ ended: 'archived' }), 'reaction'), may(lab({ ended: 'archived' }), 'leave')]).toEqual([
      false,
      true,
    ]);
    expect(may(lab({ mode: { name: 'moderated' } }), 'reaction')).toBe(true);
    expect(may(lab({ standing: 'owner', otherServer: true }), 'topic')).toBe(false);
    expect([may(lab({ standing: 'left' }), 'join'), may(lab(), 'join')]).toEqual([true, false]);
  });

  it('reach members of a lower rank alone', () => {
    const moderator = lab({ standing: 'moderator' });
    expect(mayTo(moderator, 'remove', { role: 'member' })).toBe(true);
    expect(mayTo(moderator, 'remove', { role: 'moderator' })).toBe(false);
    expect(mayTo(lab(), 'remove', { role: 'reader' })).toBe(false);
  });
});

describe('the list of members', () => {
  const members = [
    { key: carol, role: 'member', silenced: true },
    { key: me, role: 'member', silenced: false },
    { key: bob, role: 'owner', silenced: false },
    { key: keyOf(7), role: 'reader', silenced: false },
  ] as const;

  it('is sorted by role, by presence and by name, and finds a name', () => {
    const rows = memberRows(chatOf(), open, lab(), { members: [...members] });
    expect(rows.map(({ nickname, role, presence, isMe }) => [nickname, role, presence, isMe])).toEqual([
      ['bob', 'owner', 'away', false],
      ['alice', 'member', 'online', true],
      ['carol', 'member', 'online', false],
      [null, 'reader', 'away', false],
    ]);
    expect(
      memberRows(chatOf(), open, lab(), { members: [...members] }, 'car').map(({ silenced }) => silenced),
    ).toEqual([true]);
  });

  it('says of no one that they are online, while the tab does not have its gateway', () => {
    const down = { status: 'down', sinceMs: 0, nextAttemptAtMs: null } as const;
    const rows = memberRows(chatOf(), down, lab(), { members: [...members] });
    expect(new Set(rows.map(({ presence }) => presence))).toEqual(new Set(['unknown']));
  });

  it('of #everyone has everyone in the chat', () => {
    const rows = memberRows(chatOf(), open, { access: 'everyone' }, { members: [] });
    expect(rows.map(({ nickname, role }) => [nickname, role])).toEqual([
      ['alice', 'member'],
      ['carol', 'member'],
      ['bob', 'member'],
    ]);
  });

  it('says which members have not read an announcement, and does not ask its author', () => {
    const rows = memberRows(chatOf(), open, lab(), { members: [...members] });
    expect(notAcknowledged(rows, bob, [carol]).map(({ key }) => key)).toEqual([me, keyOf(7)]);
  });
});

describe('what the user may do to a member', () => {
  const row = {
    key: bob,
    nickname: 'bob',
    presence: 'online',
    role: 'member',
    silenced: false,
    isMe: false,
    isGuest: false,
  } as const;
  const offered = (change: Partial<RoomView>, member: MemberRow = row) =>
    memberActions(lab(change), member).map((action) => ('role' in action ? action.role : action.kind));

  it('follows the rank of both', () => {
    expect(offered({ standing: 'member' })).toEqual([]);
    expect(offered({ standing: 'moderator' })).toEqual(['reader', 'silence', 'remove', 'ban']);
    expect(offered({ standing: 'owner' })).toEqual([
      'moderator',
      'reader',
      'hand-over',
      'silence',
      'remove',
      'ban',
    ]);
    expect(offered({ standing: 'moderator' }, { ...row, role: 'owner' })).toEqual([]);
    expect(offered({ standing: 'owner' }, { ...row, isMe: true })).toEqual([]);
  });

  it('PROTOCOL 10.54: gives a guest no role above member', () => {
    const guest = { ...row, isGuest: true };
    expect(offered({ standing: 'owner' }, guest)).toEqual(['reader', 'silence', 'remove', 'ban']);
    expect(offered({ standing: 'owner' }, { ...guest, role: 'reader' })).toContain('member');
  });

  it('lets a silenced member write again', () => {
    expect(offered({ standing: 'moderator' }, { ...row, silenced: true })).toContain('unsilence');
    expect(offered({ standing: 'moderator' }, { ...row, silenced: true })).not.toContain('silence');
  });

  it('is one entry in the room', () => {
    const { room } = lab();
    expect(entryFor({ kind: 'role', role: 'reader' }, lab(), bob)).toEqual({
      type: 'room-role',
      room,
      member: bob,
      role: 'reader',
    });
    expect(entryFor({ kind: 'ban' }, lab(), bob)).toEqual({ type: 'room-ban', room, member: bob });
  });
});
