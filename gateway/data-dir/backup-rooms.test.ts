import { createHash } from 'node:crypto';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { roomConversation } from '../../shared/conversation.ts';
import { type MessageId } from '../../shared/ids.ts';
import { contentBytesMax, messageTextBytesMax, roomCheckpointBytesMax } from '../../shared/limits.ts';
import { encodeRoomContent, type RoomContent } from '../../shared/rooms/content.ts';
import {
  testKey,
  testRoomId,
  testRoomOf,
  testServerKey,
  type TestRoom,
} from '../../shared/rooms/test-room.ts';
import { sampleId, sampleIdentity, sampleMessage } from '../store/sample.ts';
import type { StoredEntry, StoredRoom, WaitingEntry } from '../store/room-repository.ts';
import type { RoomCheckpoint, RoomMember, RoomRecord } from '../store/server-store.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';
import { openServerStore } from '../store/sqlite/server/server-store.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import type { TurnStore } from '../turn/role.ts';
import { backUp, restore } from './backup.ts';
import { clientFolder, makeFolder, serverFolder } from './data-dir.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const server = { host: '127.0.0.1', port: 50_000 };
const owner = testKey(1);
/** A room with so many authors that its state is longer than any other value of a database. */
const longState = new Uint8Array(300_000).fill(7);

let root: string;
let backup: string;

/** The paths of both databases below a data root. */
function filesBelow(folder: string) {
  return {
    client: path.join(makeFolder(clientFolder(folder, 'alice', server)), 'client.sqlite'),
    server: path.join(makeFolder(serverFolder(folder, server.port)), 'server.sqlite'),
  };
}

function change<Store extends TurnStore & { close(): void }>(
  store: Store,
  run: (store: Store) => void,
): void {
  store.begin();
  run(store);
  store.commit();
  store.close();
}

beforeEach(() => {
  root = temporaryFolder();
  backup = path.join(temporaryFolder(), 'chats.backup');
  change(openClientStore(filesBelow(root).client), ({ facts }) =>
    facts.set({ identity: sampleIdentity(7), nickname: 'alice' }),
  );
  change(openServerStore(filesBelow(root).server), ({ facts }) => facts.set({ identity: sampleIdentity(8) }));
});

const room: StoredRoom = {
  id: testRoomId,
  server: testServerKey,
  room: testRoomId,
  cutAt: 0,
  departure: 'left',
  listed: { name: 'lab', topic: '', access: 'open', ended: null, standing: 'former', members: 3 },
  findings: [{ kind: 'fork', seq: 3, author: owner }],
};

const waiting: WaitingEntry = {
  id: sampleId(5),
  kind: 'text',
  content: encodeRoomContent({ kind: 'text', text: 'not in the log yet' }),
  editOf: null,
  sentAtMs: 1_700_000_000_000,
  clockOffsetMs: 5,
  refusedWith: null,
};

/** A log of four entries. */
function logOf(): TestRoom {
  const log = testRoomOf(sha256, owner, [testKey(2)]);
  const contents: RoomContent[] = [
    { kind: 'text', text: 'x'.repeat(messageTextBytesMax) },
    { kind: 'topic', topic: 'atoms' },
  ];
  for (const content of contents) log.write(owner, content);
  return log;
}

function storedEntries({ log, points }: TestRoom): StoredEntry[] {
  return log.map((entry, index) => ({
    entry: { ...entry, signature: Uint8Array.from(entry.signature) },
    hash: points[index]?.hash ?? ('' as StoredEntry['hash']),
    effect: 'taken',
    headSignature: Uint8Array.of(9),
  }));
}

