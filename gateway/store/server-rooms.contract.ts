import { describe, expect, it } from 'vitest';
import { digestFromBytes, type Digest, type RoomId } from '../../shared/ids.ts';
import { encodeRoomContent, type RoomContent } from '../../shared/rooms/content.ts';
import { logStart, type LogEntry } from '../../shared/rooms/entry.ts';
import { sampleEpoch, sampleId, sampleInstallation, sampleKey } from './sample.ts';
import type { RoomMember, RoomRecord, ServerStore } from './server-store.ts';

const lab = sampleRoomId(1);

function sampleRoomId(number: number): RoomId {
  return number.toString(16).padStart(32, '0') as RoomId;
}

function digest(number: number): Digest {
  return digestFromBytes(new Uint8Array(32).fill(number));
}

/** An entry of person 1 with the id of its number. */
export function sampleLogEntry(seq: number, content: RoomContent, room: RoomId = lab): LogEntry {
  return {
    header: {
      room,
      author: sampleKey(1),
      installation: sampleInstallation(1),
      sequence: seq,
      id: sampleId(seq),
      kind: content.kind,
      contentHash: digest(seq),
      sentAtMs: -seq,
      ...(seq % 2 === 0 ? { clockOffsetMs: 7 } : {}),
      parent: seq === 1 ? logStart : { epoch: sampleEpoch(1), seq: seq - 1, hash: digest(seq - 1) },
    },
    signature: new Uint8Array(64).fill(seq),
    content: encodeRoomContent(content),
    position: { epoch: sampleEpoch(1), seq, takenAtMs: 1_000 * seq },
  };
}

function record(room: RoomId, change: Partial<RoomRecord> = {}): RoomRecord {
  return {
    room,
    name: 'Lab',
    nameKey: 'lab',
    topic: '',
    access: 'open',
    retention: { days: 30 },
    ended: null,
    closedAtMs: null,
    creator: sampleKey(1),
    head: { epoch: sampleEpoch(1), seq: 3, hash: digest(3) },
    entries: 3,
    bytes: 99,
    members: 1,
    ...change,
  };
}

function member(key: number, change: Partial<RoomMember> = {}): RoomMember {
  return {
    room: lab,
    key: sampleKey(key),
    standing: 'member',
    joinedSeq: 2,
    endSeq: null,
    startSeq: 0,
    delivered: 0,
    read: 0,
    ...change,
  };
}

/** Writes a message, an edit of it, another message, and a pin. */
function appendFour({ rooms }: ServerStore): LogEntry[] {
  const entries = [
    sampleLogEntry(1, { kind: 'text', text: 'one' }),
    sampleLogEntry(2, { kind: 'edit', of: sampleId(1), text: 'uno' }),
    sampleLogEntry(3, { kind: 'text', text: 'three' }),
    sampleLogEntry(4, { kind: 'pin', of: sampleId(1) }),
  ];
  for (const entry of entries) rooms.append(entry, digest(entry.position.seq));
  return entries;
}

