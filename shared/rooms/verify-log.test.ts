import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toHex, type MessageId, type PeerKey, type ServerEpoch } from '../ids.ts';
import { checkpointOf, roomFromCheckpoint } from './checkpoint.ts';
import { entrySignedBytes, type LogEntry, type LogPoint, type Sha256 } from './entry.ts';
import { emptyRoom, type RoomState } from './room-state.ts';
import { testKey, TestRoom, testRoomId, testRoomOf, testServerKey, type WriteOptions } from './test-room.ts';
import {
  isFork,
  isSignedHead,
  takeBatch,
  type BatchResult,
  type FindingKind,
  type LogBatch,
} from './verify-log.ts';

const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const [owner, bob] = [testKey(1), testKey(2)];

/** A member of a room with all that it has taken. */
class Member {
  readonly ids = new Set<MessageId>();
  readonly points: LogPoint[] = [];
  readonly shown: LogEntry[] = [];
  readonly #room: TestRoom;
  state: RoomState;

  constructor(room: TestRoom, state: RoomState = emptyRoom(testServerKey, testRoomId)) {
    this.#room = room;
    this.state = state;
  }

  take(batch: LogBatch): BatchResult {
    const result = takeBatch(this.state, batch, this.#room.ports(this));
    if (result.type === 'refused') return result;
    for (const { entry, point, hasEffect } of result.entries) {
      this.ids.add(entry.header.id);
      this.points.push(point);
      if (hasEffect) this.shown.push(entry);
    }
    return result;
  }

  /** Takes the batch and returns the kinds of its findings. */
  findings(batch: LogBatch): FindingKind[] {
    const result = this.take(batch);
    return result.type === 'refused' ? [result.finding.kind] : result.findings.map(({ kind }) => kind);
  }
}

/** A room with a few words, and a member that has them. */
function begun(): { room: TestRoom; member: Member } {
  const room = testRoomOf(sha256, owner, [bob]);
  const member = new Member(room);
  expect(member.findings(room.batch(0))).toEqual([]);
  return { room, member };
}

function text(room: TestRoom, author: PeerKey, words: string, options?: WriteOptions) {
  return room.signed(author, { kind: 'text', text: words }, options);
}

/** A room that has the same entries and goes on by itself. */
function copyOf(room: TestRoom): TestRoom {
  const copy = new TestRoom(sha256);
  const member = new Member(room);
  member.take(room.batch(0));
  Object.assign(copy.state, member.state);
  copy.idNumber = 1_000;
  room.log.forEach((entry, at) => {
    copy.append(entry, room.points[at]!);
  });
  return copy;
}

describe('a batch of an honest server', () => {
  it('PROTOCOL 10.28: is taken without a finding, in batches of any size, and a repeated one does nothing', () => {
    const { room, member } = begun();
    for (let count = 0; count < 9; count++) room.write(bob, { kind: 'text', text: String(count) });
    expect(member.findings(room.batch(2, 5))).toEqual([]);
    expect(member.findings(room.batch(2, 5))).toEqual([]);
    expect(member.findings(room.batch(0, 4))).toEqual([]);
    expect(member.findings(room.batch(3))).toEqual([]);
    expect(member.shown.map(({ header }) => header.id)).toEqual(room.log.map(({ header }) => header.id));
    expect(toHex(room.stateBytes(member.state))).toBe(toHex(room.stateBytes()));
  });

  it('PROTOCOL 10.4: is taken without the contents that were erased', () => {
    const { room, member } = begun();
    room.write(bob, { kind: 'text', text: 'secret' });
    const batch = room.batch(2);
    const erased = batch.entries.map((entry) => ({ ...entry, content: null }));
    expect(member.findings({ ...batch, entries: erased })).toEqual([]);
    expect(toHex(room.stateBytes(member.state))).toBe(toHex(room.stateBytes()));
  });

  it('PROTOCOL 10.9: goes on under another epoch, and takes back entries that stand under the earlier one', () => {
    const { room, member } = begun();
    room.write(bob, { kind: 'text', text: 'before' });
    room.epoch = '02'.repeat(8) as ServerEpoch;
    room.write(owner, { kind: 'text', text: 'after' });
    expect(member.findings(room.batch(2))).toEqual([]);
    expect(room.log.map(({ position }) => position.epoch.slice(0, 2))).toEqual(['01', '01', '01', '02']);
    expect(member.state.head).toEqual(room.head);
  });
});

describe('what a server cannot do unseen', () => {
  it('PROTOCOL 10.6: sign a head with another key, or let a head stand for other entries', () => {
    const { room, member } = begun();
    room.write(bob, { kind: 'text', text: 'x' });
    const batch = room.batch(2);
    const signature = room.sign('room-head', bob, new Uint8Array(64));
    expect(member.findings({ ...batch, head: { ...batch.head, signature } })).toEqual(['wrong-head']);
    expect(isSignedHead(room.state, batch.head, room.verify)).toBe(true);
    expect(member.findings({ ...batch, head: room.signedHead(room.points[0]!) })).toEqual(['broken-chain']);
    expect(member.state.head.seq).toBe(2);
  });

  it('PROTOCOL 10.28: change a position, a header or the order of entries', () => {
    const { room, member } = begun();
    room.write(bob, { kind: 'text', text: 'first' });
    room.write(bob, { kind: 'text', text: 'second' });
    const batch = room.batch(2);
    const [first, second] = batch.entries as [LogEntry, LogEntry];
    const moved = { ...first, position: { ...first.position, takenAtMs: 1 } };
    const changed = { ...first, header: { ...first.header, sentAtMs: 1 } };
    const swapped = [
      { ...second, position: first.position },
      { ...first, position: second.position },
    ];
    for (const entries of [[moved, second], [changed, second], swapped])
      expect(member.findings({ ...batch, entries })).toEqual(['broken-chain']);
    expect(member.findings({ ...batch, entries: [second] })).toEqual(['log-gap']);
    expect(member.findings({ ...batch, entries: [] })).toEqual(['log-gap']);
    expect(member.shown).toHaveLength(2);
  });

  it('PROTOCOL 10.29: forge, alter, repeat or let in an entry: it has its place, no effect, and the rest goes on', () => {
    const { room, member } = begun();
    const genuine = text(room, bob, 'hello');
    room.take(genuine);
    const forged = text(room, bob, 'never said');
    room.force({
      ...forged,
      signature: room.sign('room-entry', owner, entrySignedBytes(testServerKey, forged.header)),
    });
    room.force({ ...text(room, bob, 'hello'), content: new TextEncoder().encode('other') });
    room.force(genuine);
    room.force(text(room, bob, 'again', { id: genuine.header.id, sequence: 4 }));
    room.force(room.signed(bob, { kind: 'role', member: bob, role: 'owner' }, { sequence: 4 }));
    room.force(text(room, bob, 'and so on', { sequence: 5 }));
    const result = member.take(room.batch(2)) as Extract<BatchResult, { type: 'taken' }>;
    expect(result.findings.map(({ kind, entry }) => [kind, entry?.seq])).toEqual([
      ['forged', 4],
      ['altered', 5],
      ['repeated', 6],
      ['repeated', 7],
      ['against-the-rules', 8],
    ]);
    expect(result.findings.at(-1)?.code).toBe('not-allowed');
    expect(result.entries.map(({ hasEffect }) => hasEffect)).toEqual([
      true,
      false,
      true,
      false,
      false,
      false,
      true,
    ]);
    expect(result.entries[2]?.entry.content).toBeNull();
    expect(member.state.members.get(bob)).toBe('member');
    expect(member.state.head).toEqual(room.head);
  });

  it('PROTOCOL 10.29: withhold an entry of an author: the gap in its sequence shows it, and the sequence goes on', () => {
    const { room, member } = begun();
    room.force(text(room, bob, 'third, and the second is missing', { sequence: 3 }));
    room.force(text(room, bob, 'fourth', { sequence: 4 }));
    expect(member.findings(room.batch(2))).toEqual(['sequence-gap']);
    expect(member.shown).toHaveLength(4);
  });

  it('PROTOCOL 10.7: show two logs: an entry of an author of the other log names what it has seen', () => {
    const { room, member } = begun();
    const other = copyOf(room);
    room.write(owner, { kind: 'text', text: 'for one' });
    other.write(owner, { kind: 'text', text: 'for the other' });
    expect(isFork(room.head, other.head)).toBe(true);
    member.take(room.batch(2));
    // A head of the other log, at a place that the member knows.
    expect(member.findings({ entries: [], head: room.signedHead(other.head) })).toEqual(['fork']);
    // An author of the other log writes, and the server puts it into this one.
    room.take(text(room, bob, 'as the second saw it', { parent: other.head }));
    expect(member.findings(room.batch(3))).toEqual(['fork']);
    // An author has seen more of this life than the log has.
    room.take(text(room, bob, 'from the future', { parent: { ...other.head, seq: 99 } }));
    expect(member.findings(room.batch(4))).toEqual(['fork']);
    // The other log itself does not follow on this member's.
    other.write(bob, { kind: 'text', text: 'x' });
    other.write(bob, { kind: 'text', text: 'y' });
    other.write(bob, { kind: 'text', text: 'z' });
    expect(member.findings(other.batch(5))).toEqual(['broken-chain']);
  });

  it('PROTOCOL 10.30: go back in its log: a member finds it out, and goes on from the last common entry', () => {
    const { room, member } = begun();
    const backup = copyOf(room);
    const common = roomFromCheckpoint(testServerKey, checkpointOf(room.state)!);
    room.write(bob, { kind: 'text', text: 'lost' });
    room.write(bob, { kind: 'text', text: 'lost too' });
    member.take(room.batch(2));
    backup.epoch = '02'.repeat(8) as ServerEpoch;
    backup.write(owner, { kind: 'text', text: 'after the restore' });
    expect(member.findings(backup.batch(2))).toEqual(['restored']);
    backup.write(owner, { kind: 'text', text: 'two' });
    backup.write(owner, { kind: 'text', text: 'three' });
    expect(member.findings(backup.batch(4))).toEqual(['restored']);

    const back = new Member(backup, common);
    expect(back.findings(backup.batch(2))).toEqual([]);
    // The member offers what is lost. The server appends it under its old id and signature, and it is shown once.
    for (const lost of room.log.slice(2)) expect(backup.take(lost)).toBeUndefined();
    expect(back.findings(backup.batch(5))).toEqual([]);
    expect(back.shown.slice(-2).map(({ header }) => header.id)).toEqual(
      room.log.slice(2).map(({ header }) => header.id),
    );
  });
});
