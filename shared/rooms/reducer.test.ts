import { createHash } from 'node:crypto';
import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import type { MessageId, PeerKey } from '../ids.ts';
import {
  roomAuthorInstallationsMax,
  roomAuthorsMax,
  roomBansMax,
  roomFormerReadersMax,
  roomInvitationsMax,
  roomMembersMax,
  roomPinsMax,
  roomSilencedMax,
} from '../limits.ts';
import type { RoomContent } from './content.ts';
import type { Sha256 } from './entry.ts';
import { applyEntry } from './reducer.ts';
import { nextSequenceOf, standingOf } from './room-state.ts';
import { testEveryone, testInstallation, testKey, TestRoom, testRoomOf, testServerKey } from './test-room.ts';

const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const [owner, bob, carol, dave] = [testKey(1), testKey(2), testKey(3), testKey(4)];

/** A key of its own for each number below 60,000, and none of those above. */
function manyKey(number: number): PeerKey {
  return `f${number.toString(16).padStart(7, '0')}`.repeat(8) as PeerKey;
}

function codeOf(room: TestRoom, author: PeerKey, content: RoomContent): string {
  return room.write(author, content)?.code ?? 'ok';
}

describe('the reducer of a room', () => {
  it('PROTOCOL 10.2: takes only the next sequence of an installation, and a refused entry uses none', () => {
    const room = testRoomOf(sha256, owner, [bob]);
    const text: RoomContent = { kind: 'text', text: 'hello' };
    expect(room.write(bob, text, { sequence: 1 })?.code).toBe('wrong-sequence');
    expect(room.write(bob, text, { sequence: 3 })?.code).toBe('wrong-sequence');
    expect(codeOf(room, bob, { kind: 'topic', topic: 'mine' })).toBe('not-allowed');
    expect(room.write(bob, text, { sequence: 2 })).toBeUndefined();
    expect(room.write(bob, text, { sequence: 1, installation: testInstallation(2) })).toBeUndefined();
    expect(nextSequenceOf(room.state, bob, testInstallation(1))).toBe(3);
    expect(nextSequenceOf(room.state, bob, testInstallation(2))).toBe(2);
  });

  it('PROTOCOL 10.17: refuses an entry of another room, at another place, or before and after create', () => {
    const room = new TestRoom(sha256);
    expect(codeOf(room, owner, { kind: 'text', text: 'early' })).toBe('not-created');
    expect(codeOf(room, owner, { kind: 'create', name: 'lab', access: 'open' })).toBe('ok');
    expect(codeOf(room, owner, { kind: 'create', name: 'lab', access: 'open' })).toBe('already-created');
    const other = testEveryone(sha256, owner).state.room;
    expect(room.write(owner, { kind: 'text', text: 'x' }, { room: other })?.code).toBe('wrong-room');
    const entry = room.positioned(room.signed(owner, { kind: 'text', text: 'x' }));
    const later = { ...entry, position: { ...entry.position, seq: entry.position.seq + 1 } };
    expect(applyEntry(room.state, later, room.head.hash)?.code).toBe('wrong-position');
  });

  it('PROTOCOL 10.13: refuses a content that is malformed, and an entry about the room without content', () => {
    const room = testRoomOf(sha256, owner, [bob]);
    expect(room.write(bob, { kind: 'text', text: 'x' }, { kind: 'leave' })?.code).toBe('malformed');
    expect(room.write(bob, { kind: 'text', text: 'x' }, { bytes: Uint8Array.of(0xff) })?.code).toBe(
      'malformed',
    );
    const signed = room.signed(owner, { kind: 'topic', topic: 'news' });
    expect(room.take({ ...signed, content: null })?.code).toBe('content-missing');
    expect(room.take({ ...room.signed(bob, { kind: 'text', text: 'x' }), content: null })).toBeUndefined();
  });

  it('PROTOCOL 10.8: lets the server name an owner and close a room, and write nothing else', () => {
    const room = testRoomOf(sha256, owner, [bob]);
    expect(codeOf(room, testServerKey, { kind: 'text', text: 'x' })).toBe('not-allowed');
    expect(codeOf(room, testServerKey, { kind: 'role', member: bob, role: 'owner' })).toBe('not-allowed');
    expect(codeOf(room, testServerKey, { kind: 'name-owner', member: carol })).toBe('no-such-member');
    expect(codeOf(room, testServerKey, { kind: 'name-owner', member: bob })).toBe('ok');
    expect(room.log.at(-1)!.header.installation).toBe(room.epoch);
    expect(codeOf(room, testServerKey, { kind: 'close' })).toBe('ok');
    expect(codeOf(room, bob, { kind: 'leave' })).toBe('room-closed');
    const closed = new TestRoom(sha256);
    expect(codeOf(closed, testServerKey, { kind: 'create', name: 'lab', access: 'open' })).toBe(
      'not-allowed',
    );
    expect(codeOf(closed, owner, { kind: 'create', name: 'lab', access: 'everyone' })).toBe('not-allowed');
  });

  it('PROTOCOL 10.11: lets in a kind of a later version like a text, and changes nothing by it', () => {
    const room = testRoomOf(sha256, owner, [bob]);
    const bytes = encode({ kind: 'game', fallback: 'a game' });
    const later: RoomContent = { kind: 'text', text: 'x' };
    expect(room.write(carol, later, { kind: 'game', bytes })?.code).toBe('not-a-member');
    expect(room.state.hasLaterKinds).toBe(false);
    expect(room.write(bob, later, { kind: 'game', bytes })).toBeUndefined();
    expect(room.state.hasLaterKinds).toBe(true);
    expect(room.state.members.size).toBe(2);
  });

  it('PROTOCOL 10.12: lets an author act only on members that rank below it, and give only such roles', () => {
    const room = testRoomOf(sha256, owner, [bob, carol, dave]);
    room.write(owner, { kind: 'role', member: bob, role: 'moderator' });
    room.write(owner, { kind: 'role', member: carol, role: 'moderator' });
    const tries: readonly (readonly [PeerKey, RoomContent, string])[] = [
      [bob, { kind: 'remove', member: carol }, 'outranked'],
      [bob, { kind: 'ban', member: owner }, 'outranked'],
      [bob, { kind: 'silence', member: carol }, 'outranked'],
      [bob, { kind: 'role', member: bob, role: 'owner' }, 'not-yourself'],
      [bob, { kind: 'role', member: dave, role: 'moderator' }, 'outranked'],
      [bob, { kind: 'role', member: testKey(20), role: 'reader' }, 'no-such-member'],
      [bob, { kind: 'role', member: testServerKey, role: 'reader' }, 'no-such-member'],
      [bob, { kind: 'role', member: dave, role: 'reader' }, 'ok'],
      [bob, { kind: 'unsilence', member: bob }, 'not-yourself'],
      [owner, { kind: 'role', member: bob, role: 'owner' }, 'ok'],
      [owner, { kind: 'role', member: bob, role: 'member' }, 'outranked'],
      [owner, { kind: 'hand-over', member: owner }, 'not-yourself'],
      [owner, { kind: 'hand-over', member: carol }, 'ok'],
      [owner, { kind: 'name', name: 'mine' }, 'not-allowed'],
    ];
    for (const [author, content, code] of tries) expect(codeOf(room, author, content)).toBe(code);
    expect([...room.state.members].toSorted()).toEqual([
      [owner, 'moderator'],
      [bob, 'owner'],
      [carol, 'owner'],
      [dave, 'reader'],
    ]);
  });

  it('PROTOCOL 10.20: keeps the last owner until it hands over, and archives a room that its last member leaves', () => {
    const room = testRoomOf(sha256, owner, [bob]);
    expect(codeOf(room, owner, { kind: 'leave' })).toBe('last-owner');
    room.write(owner, { kind: 'hand-over', member: bob });
    expect(codeOf(room, owner, { kind: 'leave' })).toBe('ok');
    expect(codeOf(room, bob, { kind: 'leave' })).toBe('ok');
    expect(room.state.about?.ended).toBe('archived');
    expect(room.state.members.size).toBe(0);
    expect(codeOf(room, carol, { kind: 'join' })).toBe('archived');

    const named = testRoomOf(sha256, owner, [bob, carol]);
    named.write(testServerKey, { kind: 'name-owner', member: bob });
    expect(named.state.members.get(owner)).toBe('member');
    expect(codeOf(named, owner, { kind: 'leave' })).toBe('ok');
  });

  it('PROTOCOL 10.21: keeps a reader a reader, and a silenced key silenced, when they leave and join', () => {
    const room = testRoomOf(sha256, owner, [bob, carol]);
    room.write(owner, { kind: 'role', member: bob, role: 'reader' });
    room.write(owner, { kind: 'silence', member: carol });
    for (const key of [bob, carol]) {
      expect(codeOf(room, key, { kind: 'leave' })).toBe('ok');
      expect(codeOf(room, key, { kind: 'join' })).toBe('ok');
    }
    expect(standingOf(room.state, bob)).toBe('reader');
    expect(codeOf(room, carol, { kind: 'text', text: 'x' })).toBe('silenced');
    expect(codeOf(room, owner, { kind: 'ban', member: bob })).toBe('ok');
    expect(codeOf(room, bob, { kind: 'join' })).toBe('banned-from-room');
    expect(codeOf(room, owner, { kind: 'unban', member: bob })).toBe('ok');
    expect(codeOf(room, bob, { kind: 'join' })).toBe('ok');
    expect(standingOf(room.state, bob)).toBe('reader');
  });

  it('PROTOCOL 10.22: gives a member of a slow room one message in its pace, by the clock of the server', () => {
    const room = testRoomOf(sha256, owner, [bob]);
    room.write(owner, { kind: 'mode', mode: { name: 'slow', seconds: 10 } });
    const text: RoomContent = { kind: 'text', text: 'x' };
    expect(room.write(bob, text)).toBeUndefined();
    room.nowMs += 4_000;
    expect(room.write(bob, text)).toEqual({ code: 'slow', retryAfterMs: 6_000 });
    expect(
      room.write(bob, { kind: 'reaction', items: [{ of: room.newId(), emoji: '👍', on: true }] }),
    ).toBeUndefined();
    expect(room.write(owner, text)).toBeUndefined();
    expect(room.write(owner, text)).toBeUndefined();
    room.nowMs += 6_000;
    expect(room.write(bob, text)).toBeUndefined();
    room.nowMs -= 3_600_000;
    expect(room.write(bob, text)).toBeUndefined();
  });

  it('PROTOCOL 10.19: has the roster as the members of everyone, without entries for them', () => {
    const room = testEveryone(sha256, owner);
    expect(codeOf(room, bob, { kind: 'text', text: 'hello' })).toBe('ok');
    expect(codeOf(room, bob, { kind: 'leave' })).toBe('not-in-everyone');
    room.strangers.add(carol);
    expect(codeOf(room, carol, { kind: 'text', text: 'hello' })).toBe('not-a-member');
    expect(codeOf(room, owner, { kind: 'role', member: bob, role: 'moderator' })).toBe('ok');
    expect(codeOf(room, bob, { kind: 'silence', member: dave })).toBe('ok');
    expect(codeOf(room, owner, { kind: 'role', member: bob, role: 'member' })).toBe('ok');
    expect([...room.state.members]).toEqual([[owner, 'owner']]);
    expect(codeOf(room, testServerKey, { kind: 'name-owner', member: dave })).toBe('ok');
    expect([...room.state.members]).toEqual([[dave, 'owner']]);
  });

  it('PROTOCOL 10.54: lets no guest create a room or become its owner or moderator, where a server applies the entry', () => {
    const room = testRoomOf(sha256, owner, [bob, carol]);
    room.guests.add(bob);
    for (const content of [
      { kind: 'role', member: bob, role: 'moderator' },
      { kind: 'role', member: bob, role: 'owner' },
      { kind: 'hand-over', member: bob },
    ] as const)
      expect(codeOf(room, owner, content), content.kind).toBe('guest-role');
    expect(codeOf(room, testServerKey, { kind: 'name-owner', member: bob })).toBe('guest-role');
    expect(codeOf(room, owner, { kind: 'role', member: bob, role: 'reader' })).toBe('ok');
    expect(codeOf(room, owner, { kind: 'role', member: bob, role: 'member' })).toBe('ok');
    expect(codeOf(room, bob, { kind: 'text', text: 'hello' })).toBe('ok');
    expect(codeOf(room, owner, { kind: 'role', member: carol, role: 'moderator' })).toBe('ok');
    expect([...room.state.members]).toEqual([
      [owner, 'owner'],
      [bob, 'member'],
      [carol, 'moderator'],
    ]);
  });

  it('PROTOCOL 10.18: takes an entry that changes nothing, and sets the sequence of its installation', () => {
    const room = testRoomOf(sha256, owner, [bob]);
    const of = room.newId();
    for (const content of [
      { kind: 'pin', of },
      { kind: 'pin', of },
      { kind: 'unban', member: carol },
    ] as const)
      expect(codeOf(room, owner, content)).toBe('ok');
    expect([...room.state.pins]).toEqual([of]);
    expect(nextSequenceOf(room.state, owner, testInstallation(1))).toBe(5);
    expect([...room.state.authors.keys()]).toEqual([bob, owner]);
  });

  it('keeps an invitation to an open room too, so that the invited person learns of the room', () => {
    const room = new TestRoom(sha256);
    room.write(owner, { kind: 'create', name: 'lab', access: 'open' });
    expect(codeOf(room, owner, { kind: 'invite', member: bob })).toBe('ok');
    expect([...room.state.invited]).toEqual([bob]);
    expect(codeOf(room, bob, { kind: 'join' })).toBe('ok');
    expect([...room.state.invited]).toEqual([]);
  });

  it('takes an invitation back by remove, and one that was used is gone', () => {
    const room = new TestRoom(sha256);
    room.write(owner, { kind: 'create', name: 'lab', access: 'closed' });
    room.write(owner, { kind: 'invite', member: bob });
    expect(codeOf(room, owner, { kind: 'remove', member: bob })).toBe('ok');
    expect(codeOf(room, bob, { kind: 'join' })).toBe('not-invited');
    room.write(owner, { kind: 'invite', member: bob });
    expect(codeOf(room, bob, { kind: 'join' })).toBe('ok');
    expect(codeOf(room, owner, { kind: 'invite', member: bob })).toBe('already-a-member');
    expect(codeOf(room, bob, { kind: 'leave' })).toBe('ok');
    expect(codeOf(room, bob, { kind: 'join' })).toBe('not-invited');
  });
});

