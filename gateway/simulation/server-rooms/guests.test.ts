import { describe, expect, it } from 'vitest';
import { everyoneRoom } from '../../../shared/rooms/room-state.ts';
import { RoomFixture } from './room-fixture.ts';

describe('PROTOCOL 10.54: a server', () => {
  it('refuses the room of a guest, and a guest as its owner or moderator, and lets guests in as members', () => {
    const fixture = new RoomFixture();
    const alice = fixture.member(1);
    const bob = fixture.member(2, alice);
    const create = { kind: 'create', name: 'lab', access: 'open' } as const;
    expect(bob.write(create)).toBe('guest-role');
    expect(fixture.rooms.all().map(({ name }) => name)).toEqual(['everyone']);
    expect(alice.write(create)).toBeUndefined();
    expect(bob.write({ kind: 'join' })).toBeUndefined();
    expect(alice.write({ kind: 'role', member: bob.key, role: 'moderator' })).toBe('guest-role');
    expect(alice.write({ kind: 'hand-over', member: bob.key })).toBe('guest-role');
    expect(bob.write({ kind: 'text', text: 'hello' })).toBeUndefined();
    expect(alice.write({ kind: 'role', member: bob.key, role: 'reader' })).toBeUndefined();
  });

  it('refuses its operator a guest as the owner of a room, also of everyone', () => {
    const fixture = new RoomFixture();
    const alice = fixture.member(1);
    const bob = fixture.member(2, alice);
    const name = () => fixture.turn(() => fixture.rooms.nameOwner(fixture.now, everyoneRoom, bob.key));
    expect(name()).toBe('guest-role');
    expect(fixture.turn(() => fixture.rooms.nameOwner(fixture.now, everyoneRoom, alice.key))).toBeNull();
  });

  it('knows its guests again after it was restored from a backup', () => {
    const fixture = new RoomFixture();
    const bob = fixture.member(2, fixture.member(1));
    fixture.restore(fixture.store);
    fixture.arrive(bob);
    expect(bob.write({ kind: 'create', name: 'lab', access: 'open' })).toBe('guest-role');
  });
});
