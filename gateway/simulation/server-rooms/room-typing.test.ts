import { beforeEach, describe, expect, it } from 'vitest';
import { everyoneRoom } from '../../../shared/rooms/room-state.ts';
import { lab, RoomFixture, type TestMember } from './room-fixture.ts';

let fixture: RoomFixture;
let owner: TestMember;
let bob: TestMember;
let carol: TestMember;

beforeEach(() => {
  fixture = new RoomFixture();
  [owner, bob, carol] = [fixture.member(1), fixture.member(2), fixture.member(3)];
  expect(owner.write({ kind: 'create', name: 'lab', access: 'open' })).toBeUndefined();
  for (const each of [bob, carol]) expect(each.write({ kind: 'join' })).toBeUndefined();
});

/** The members that hear that this member types. */
function toldOf(member: TestMember, room = lab): TestMember[] {
  fixture.pass(6_000);
  const all = [...fixture.members.values()];
  const before = all.map((each) => each.heard.length);
  member.tell({ kind: 'room-typing', room });
  return all.filter((each, index) => {
    const heard = each.heard.slice(before[index]);
    if (heard.length > 0) expect(heard).toEqual([{ kind: 'room-member-typing', room, member: member.key }]);
    return heard.length > 0;
  });
}

describe('a member that types in a room', () => {
  it('PROTOCOL 10.53: is passed on to the other members that are online, and to no one else', () => {
    fixture.member(4);
    expect(toldOf(bob)).toEqual([owner, carol]);
    fixture.leave(carol);
    expect(toldOf(bob)).toEqual([owner]);
    expect(toldOf(bob, everyoneRoom)).toEqual([owner, fixture.member(4)]);
  });

  it('PROTOCOL 10.53: is not passed on where the member may not write', () => {
    const outsider = fixture.member(4);
    expect(toldOf(outsider)).toEqual([]);
    expect(owner.write({ kind: 'silence', member: bob.key })).toBeUndefined();
    expect(owner.write({ kind: 'role', member: carol.key, role: 'reader' })).toBeUndefined();
    expect([toldOf(bob), toldOf(carol)]).toEqual([[], []]);
    expect(toldOf(owner)).toEqual([bob, carol]);
    expect(owner.write({ kind: 'unsilence', member: bob.key })).toBeUndefined();
    expect(owner.write({ kind: 'mode', mode: { name: 'slow', seconds: 60 } })).toBeUndefined();
    expect(toldOf(bob)).toEqual([owner, carol]);
    expect(owner.write({ kind: 'mode', mode: { name: 'moderated' } })).toBeUndefined();
    expect(toldOf(bob)).toEqual([]);
    expect(owner.write({ kind: 'archive' })).toBeUndefined();
    expect(toldOf(owner)).toEqual([]);
  });

  it('PROTOCOL 10.53: is not passed on in a room of more than 20 members', () => {
    for (let number = 4; number <= 20; number++)
      expect(fixture.member(number).write({ kind: 'join' })).toBeUndefined();
    expect(toldOf(bob)).toHaveLength(19);
    expect(toldOf(bob, everyoneRoom)).toHaveLength(19);
    const last = fixture.member(21);
    expect(toldOf(bob)).toHaveLength(19);
    expect(toldOf(bob, everyoneRoom)).toEqual([]);
    expect(last.write({ kind: 'join' })).toBeUndefined();
    expect(toldOf(bob)).toEqual([]);
  });

  it('PROTOCOL 10.53: is passed on twice at once, then once in 3 s, whatever the rooms', () => {
    const count = () => carol.heardOf('room-member-typing').length;
    for (let hint = 0; hint < 10; hint++)
      for (const room of [lab, everyoneRoom]) bob.tell({ kind: 'room-typing', room });
    expect(count()).toBe(2);
    for (let second = 0; second < 30; second++) {
      fixture.pass(1_000);
      bob.tell({ kind: 'room-typing', room: lab });
    }
    expect(count()).toBe(12);
    // Another member has a share of its own.
    owner.tell({ kind: 'room-typing', room: lab });
    expect(count()).toBe(13);
  });

  it('PROTOCOL 10.53: is kept nowhere, and a room that is not there is not answered', () => {
    const rooms = () => JSON.stringify(fixture.rooms.all());
    const before = rooms();
    expect(toldOf(bob)).toEqual([owner, carol]);
    expect(rooms()).toBe(before);
    expect(toldOf(bob, 'bb'.repeat(16) as typeof lab)).toEqual([]);
    const stranger = fixture.stranger(9);
    expect(toldOf(stranger)).toEqual([]);
    expect(stranger.heard).toEqual([]);
  });
});
