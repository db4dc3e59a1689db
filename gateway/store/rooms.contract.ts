import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { roomConversation } from '../../shared/conversation.ts';
import type { MessageId } from '../../shared/ids.ts';
import { encodeRoomContent, type RoomContent } from '../../shared/rooms/content.ts';
import { everyoneRoom } from '../../shared/rooms/room-state.ts';
import { testKey, testRoomId, testRoomOf, type WriteOptions } from '../../shared/rooms/test-room.ts';
import type { ClientStore } from './client-store.ts';
import type { StoredEntry, StoredRoom, WaitingEntry } from './room-repository.ts';
import { sampleId, sampleKey, sampleMessage, sampleOwn, sampleRoom } from './sample.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const owner = testKey(1);

/** Describes the rooms of a ClientStore. `inTurn` gives an empty store inside of a turn. */
export function describeRooms(inTurn: (use: (store: ClientStore) => void) => void): void {
  describe('rooms', () => {
    it('are kept in the order in which they were added, with what the server told and what was wrong', () =>
      inTurn(({ rooms }) => {
        const told: StoredRoom = {
          ...sampleRoom,
          cutAt: 7,
          departure: 'removed',
          listed: { name: 'lab', topic: '', access: 'open', ended: null, standing: 'former', members: 3 },
          findings: [{ kind: 'fork', seq: 3, author: owner }],
        };
        const other: StoredRoom = { ...sampleRoom, id: everyoneRoom, room: everyoneRoom };
        rooms.put(sampleRoom);
        rooms.put(other);
        rooms.put(told);
        expect(rooms.all()).toEqual([told, other]);
      }));

    it('get another id with their conversation and their log', () =>
      inTurn((store) => {
        const conversation = roomConversation(testRoomId);
        store.rooms.put(sampleRoom);
        writeLog(store, logOf({ kind: 'text', text: 'one' }));
        store.messages.insert(sampleMessage(1, { conversation }));
        store.rooms.rename(testRoomId, everyoneRoom);
        expect(store.rooms.all()).toEqual([{ ...sampleRoom, id: everyoneRoom }]);
        expect(store.rooms.head(everyoneRoom)?.seq).toBe(2);
        expect(store.messages.page(conversation, null, 9).messages).toEqual([]);
        expect(store.messages.page(roomConversation(everyoneRoom), null, 9).messages).toHaveLength(1);
      }));
  });

  it('what a key did in a room stays its own when the key is forgotten', () =>
    inTurn(({ messages, forget }) => {
      const conversation = roomConversation(testRoomId);
      messages.insert(sampleMessage(1, { conversation }));
      messages.insert(sampleOwn(2, { conversation, recipients: [] }));
      const content = { kind: 'reaction', of: sampleId(2), emoji: '👍', on: true } as const;
      messages.change(conversation, { author: sampleKey(2), position: { major: 9, minor: 0 }, content });
      for (const key of [sampleKey(1), sampleKey(2)]) forget(key, sampleKey(3));
      expect(messages.find(sampleId(1))?.author).toBe(sampleKey(1));
      expect(messages.find(sampleId(2))?.reactions).toEqual([{ emoji: '👍', keys: [sampleKey(2)] }]);
    }));

  describe('the log of a room', () => {
    it('gives entries back as they came, with their points', () =>
      inTurn((store) => {
        store.rooms.put(sampleRoom);
        const entries = logOf({ kind: 'text', text: 'one' }, { kind: 'topic', topic: 'two' });
        expect(store.rooms.head(testRoomId)).toBeUndefined();
        writeLog(store, entries);
        expect(store.rooms.entriesFrom(testRoomId, 2, 1)).toEqual([entries[1]]);
        expect(store.rooms.entriesFrom(testRoomId, 1, 9)).toEqual(entries);
        expect(store.rooms.head(testRoomId)).toEqual(pointOfStored(entries[2]));
        expect(store.rooms.pointAt(testRoomId, 2)).toEqual(pointOfStored(entries[1]));
        expect(store.rooms.pointAt(testRoomId, 4)).toBeUndefined();
      }));

    it('knows the id of each entry, and keeps an entry that repeats one', () =>
      inTurn((store) => {
        store.rooms.put(sampleRoom);
        const entries = logOf({ kind: 'text', text: 'one' });
        writeLog(store, entries);
        const [, text] = entries;
        const id = text?.entry.header.id ?? sampleId(1);
        expect(store.rooms.hasId(testRoomId, id)).toBe(true);
        expect(store.rooms.hasId(testRoomId, sampleId(1))).toBe(false);
        const repeated = logOf({ kind: 'text', text: 'one' }, { kind: 'text', text: 'two', id })[2];
        writeLog(store, repeated === undefined ? [] : [{ ...repeated, effect: 'none' }]);
        expect(store.rooms.entriesFrom(testRoomId, 3, 9)[0]?.entry.header.id).toBe(id);
        expect(store.rooms.hasId(testRoomId, id)).toBe(true);
      }));

    it('loses what comes after an entry, with the states after it', () =>
      inTurn(({ rooms, ...store }) => {
        rooms.put(sampleRoom);
        writeLog({ ...store, rooms }, logOf({ kind: 'text', text: 'one' }, { kind: 'text', text: 'two' }));
        for (const seq of [1, 3])
          rooms.putCheckpoint(testRoomId, { seq, bytes: Uint8Array.of(seq), hasLaterKinds: seq === 3 });
        expect(rooms.checkpointAt(testRoomId, 9)).toEqual({
          seq: 3,
          bytes: Uint8Array.of(3),
          hasLaterKinds: true,
        });
        expect(rooms.checkpointAt(testRoomId, 0)).toBeUndefined();
        rooms.loseAfter(testRoomId, 2);
        expect(rooms.head(testRoomId)?.seq).toBe(2);
        expect(rooms.checkpointAt(testRoomId, 9)?.seq).toBe(1);
        expect(rooms.lost(testRoomId, 9, 0).map(({ entry }) => entry.position.seq)).toEqual([3]);
      }));

    it('keeps lost entries in their order, until they are removed or the log has them again', () =>
      inTurn(({ rooms, ...store }) => {
        rooms.put(sampleRoom);
        const texts = ['one', 'two', 'three', 'four'].map((text) => ({ kind: 'text', text }) as const);
        writeLog({ ...store, rooms }, logOf(...texts));
        const [again] = rooms.entriesFrom(testRoomId, 3, 1);
        rooms.loseAfter(testRoomId, 1);
        const lost = rooms.lost(testRoomId, 9, 0);
        const seqsOf = (entries: readonly StoredEntry[]) => entries.map(({ entry }) => entry.position.seq);
        expect(seqsOf(lost)).toEqual([2, 3, 4, 5]);
        expect(seqsOf(rooms.lost(testRoomId, 2, lost[0]?.number ?? 0))).toEqual([3, 4]);
        rooms.removeLost(lost.slice(0, 1));
        if (again !== undefined) rooms.putEntry(testRoomId, again);
        expect(seqsOf(rooms.lost(testRoomId, 9, 0))).toEqual([4, 5]);
        rooms.removeAllLost(testRoomId);
        expect(rooms.lost(testRoomId, 9, 0)).toEqual([]);
      }));

    it('erases the words of a message and of its edits, and keeps their places', () =>
      inTurn((store) => {
        store.rooms.put(sampleRoom);
        const text = logOf({ kind: 'text', text: 'one' })[1];
        const of = text?.entry.header.id ?? sampleId(1);
        const entries = logOf(
          { kind: 'text', text: 'one' },
          { kind: 'edit', of, text: 'uno' },
          { kind: 'topic', topic: 'x' },
        );
        writeLog(store, entries);
        store.rooms.putWaiting(testRoomId, edit(1, of));
        store.rooms.eraseContent(testRoomId, of);
        const contents = store.rooms.entriesFrom(testRoomId, 1, 9).map(({ entry }) => entry.content === null);
        expect(contents).toEqual([false, true, true, false]);
        expect(store.rooms.waiting(testRoomId)).toEqual([]);
      }));

    it('knows how far an own message has come', () =>
      inTurn(({ rooms, ...store }) => {
        rooms.put(sampleRoom);
        const entries = logOf({ kind: 'text', text: 'one' });
        writeLog({ ...store, rooms }, entries);
        const id = entries[1]?.entry.header.id ?? sampleId(1);
        expect(rooms.figuresOf(testRoomId, id)).toBeNull();
        expect(rooms.figuresOf(testRoomId, sampleId(1))).toBeUndefined();
        rooms.putFigures(testRoomId, id, { delivered: 2, read: 1, of: 3 });
        expect(rooms.figuresOf(testRoomId, id)).toEqual({ delivered: 2, read: 1, of: 3 });
      }));
  });

  it('own entries wait in their order, and one that changes keeps its place', () =>
    inTurn(({ rooms }) => {
      rooms.put(sampleRoom);
      rooms.putWaiting(testRoomId, edit(1, sampleId(7)));
      rooms.putWaiting(testRoomId, edit(2, sampleId(7)));
      const refused: WaitingEntry = { ...edit(1, sampleId(7)), refusedWith: 'moderated' };
      rooms.putWaiting(testRoomId, refused);
      expect(rooms.waiting(testRoomId)).toEqual([refused, edit(2, sampleId(7))]);
      rooms.removeWaiting(testRoomId, sampleId(1));
      expect(rooms.waiting(testRoomId)).toEqual([edit(2, sampleId(7))]);
    }));
}

