import { createHash } from 'node:crypto';
import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { digestFromBytes, toHex } from '../ids.ts';
import {
  checkpointOf,
  checkpointSignedBytes,
  compareCheckpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  readCheckpoint,
  roomFromCheckpoint,
} from './checkpoint.ts';
import type { Sha256 } from './entry.ts';
import { applyEntry } from './reducer.ts';
import { emptyRoom } from './room-state.ts';
import {
  testInstallation,
  testKey,
  testRoomId,
  testRoomOf,
  testServerKey,
  type TestRoom,
} from './test-room.ts';

const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const [owner, bob, carol, dave] = [testKey(1), testKey(2), testKey(3), testKey(4)];

/** A room with something in each field of its state. */
function fullRoom(): TestRoom {
  const room = testRoomOf(sha256, owner, [dave, bob, carol]);
  room.write(owner, { kind: 'role', member: bob, role: 'reader' });
  room.write(bob, { kind: 'leave' });
  room.write(owner, { kind: 'silence', member: carol });
  room.write(owner, { kind: 'ban', member: testKey(9) });
  room.write(owner, { kind: 'pin', of: room.newId() });
  room.write(owner, { kind: 'topic', topic: 'news' });
  room.write(owner, { kind: 'mode', mode: { name: 'slow', seconds: 5 } });
  room.write(owner, { kind: 'retention', retention: { days: 7 } });
  room.write(dave, { kind: 'text', text: 'hello' }, { installation: testInstallation(7) });
  return room;
}

function portsOf(room: TestRoom) {
  return { digestOf: (bytes: Uint8Array) => digestFromBytes(sha256(bytes)), verify: room.verify };
}

describe('a checkpoint', () => {
  it('PROTOCOL 10.24: has the whole state, and a reducer goes on from it as from the first entry', () => {
    const room = fullRoom();
    const checkpoint = decodeCheckpoint(encodeCheckpoint(checkpointOf(room.state)!))!;
    expect(checkpoint).toEqual(checkpointOf(room.state));
    const state = roomFromCheckpoint(testServerKey, checkpoint);
    expect(state).toEqual(room.state);
    expect([...state.authors.keys()]).toEqual([...room.state.authors.keys()]);
    const from = room.log.length;
    room.write(bob, { kind: 'join' });
    room.write(owner, { kind: 'unsilence', member: carol });
    for (const [at, entry] of room.log.slice(from).entries())
      expect(applyEntry(state, entry, room.points[from + at]!.hash)).toBeUndefined();
    expect(toHex(room.stateBytes(state))).toBe(toHex(room.stateBytes()));
    expect(state.members.get(bob)).toBe('reader');
  });

  it('PROTOCOL 10.25: is read only with the signature of the server over its room, its point and its bytes', () => {
    const room = fullRoom();
    const signed = room.signedCheckpoint();
    const read = (each: typeof signed, of = testRoomId) =>
      readCheckpoint(testServerKey, of, each, portsOf(room));
    expect(read(signed)).toEqual(checkpointOf(room.state));
    expect(read(signed, 'ff'.repeat(16) as typeof testRoomId)).toBeUndefined();
    expect(read({ ...signed, signature: new Uint8Array(64) })).toBeUndefined();
    expect(read({ ...signed, bytes: Uint8Array.of(1) })).toBeUndefined();
    room.write(owner, { kind: 'topic', topic: 'other' });
    expect(read({ ...signed, bytes: room.stateBytes() })).toBeUndefined();
    const digest = digestFromBytes(sha256(signed.bytes));
    expect(toHex(checkpointSignedBytes(testRoomId, room.points[0]!, digest))).toBe(
      'aa'.repeat(16) + '01'.repeat(8) + '0000000000000001' + room.points[0]!.hash + digest,
    );
  });

  it('PROTOCOL 10.26: lets a member without the earlier entries start, and a room before create has none', () => {
    expect(checkpointOf(emptyRoom(testServerKey, testRoomId))).toBeUndefined();
    const room = fullRoom();
    const cut = room.log.length;
    const state = roomFromCheckpoint(testServerKey, checkpointOf(room.state)!);
    room.write(owner, { kind: 'hand-over', member: carol });
    const entry = room.log[cut]!;
    expect(applyEntry(state, entry, room.head.hash)).toBeUndefined();
    expect(state.members.get(carol)).toBe('owner');
  });

  it('PROTOCOL 10.27: is compared by a member that has the entries, but not after an entry of a later version', () => {
    const room = fullRoom();
    const own = roomFromCheckpoint(testServerKey, checkpointOf(room.state)!);
    const checkpoint = checkpointOf(room.state)!;
    expect(compareCheckpoint(own, checkpoint)).toBe('equal');
    expect(compareCheckpoint(own, { ...checkpoint, topic: 'other' })).toBe('differs');
    expect(compareCheckpoint(own, { ...checkpoint, members: checkpoint.members.slice(1) })).toBe('differs');
    expect(
      compareCheckpoint(own, { ...checkpoint, point: { ...checkpoint.point, hash: room.points[0]!.hash } }),
    ).toBe('differs');
    expect(compareCheckpoint(own, { ...checkpoint, point: room.points[0]! })).toBe('unchecked');
    room.nowMs += 5_000;
    room.write(dave, { kind: 'text', text: 'x' }, { kind: 'game', bytes: encode({ kind: 'game' }) });
    expect(compareCheckpoint(room.state, checkpointOf(room.state)!)).toBe('unchecked');
    expect(compareCheckpoint(emptyRoom(testServerKey, testRoomId), checkpoint)).toBe('unchecked');
  });
});