export function describeServerRooms(inTurn: (run: (store: ServerStore) => void) => void): void {
  describe('the logs of rooms', () => {
    it('return entries as they were appended, by id and in order', () =>
      inTurn((store) => {
        const { rooms } = store;
        const entries = appendFour(store);
        const placed = entries.map((entry) => ({ entry, hash: digest(entry.position.seq) }));
        expect(rooms.entriesAfter(lab, 0, 10)).toEqual(placed);
        expect(rooms.entriesAfter(lab, 1, 2)).toEqual(placed.slice(1, 3));
        expect(rooms.entriesAfter(sampleRoomId(2), 0, 10)).toEqual([]);
        expect(rooms.entry(lab, sampleId(3))).toEqual(placed[2]);
        expect(rooms.entry(lab, sampleId(9))).toBeUndefined();
        expect(rooms.pointAt(lab, 2)).toEqual({ epoch: sampleEpoch(1), seq: 2, hash: digest(2) });
        expect(rooms.pointAt(lab, 5)).toBeUndefined();
      }));

    it('refuse a second entry at a place, and a second one with an id', () =>
      inTurn(({ rooms }) => {
        rooms.append(sampleLogEntry(1, { kind: 'text', text: 'one' }), digest(1));
        const other = sampleLogEntry(1, { kind: 'text', text: 'two' });
        expect(() => rooms.append(other, digest(1))).toThrow();
        const elsewhere = { ...other, position: { ...other.position, seq: 2 } };
        expect(() => rooms.append(elsewhere, digest(2))).toThrow();
      }));

    it('find the newest messages, and the sizes of the oldest entries', () =>
      inTurn((store) => {
        appendFour(store);
        const author = sampleKey(1);
        expect(store.rooms.newestMessages(lab, 9)).toEqual([
          { seq: 3, id: sampleId(3), author },
          { seq: 1, id: sampleId(1), author },
        ]);
        expect(store.rooms.newestMessages(lab, 1)).toHaveLength(1);
        const sizes = store.rooms.oldest(lab, 2);
        expect(sizes.map(({ seq, takenAtMs }) => [seq, takenAtMs])).toEqual([
          [1, 1_000],
          [2, 2_000],
        ]);
        expect(sizes.every(({ bytes }) => bytes > 600)).toBe(true);
      }));

    it('lose the words of a message with those of its edits, and keep the rest', () =>
      inTurn((store) => {
        const { rooms } = store;
        const [one, edit] = appendFour(store);
        const bytes = one!.content!.length + edit!.content!.length;
        expect(rooms.eraseMessage(lab, sampleId(1))).toBe(bytes);
        expect(rooms.entriesAfter(lab, 0, 9).map(({ entry }) => entry.content === null)).toEqual([
          true,
          true,
          false,
          false,
        ]);
        expect(rooms.entry(lab, sampleId(1))?.entry).toEqual({ ...one, content: null });
        expect(rooms.eraseMessage(lab, sampleId(1))).toBe(0);
        // The state of the room needs a pin.
        expect(rooms.eraseMessage(lab, sampleId(4))).toBe(0);
      }));

    it('are cut at a place', () =>
      inTurn((store) => {
        const { rooms } = store;
        appendFour(store);
        rooms.append(sampleLogEntry(1, { kind: 'join' }, sampleRoomId(2)), digest(1));
        rooms.cut(lab, 2);
        expect(rooms.entriesAfter(lab, 0, 9).map(({ entry }) => entry.position.seq)).toEqual([3, 4]);
        expect(rooms.entriesAfter(sampleRoomId(2), 0, 9)).toHaveLength(1);
      }));
  });

  describe('the rooms', () => {
    it('are put, changed and counted', () =>
      inTurn(({ rooms }) => {
        rooms.put(record(lab));
        expect(rooms.find(lab)).toEqual(record(lab));
        expect(rooms.find(sampleRoomId(2))).toBeUndefined();
        const changed = record(lab, {
          ended: 'closed',
          closedAtMs: 5,
          topic: 'Physics',
          bytes: 7,
          retention: {},
        });
        rooms.put(changed);
        rooms.put(record(sampleRoomId(2), { creator: sampleKey(2), ended: 'archived' }));
        rooms.put(record(sampleRoomId(0), { access: 'everyone', creator: sampleKey(9) }));
        expect(rooms.all()).toEqual([
          record(sampleRoomId(0), { access: 'everyone', creator: sampleKey(9) }),
          changed,
          record(sampleRoomId(2), { creator: sampleKey(2), ended: 'archived' }),
        ]);
        expect([rooms.count(), rooms.count(sampleKey(1)), rooms.count(sampleKey(2))]).toEqual([1, 0, 1]);
      }));

    it('are removed with all that belongs to them, step by step', () =>
      inTurn((store) => {
        const { rooms } = store;
        rooms.put(record(lab));
        appendFour(store);
        rooms.putMember(member(1));
        expect(rooms.remove(lab, 3)).toBe(false);
        expect(rooms.find(lab)).toBeDefined();
        expect(rooms.remove(lab, 3)).toBe(true);
        expect([rooms.all(), rooms.members(lab), rooms.entriesAfter(lab, 0, 9)]).toEqual([[], [], []]);
      }));

    it('are listed by name: open ones, and closed ones in which the key has a part', () =>
      inTurn(({ rooms }) => {
        rooms.put(record(sampleRoomId(1), { nameKey: 'b' }));
        rooms.put(record(sampleRoomId(2), { nameKey: 'a', access: 'closed' }));
        rooms.put(record(sampleRoomId(3), { nameKey: 'c', access: 'closed' }));
        rooms.put(record(sampleRoomId(4), { nameKey: 'd', ended: 'closed' }));
        rooms.put(record(sampleRoomId(5), { nameKey: 'e', access: 'closed' }));
        rooms.putMember(member(7, { room: sampleRoomId(3), standing: 'invited' }));
        rooms.putMember(member(7, { room: sampleRoomId(5), standing: 'former', endSeq: 4 }));
        const names = (key: number, after: string, limit: number) =>
          rooms.listed(sampleKey(key), after, limit).map(({ nameKey }) => nameKey);
        expect(names(7, '', 10)).toEqual(['b', 'c']);
        expect(names(7, 'b', 10)).toEqual(['c']);
        expect(names(8, '', 10)).toEqual(['b']);
        expect(names(7, '', 1)).toEqual(['b']);
      }));
  });

  describe('the members of rooms', () => {
    it('are found by room and by key, and the newest row of a key holds', () =>
      inTurn(({ rooms }) => {
        rooms.putMember(member(2));
        rooms.putMember(member(1, { standing: 'owner' }));
        const former = member(2, { standing: 'former', endSeq: 9, delivered: 8, read: 3 });
        rooms.putMember(former);
        rooms.putMember(member(2, { room: sampleRoomId(2) }));
        expect(rooms.members(lab)).toEqual([member(1, { standing: 'owner' }), former]);
        expect(rooms.member(lab, sampleKey(2))).toEqual(former);
        expect(rooms.membershipsOf(sampleKey(2))).toEqual([former, member(2, { room: sampleRoomId(2) })]);
        rooms.removeMember(lab, sampleKey(2));
        expect(rooms.member(lab, sampleKey(2))).toBeUndefined();
      }));
  });

  describe('the checkpoints of rooms', () => {
    it('hold one for each purpose, the newest one', () =>
      inTurn(({ rooms }) => {
        const checkpoint = {
          room: lab,
          purpose: 'cut',
          point: { epoch: sampleEpoch(1), seq: 3, hash: digest(3) },
          bytes: Uint8Array.of(1, 2),
          signature: new Uint8Array(64),
        } as const;
        rooms.putCheckpoint(checkpoint);
        rooms.putCheckpoint({ ...checkpoint, purpose: sampleKey(3), signature: new Uint8Array(0) });
        rooms.putCheckpoint({ ...checkpoint, bytes: Uint8Array.of(3) });
        expect(rooms.checkpoint(lab, 'cut')).toEqual({ ...checkpoint, bytes: Uint8Array.of(3) });
        expect(rooms.checkpoint(lab, 'load')).toBeUndefined();
        rooms.removeCheckpoint(lab, 'cut');
        expect(rooms.checkpoint(lab, 'cut')).toBeUndefined();
        expect(rooms.checkpoint(lab, sampleKey(3))?.signature).toEqual(new Uint8Array(0));
      }));
  });
}