function edit(number: number, of: MessageId): WaitingEntry {
  return {
    id: sampleId(number),
    kind: 'edit',
    content: encodeRoomContent({ kind: 'edit', of, text: 'changed' }),
    editOf: of,
    sentAtMs: 1_700_000_000_000,
    clockOffsetMs: number === 1 ? null : 5,
    refusedWith: null,
  };
}

/** A room of its owner with these contents, each with the id that it names. */
function logOf(...contents: readonly (RoomContent & Pick<WriteOptions, 'id'>)[]): StoredEntry[] {
  const room = testRoomOf(sha256, owner);
  for (const { id, ...content } of contents)
    room.force(room.signed(owner, content, id === undefined ? {} : { id }));
  return room.log.map((entry, index) => ({
    entry: { ...entry, signature: Uint8Array.from(entry.signature) },
    hash: (room.points[index] ?? room.head).hash,
    effect: 'taken',
    headSignature: index % 2 === 0 ? null : Uint8Array.of(9),
  }));
}

function writeLog({ rooms }: Pick<ClientStore, 'rooms'>, entries: readonly StoredEntry[]): void {
  for (const entry of entries) rooms.putEntry(testRoomId, entry);
}

function pointOfStored(stored: StoredEntry | undefined) {
  if (stored === undefined) throw new Error('the log is shorter');
  const { epoch, seq } = stored.entry.position;
  return { epoch, seq, hash: stored.hash };
}
