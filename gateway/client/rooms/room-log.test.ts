import { beforeEach, describe, expect, it } from 'vitest';
import type { PeerKey, ServerEpoch } from '../../../shared/ids.ts';
import { decodeCheckpoint } from '../../../shared/rooms/checkpoint.ts';
import { decodeRoomContent } from '../../../shared/rooms/content.ts';
import { logStart, type LogPoint } from '../../../shared/rooms/entry.ts';
import { applyEntry } from '../../../shared/rooms/reducer.ts';
import { TestRoom, testKey, testRoomOf } from '../../../shared/rooms/test-room.ts';
import { sha256 } from '../../crypto/sha256.ts';
import type { ClientStore } from '../../store/client-store.ts';
import { sampleRoom } from '../../store/sample.ts';
import { openClientStore } from '../../store/sqlite/client/client-store.ts';
import { RoomLog, type LogResult } from './room-log.ts';

const [owner, ann, ben] = [testKey(1), testKey(2), testKey(3)];

let store: ClientStore;
let server: TestRoom;

beforeEach(() => {
  store = openClientStore();
  store.begin();
  store.rooms.put(sampleRoom);
  server = testRoomOf(sha256, owner, [ann, ben]);
  return () => store.close();
});

/** The log of a member, as a process that starts now has it. */
function memberLog(blocked?: PeerKey): RoomLog {
  const isBlocked = (author: PeerKey) => author === blocked;
  return new RoomLog(store.rooms, sampleRoom, { sha256, verify: server.verify, isBlocked });
}

/** What the room's server answers to a question that begins with this log. */
function answer(log: RoomLog, from = commonPoint(log), last = server.log.length): LogResult {
  return log.receive({ from, ...server.batch(from.seq, last) });
}

function commonPoint(log: RoomLog): LogPoint {
  const isKnown = ({ seq, hash }: LogPoint) => seq === 0 || server.points[seq - 1]?.hash === hash;
  return log.points().find(isKnown) ?? logStart;
}

function say(author: PeerKey, text: string): void {
  expect(server.write(author, { kind: 'text', text })).toBeUndefined();
  server.nowMs += 1;
}

/** The server as its backup has it: its log ends earlier, and goes on in another life. */
function restoreAt(length: number): void {
  const backup = new TestRoom(sha256);
  for (const entry of server.log.slice(0, length)) {
    const point = backup.pointAfter(backup.head, entry);
    expect(applyEntry(backup.state, entry, point.hash, backup.door)).toBeUndefined();
    backup.append(entry, point);
  }
  backup.epoch = '2222222222222222' as ServerEpoch;
  backup.idNumber = 1_000;
  server = backup;
}

function texts(log: RoomLog): (string | null)[] {
  const entries = store.rooms.entriesFrom(sampleRoom.id, 1, 100).map(({ entry }) => entry);
  expect(entries.length).toBe(log.head.seq);
  return entries
    .filter(({ header }) => header.kind === 'text')
    .map(({ content }) => {
      const decoded = content === null ? null : decodeRoomContent('text', content);
      return decoded?.type === 'content' && decoded.content.kind === 'text' ? decoded.content.text : null;
    });
}

describe('the log of a member', () => {
  it('is the same after a restart as before', () => {
    for (let number = 0; number < 20; number++) say(ann, `text ${number}`);
    const log = memberLog();
    expect(answer(log, logStart, 10)).toMatchObject({ type: 'taken', findings: [] });
    expect(answer(log)).toMatchObject({ type: 'taken', findings: [] });
    expect(server.stateBytes(memberLog().state)).toEqual(server.stateBytes());
    expect(log.signedHead()).toEqual(server.signedHead(server.head));
  });

  it('is the same after a restart also with entries against the rules, forged, and with a missing sequence', () => {
    server.force(server.signed(testKey(9), { kind: 'text', text: 'stranger' }));
    server.force({ ...server.signed(ann, { kind: 'text', text: 'forged' }), signature: new Uint8Array(64) });
    server.force(server.signed(ann, { kind: 'text', text: 'late' }, { sequence: 7 }));
    const log = memberLog();
    const result = answer(log);
    const kinds = result.type === 'taken' ? result.findings.map(({ kind }) => kind) : [];
    expect(kinds).toEqual(['against-the-rules', 'forged', 'sequence-gap']);
    expect(server.stateBytes(memberLog().state)).toEqual(server.stateBytes(log.state));
  });

  it('starts from a state that it has kept, and needs no entry before it', () => {
    for (let number = 0; number < 1_100; number++) say(ann, `text ${number}`);
    const log = memberLog();
    for (let last = 100; last < server.log.length; last += 100) answer(log, log.head, last);
    answer(log, log.head);
    const kept = store.rooms.checkpointAt(sampleRoom.id, 1_100);
    expect(kept?.seq).toBe(1_000);
    expect(decodeCheckpoint(kept?.bytes ?? new Uint8Array())?.point).toEqual(server.points[999]);
    expect(server.stateBytes(memberLog().state)).toEqual(server.stateBytes());
  });

  it('goes back to it with growing steps, from its head to the start', () => {
    for (let number = 0; number < 17; number++) say(ann, `text ${number}`);
    const log = memberLog();
    answer(log);
    expect(log.points().map(({ seq }) => seq)).toEqual([20, 19, 18, 16, 12, 4, 0]);
  });

  it('keeps the place of an entry by a blocked author, without the words', () => {
    say(ben, 'unwanted');
    server.write(owner, { kind: 'topic', topic: 'kept' });
    const log = memberLog(ben);
    answer(log);
    expect(texts(log)).toEqual([null]);
    expect(server.stateBytes(memberLog().state)).toEqual(server.stateBytes());
  });
});

