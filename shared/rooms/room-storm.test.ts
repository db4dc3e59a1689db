import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Timeline } from '../chat/timeline.ts';
import { toHex, type MessageId, type PeerKey } from '../ids.ts';
import {
  checkpointOf,
  compareCheckpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  roomFromCheckpoint,
} from './checkpoint.ts';
import type { RoomContent } from './content.ts';
import type { LogPoint, Sha256 } from './entry.ts';
import { emptyRoom, type RoomState } from './room-state.ts';
import {
  testInstallation,
  testKey,
  testRoomId,
  testRoomOf,
  testServerKey,
  type TestRoom,
} from './test-room.ts';
import { timelineEntryOf } from './room-timeline.ts';
import { takeBatch } from './verify-log.ts';

const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const people = Array.from({ length: 9 }, (_, index) => testKey(index + 1));

/** Numbers below a limit, the same for each seed (mulberry32). */
function randomOf(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** A content as a client might write it that knows no table. */
function anyContent(random: (limit: number) => number, ids: readonly MessageId[]): RoomContent {
  const member = people[random(people.length)] ?? testServerKey;
  const of = ids[random(ids.length)]!;
  const contents: readonly RoomContent[] = [
    { kind: 'text', text: `words ${random(100)}` },
    { kind: 'text', text: 'more words', mentionsRoom: true },
    { kind: 'edit', of, text: 'other words' },
    { kind: 'delete', of },
    { kind: 'reaction', items: [{ of, emoji: '👍', on: random(2) === 0 }] },
    { kind: 'join' },
    { kind: 'join' },
    { kind: 'leave' },
    { kind: 'invite', member },
    { kind: 'remove', member },
    { kind: 'ban', member },
    { kind: 'unban', member },
    { kind: 'role', member, role: (['owner', 'moderator', 'member', 'reader'] as const)[random(4)]! },
    { kind: 'hand-over', member },
    { kind: 'silence', member },
    { kind: 'unsilence', member },
    { kind: 'pin', of },
    { kind: 'unpin', of },
    { kind: 'topic', topic: `topic ${random(9)}` },
    { kind: 'name', name: `name${random(9)}` },
    { kind: 'mode', mode: random(2) === 0 ? { name: 'slow', seconds: 3 } : { name: 'normal' } },
    { kind: 'mode', mode: { name: 'moderated' } },
    { kind: 'retention', retention: { count: 1 + random(9) } },
    { kind: 'create', name: 'again', access: 'open' },
    { kind: 'close' },
    { kind: 'name-owner', member },
  ];
  return contents[random(contents.length)]!;
}

interface StormMember {
  state: RoomState;
  readonly points: LogPoint[];
  readonly ids: Set<MessageId>;
  readonly timeline: Timeline;
}

function newMember(state: RoomState): StormMember {
  return { state, points: [], ids: new Set(), timeline: new Timeline() };
}

function catchUp(room: TestRoom, member: StormMember, last: number): void {
  const result = takeBatch(member.state, room.batch(member.state.head.seq, last), room.ports(member));
  expect(result).toMatchObject({ type: 'taken', findings: [] });
  if (result.type !== 'taken') return;
  for (const { entry, point } of result.entries) {
    member.points.push(point);
    member.ids.add(entry.header.id);
    const shown = timelineEntryOf(entry);
    if (shown !== undefined) member.timeline.add(shown);
  }
}

function throughBytes(room: TestRoom, state: RoomState): RoomState {
  const bytes = encodeCheckpoint(checkpointOf(state)!);
  const checkpoint = decodeCheckpoint(bytes)!;
  expect(compareCheckpoint(state, checkpoint)).toBe('equal');
  expect(toHex(bytes)).toBe(toHex(room.stateBytes(state)));
  return roomFromCheckpoint(testServerKey, checkpoint);
}

/** Returns how many entries were taken and refused. */
function storm(seed: number): { taken: number; refused: number } {
  const random = randomOf(seed);
  const room = testRoomOf(sha256, people[0]!, people.slice(1, 4));
  const ids: MessageId[] = room.log.map(({ header }) => header.id);
  const members = [0, 1, 2].map(() => newMember(emptyRoom(testServerKey, testRoomId)));
  const count = { taken: 0, refused: 0 };
  for (let step = 0; step < 250; step++) {
    room.nowMs += random(2_000) - 100;
    const author: PeerKey = people[random(people.length)]!;
    const before = toHex(room.stateBytes());
    const sequence = random(20) === 0 ? { sequence: 1 + random(5) } : {};
    const content = anyContent(random, ids);
    const options = { ...sequence, installation: testInstallation(1 + random(2)) };
    const refusal = room.write(author, content, options);
    if (refusal === undefined) {
      count.taken++;
      ids.push(room.log.at(-1)!.header.id);
    } else {
      count.refused++;
      expect(toHex(room.stateBytes()), refusal.code).toBe(before);
    }
    if (random(5) === 0) {
      const member = members[random(members.length)]!;
      const seq = member.state.head.seq;
      catchUp(room, member, Math.max(seq, 1) + random(room.log.length - Math.max(seq, 1) + 1));
      if (random(2) === 0) member.state = throughBytes(room, member.state);
    }
    const owners = [...room.state.members.values()].filter((role) => role === 'owner');
    expect(owners.length).toBeGreaterThan(0);
    expect(room.state.about).toMatchObject({ ended: null });
  }
  for (const member of members) {
    catchUp(room, member, room.log.length);
    expect(toHex(room.stateBytes(member.state))).toBe(toHex(room.stateBytes()));
    expect(member.timeline.messages()).toEqual(members[0]?.timeline.messages());
  }
  return count;
}

describe('a storm of clients that do not know the table', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'PROTOCOL 10.18: leaves all members with one state, and refused entries change nothing: seed %i',
    (seed) => {
      const { taken, refused } = storm(seed);
      expect(taken).toBeGreaterThan(20);
      expect(refused).toBeGreaterThan(20);
    },
  );
});