describe('a backup with rooms', () => {
  it('gives a client its rooms back: logs, lost entries, states, entries that wait, and messages', () => {
    const entries = storedEntries(logOf());
    const conversation = roomConversation(testRoomId);
    change(openClientStore(filesBelow(root).client), ({ rooms, messages }) => {
      rooms.put(room);
      for (const entry of entries) rooms.putEntry(testRoomId, entry);
      rooms.loseAfter(testRoomId, 3);
      rooms.putCheckpoint(testRoomId, { seq: 3, bytes: longState, hasLaterKinds: false });
      rooms.putWaiting(testRoomId, waiting);
      messages.insert(sampleMessage(1, { conversation, position: { major: 3, minor: 0 } }));
    });
    backUp(root, backup);
    const other = temporaryFolder();
    restore(other, backup);
    change(openClientStore(filesBelow(other).client), ({ rooms, messages }) => {
      expect(rooms.all()).toEqual([room]);
      expect(rooms.entriesFrom(testRoomId, 1, 9)).toEqual(entries.slice(0, 3));
      expect(rooms.lost(testRoomId, 9, 0)).toMatchObject(entries.slice(3));
      expect(rooms.checkpointAt(testRoomId, 9)).toEqual({ seq: 3, bytes: longState, hasLaterKinds: false });
      expect(rooms.waiting(testRoomId)).toEqual([waiting]);
      expect(messages.page(conversation, null, 9).messages).toMatchObject([{ id: sampleId(1) }]);
    });
  });

  it('gives a server its rooms back: records, logs, members and checkpoints', () => {
    const log = logOf();
    const record: RoomRecord = {
      room: testRoomId,
      name: 'lab',
      nameKey: 'lab',
      topic: 'atoms',
      access: 'open',
      retention: { days: 30 },
      ended: null,
      closedAtMs: null,
      creator: owner,
      head: log.head,
      entries: 4,
      bytes: 9_000,
      members: 2,
    };
    const member: RoomMember = {
      room: testRoomId,
      key: testKey(2),
      standing: 'member',
      joinedSeq: 2,
      endSeq: null,
      startSeq: 0,
      delivered: 4,
      read: 3,
    };
    const checkpoint: RoomCheckpoint = {
      room: testRoomId,
      purpose: 'cut',
      point: log.head,
      bytes: longState,
      signature: new Uint8Array(64).fill(3),
    };
    change(openServerStore(filesBelow(root).server), ({ rooms }) => {
      rooms.put(record);
      for (const { entry, hash } of storedEntries(log)) rooms.append(entry, hash);
      rooms.putMember(member);
      rooms.putCheckpoint(checkpoint);
    });
    backUp(root, backup);
    const other = temporaryFolder();
    restore(other, backup);
    change(openServerStore(filesBelow(other).server), ({ rooms }) => {
      expect(rooms.all()).toEqual([record]);
      const entries = rooms.entriesAfter(testRoomId, 0, 9);
      expect(entries).toEqual(storedEntries(log).map(({ entry, hash }) => ({ entry, hash })));
      expect(rooms.members(testRoomId)).toEqual([member]);
      expect(rooms.checkpoint(testRoomId, 'cut')).toEqual(checkpoint);
    });
  });

  it('holds the longest edits that wait for their messages, of characters that JSON writes with six letters', () => {
    const text = '\u0001'.repeat(messageTextBytesMax);
    const of: MessageId = sampleId(9);
    change(openClientStore(filesBelow(root).client), ({ messages }) => {
      const position = { major: 1, minor: 0 };
      messages.change(roomConversation(testRoomId), {
        author: owner,
        position,
        content: { kind: 'edit', of, text },
      });
      messages.insertChange({ ...sampleMessage(2), content: { kind: 'edit', of, text } });
    });
    backUp(root, backup);
    expect(restore(temporaryFolder(), backup)).toHaveLength(2);
  });
});

describe('the restore of a backup from a stranger', () => {
  const columns = [
    { of: 'client', column: 'room_entry.content', bytesMax: contentBytesMax },
    { of: 'client', column: 'room_lost.content', bytesMax: contentBytesMax },
    { of: 'client', column: 'room_waiting.content', bytesMax: contentBytesMax },
    { of: 'client', column: 'room_checkpoint.bytes', bytesMax: roomCheckpointBytesMax },
    { of: 'client', column: 'room_entry.entry', bytesMax: 64 * 1024 },
    { of: 'server', column: 'room_entry.content', bytesMax: contentBytesMax },
    { of: 'server', column: 'room_entry.signature', bytesMax: 64 * 1024 },
    { of: 'server', column: 'room_checkpoint.bytes', bytesMax: roomCheckpointBytesMax },
  ] as const;

  it.each(columns)(
    'takes $bytesMax bytes in $column of a $of, and not one more',
    ({ of, column, bytesMax }) => {
      fillRooms();
      const [table = '', name = ''] = column.split('.');
      const database = new DatabaseSync(filesBelow(root)[of]);
      const set = (bytes: number) => database.exec(`UPDATE ${table} SET ${name} = zeroblob(${bytes})`);
      set(bytesMax);
      backUp(root, backup);
      expect(restore(temporaryFolder(), backup)).toHaveLength(2);
      set(bytesMax + 1);
      database.close();
      backUp(root, `${backup}-2`);
      expect(() => restore(temporaryFolder(), `${backup}-2`)).toThrow(/too long|damaged/u);
    },
  );

  it.each([
    ['listed', '7'],
    ['listed', '{"name":"lab"}'],
    ['findings', '{}'],
    ['findings', '[{"kind":"toString","seq":1,"author":null}]'],
    ['findings', '[{"kind":"fork","seq":1,"author":"no key"}]'],
  ])('gives no room to a frontend where %s is %s', (column, value) => {
    fillRooms();
    const database = new DatabaseSync(filesBelow(root).client);
    database.prepare(`UPDATE room SET ${column} = ?`).run(value);
    database.close();
    const store = openClientStore(filesBelow(root).client);
    expect(() => store.rooms.all()).toThrow(`column ${column}`);
    store.close();
  });

  /** One row in each table of rooms. */
  function fillRooms(): void {
    const [first, ...others] = storedEntries(logOf());
    change(openClientStore(filesBelow(root).client), ({ rooms }) => {
      rooms.put(room);
      for (const entry of [first, ...others]) if (entry !== undefined) rooms.putEntry(testRoomId, entry);
      rooms.loseAfter(testRoomId, 1);
      rooms.putCheckpoint(testRoomId, { seq: 1, bytes: longState, hasLaterKinds: false });
      rooms.putWaiting(testRoomId, waiting);
    });
    change(openServerStore(filesBelow(root).server), ({ rooms }) => {
      if (first !== undefined) rooms.append(first.entry, first.hash);
      const point = {
        epoch: first?.entry.position.epoch ?? ('' as never),
        seq: 1,
        hash: first?.hash ?? ('' as never),
      };
      rooms.putCheckpoint({
        room: testRoomId,
        purpose: 'cut',
        point,
        bytes: longState,
        signature: Uint8Array.of(1),
      });
    });
  }
});