describe('a server that was restored from a backup', () => {
  it('is behind as long as it has nothing new, and gets the entries that it lacks', () => {
    for (const word of ['one', 'two', 'three']) say(ann, word);
    const log = memberLog();
    answer(log, logStart, 4);
    answer(log);
    restoreAt(4);
    expect(answer(log)).toEqual({ type: 'behind', at: server.head });
    const offer = log.offer(4);
    expect(offer?.entries.map(({ entry }) => entry.position.seq)).toEqual([5, 6]);
    expect(offer?.head.point).toEqual(log.head);
    expect(texts(log)).toEqual(['one', 'two', 'three']);
  });

  it('has the last word where its log goes on another way, and the lost entries are kept to be offered', () => {
    for (const word of ['one', 'two', 'three']) say(ann, word);
    const log = memberLog();
    answer(log);
    restoreAt(4);
    say(ben, 'new');
    expect(answer(log)).toMatchObject({ type: 'taken', rewoundTo: 4, findings: [] });
    expect(texts(log)).toEqual(['one', 'new']);
    expect(server.stateBytes(memberLog().state)).toEqual(server.stateBytes());
    expect(log.offerLost(0)?.entries.map(({ entry }) => entry.position.seq)).toEqual([5, 6]);
  });

  it('does not pass for restored where it has signed two logs of one life', () => {
    say(ann, 'one');
    const log = memberLog();
    answer(log);
    const { epoch } = server;
    restoreAt(3);
    server.epoch = epoch;
    say(ben, 'another');
    expect(answer(log)).toMatchObject({ type: 'refused', finding: { kind: 'fork' } });
    expect(texts(log)).toEqual(['one']);
  });
});

describe('a checkpoint of the server', () => {
  const checkpointOfServer = () => {
    const checkpoint = decodeCheckpoint(server.stateBytes());
    if (checkpoint === undefined) throw new Error('the room has a state');
    return checkpoint;
  };

  it('is the start for a member that has no entry before it', () => {
    say(ann, 'unseen');
    const log = memberLog();
    expect(log.startFrom(checkpointOfServer(), false).type).toBe('started');
    say(ben, 'seen');
    expect(answer(log, log.head)).toMatchObject({ type: 'taken', findings: [] });
    expect(server.stateBytes(memberLog().state)).toEqual(server.stateBytes());
    expect(memberLog().pointAt(4)).toBeUndefined();
  });

  it('is where the log of a restored server goes on: own entries that it cannot have are sent again', () => {
    for (const word of ['one', 'two', 'three']) say(ann, word);
    const log = memberLog();
    answer(log);
    restoreAt(4);
    for (let number = 0; number < 2; number++) say(ben, `other ${number}`);
    const checkpoint = checkpointOfServer();
    expect(log.startFrom(checkpoint, false).type).toBe('unchecked');
    const started = log.startFrom(checkpoint, true);
    if (started.type !== 'started') throw new Error(started.type);
    expect(started.toSend?.map(({ entry }) => entry.position.seq)).toEqual([5, 6]);
    expect(started.rewoundTo).toBe(4);
    say(ben, 'next');
    expect(answer(log, log.head)).toMatchObject({ type: 'taken', findings: [] });
    expect(server.stateBytes(memberLog().state)).toEqual(server.stateBytes());
  });

  it('is a point of the log, so that the server finds where the log begins again', () => {
    say(ann, 'unseen');
    const log = memberLog();
    const checkpoint = checkpointOfServer();
    log.startFrom(checkpoint, false);
    for (let number = 0; number < 9; number++) say(ben, `seen ${number}`);
    answer(log, log.head);
    expect(log.points()).toContainEqual(checkpoint.point);
  });

  it('is compared with what the entries of the member lead to, also where the member is further on', () => {
    const checkpoint = checkpointOfServer();
    say(ann, 'later');
    const log = memberLog();
    answer(log, logStart);
    expect(log.startFrom(checkpoint, false).type).toBe('equal');
    expect(log.startFrom({ ...checkpoint, topic: 'a lie' }, false).type).toBe('differs');
  });
});