describe('the bounds of a room', () => {
  it('PROTOCOL 10.23: refuse the member, the invitation, the ban, the silence and the pin that are one too many', () => {
    const room = testRoomOf(sha256, owner, [bob]);
    const { state } = room;
    for (let number = state.members.size; number < roomMembersMax; number++)
      state.members.set(manyKey(number), 'member');
    for (let number = 0; number < roomBansMax; number++) state.banned.add(manyKey(20_000 + number));
    for (let number = 0; number < roomSilencedMax; number++) state.silenced.add(manyKey(30_000 + number));
    for (let number = 0; number < roomPinsMax; number++) state.pins.add(String(number) as MessageId);
    expect(codeOf(room, carol, { kind: 'join' })).toBe('room-full');
    expect(codeOf(room, owner, { kind: 'ban', member: bob })).toBe('too-many-bans');
    expect(codeOf(room, owner, { kind: 'silence', member: bob })).toBe('too-many-silenced');
    expect(codeOf(room, owner, { kind: 'pin', of: room.newId() })).toBe('too-many-pins');
    expect(standingOf(state, bob)).toBe('member');

    const closed = new TestRoom(sha256);
    closed.write(owner, { kind: 'create', name: 'lab', access: 'closed' });
    for (let number = 0; number < roomInvitationsMax; number++) closed.state.invited.add(manyKey(number));
    expect(codeOf(closed, owner, { kind: 'invite', member: bob })).toBe('too-many-invitations');
  });

  it('PROTOCOL 10.23: forget the former reader, the installation and the author that wrote longest ago', () => {
    const room = testRoomOf(sha256, owner, [bob, carol]);
    const { state } = room;
    for (let number = 0; number < roomFormerReadersMax; number++) state.formerReaders.add(manyKey(number));
    room.write(owner, { kind: 'role', member: bob, role: 'reader' });
    room.write(bob, { kind: 'leave' });
    expect(state.formerReaders.size).toBe(roomFormerReadersMax);
    expect(state.formerReaders.has(manyKey(0))).toBe(false);

    const text: RoomContent = { kind: 'text', text: 'x' };
    for (let number = 1; number <= roomAuthorInstallationsMax; number++)
      room.write(carol, text, { installation: testInstallation(number) });
    room.write(carol, text, { installation: testInstallation(1) });
    room.write(carol, text, { installation: testInstallation(99) });
    expect(nextSequenceOf(state, carol, testInstallation(1))).toBe(4);
    expect(nextSequenceOf(state, carol, testInstallation(2))).toBe(1);

    for (let number = state.authors.size; number < roomAuthorsMax; number++)
      state.authors.set(manyKey(number), { nextSequences: new Map(), lastPostAtMs: null });
    room.write(dave, { kind: 'join' });
    expect(state.authors.size).toBe(roomAuthorsMax);
    expect([...state.authors.keys()][0]).not.toBe(owner);
    expect(state.authors.has(dave)).toBe(true);
  });
});
