import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { roomConversation } from '../../../../shared/conversation.ts';
import { encodeRoomContent, type RoomContent } from '../../../../shared/rooms/content.ts';
import { testKey, testRoomOf } from '../../../../shared/rooms/test-room.ts';
import { bytesIn, temporaryFolder } from '../../../system-tests/temporary-folder.ts';
import {
  newestTen,
  sampleConversation,
  sampleId,
  sampleKey,
  sampleMessage,
  sampleOwn,
  sampleQuery,
  sampleRoom,
  text,
} from '../../sample.ts';
import type { NewMessage } from '../../client-store.ts';
import type { StoredEntry, WaitingEntry } from '../../room-repository.ts';
import { openClientStore } from './client-store.ts';

/**
 * No other message has this word. An index cuts off what a word has in common with the one before it, so its parts are
 * searched for, too.
 */
const secret = 'zanzibarquuxification';
const parts = [secret, 'zibarquu', 'xification', 'quuxif'];

/** Keeps a message with the secret, and removes it in a later commit. */
function insertAndRemove(store: ReturnType<typeof storeWithMany>['store']): void {
  store.begin();
  store.messages.insert(sampleMessage(5_000, text(secret)));
  store.commit();
  store.begin();
  store.messages.remove(sampleId(5_000));
  store.commit();
}

describe('words of a removed message', () => {
  it('are in no page of the database after a checkpoint, be the text short or as long as it may be', () => {
    for (const length of [0, 200, 16_000]) {
      const { file, store } = storeWithMany();
      const message = text(`${'x'.repeat(length)} the ${secret} thing`);
      store.begin();
      store.messages.insert(sampleMessage(5_000, message));
      store.commit();
      addMany(store, 5_001, 5_020);
      expect(foundIn(fileAfterCheckpoint(file))).toContain(secret);
      store.begin();
      store.messages.remove(sampleId(5_000));
      store.commit();
      expect(foundIn(fileAfterCheckpoint(file)), `${length} characters before it`).toEqual([]);
      expect(foundBy(store, secret)).toEqual([]);
      expect(foundBy(store, 'hello')).toHaveLength(10);
      store.close();
    }
  });

  it('are in no file of a closed store', () => {
    const { file, store } = storeWithMany();
    insertAndRemove(store);
    store.close();
    expect(foundIn(bytesIn(path.dirname(file)))).toEqual([]);
  });

  it('are in no file of a store that stays open, once it has erased', () => {
    const { file, store } = storeWithMany();
    store.begin();
    for (const number of [5_000, 5_001])
      store.messages.insert(sampleMessage(number, text(`${secret} ${number}`)));
    store.commit();
    store.begin();
    for (const number of [5_000, 5_001]) store.messages.remove(sampleId(number));
    store.commit();
    expect(foundIn(bytesIn(path.dirname(file)))).toContain(secret);
    expect(store.erase()).toBe(true);
    expect(foundIn(bytesIn(path.dirname(file)))).toEqual([]);
    store.close();
  });

  it('are in no file once the store is open again after a crash', () => {
    const { file, store } = storeWithMany();
    insertAndRemove(store);
    const after = path.join(temporaryFolder(), 'client.sqlite');
    for (const end of ['', '-wal']) fs.copyFileSync(file + end, after + end);
    store.close();
    expect(foundIn(bytesIn(path.dirname(after)))).toContain(secret);
    const again = openClientStore(after);
    expect(foundIn(bytesIn(path.dirname(after)))).toEqual([]);
    expect(foundBy(again, 'hello')).toHaveLength(10);
    again.close();
  });

  it('that its author deleted or edited, and words that wait for it, are in no file once the store has erased', () => {
    const { file, store } = storeWithMany();
    const edit = (message: NewMessage, of: number) =>
      store.messages.insertChange({ ...message, content: { kind: 'edit', of: sampleId(of), text: secret } });
    const deletion = (number: number, of: number) =>
      store.messages.insertChange({
        ...sampleMessage(number),
        content: { kind: 'delete', of: sampleId(of) },
      });
    store.begin();
    store.messages.insert(sampleMessage(5_000, text('plain')));
    store.messages.insert(
      sampleMessage(5_001, { content: { kind: 'reply', to: sampleId(1), text: secret } }),
    );
    store.messages.insert(
      sampleMessage(5_002, { content: { kind: 'poll', question: 'Which?', choices: [secret, 'none'] } }),
    );
    // One that still has to be delivered, and one that waits for its message.
    edit(sampleOwn(5_003, { author: sampleKey(1) }), 5_000);
    edit(sampleMessage(5_004), 6_000);
    store.commit();
    store.begin();
    for (const [index, target] of [5_000, 5_001, 5_002, 6_000].entries()) deletion(5_010 + index, target);
    store.commit();
    expect(foundBy(store, secret)).toEqual([]);
    expect(foundIn(bytesIn(path.dirname(file)))).toContain(secret);
    expect(store.erase()).toBe(true);
    expect(foundIn(bytesIn(path.dirname(file)))).toEqual([]);
    store.close();
  });

  it('that its author deleted in a room, and its edits, are in no file once the store has erased', () => {
    const { file, store } = storeWithMany();
    const { room, author, entries, ids } = roomWithSecrets();
    const conversation = roomConversation(room.id);
    store.begin();
    store.rooms.put(room);
    for (const entry of entries) store.rooms.putEntry(room.id, entry);
    ids.forEach((id, index) =>
      store.messages.insert(
        sampleMessage(5_000 + index, { ...text(secret), id, author, conversation, position: at(index + 2) }),
      ),
    );
    // The server has lost the second message. An edit of it and a third message are in no log yet.
    store.rooms.loseAfter(room.id, 3);
    const [kept, lost] = [ids[0] ?? sampleId(1), ids[1] ?? sampleId(1)];
    store.rooms.putWaiting(room.id, waiting(6_000, { kind: 'edit', of: lost, text: secret }));
    store.rooms.putWaiting(room.id, waiting(6_001, { kind: 'text', text: secret }));
    store.commit();
    expect(foundIn(bytesIn(path.dirname(file)))).toContain(secret);
    store.begin();
    for (const of of [kept, lost]) {
      store.rooms.eraseContent(room.id, of);
      store.messages.change(conversation, { author, position: at(9), content: { kind: 'delete', of } });
    }
    store.rooms.removeWaiting(room.id, sampleId(6_001));
    store.commit();
    expect(store.erase()).toBe(true);
    expect(foundIn(bytesIn(path.dirname(file)))).toEqual([]);
    const left = [...store.rooms.entriesFrom(room.id, 1, 9), ...store.rooms.lost(room.id, 9, 0)];
    expect(left.map(({ entry, hash }) => [entry.header.id, hash])).toEqual(
      entries.map(({ entry, hash }) => [entry.header.id, hash]),
    );
    store.close();
  });

  it('stay in the index where another message has them', () => {
    const { store } = storeWithMany();
    store.begin();
    for (const number of [5_000, 5_001]) store.messages.insert(sampleMessage(number, text(secret)));
    store.messages.remove(sampleId(5_000));
    store.commit();
    expect(foundBy(store, secret)).toEqual([sampleId(5_001)]);
    store.close();
  });
});

/** A room with two messages and an edit of each, all with the secret. */
function roomWithSecrets() {
  const author = testKey(1);
  const log = testRoomOf((bytes) => createHash('sha256').update(bytes).digest(), author);
  const ids = [sampleId(5_500), sampleId(5_501)];
  for (const id of ids) {
    log.write(author, { kind: 'text', text: secret }, { id });
    log.write(author, { kind: 'edit', of: id, text: `${secret} again` });
  }
  const entries = log.log.map((entry, index): StoredEntry => ({
    entry,
    hash: (log.points[index] ?? log.head).hash,
    effect: 'taken',
    headSignature: null,
  }));
  return { room: sampleRoom, author, entries, ids };
}

function at(major: number): { readonly major: number; readonly minor: number } {
  return { major, minor: 0 };
}

function waiting(number: number, content: RoomContent): WaitingEntry {
  return {
    id: sampleId(number),
    kind: content.kind,
    content: encodeRoomContent(content),
    editOf: content.kind === 'edit' ? content.of : null,
    sentAtMs: 1_700_000_000_000,
    clockOffsetMs: null,
    refusedWith: null,
  };
}

type Store = ReturnType<typeof openClientStore>;

/** So many that the index has several pages and has merged some. */
function storeWithMany(): { file: string; store: Store } {
  const file = path.join(temporaryFolder(), 'client.sqlite');
  const store = openClientStore(file, { waitingRowsMax: 1 });
  addMany(store, 1, 400);
  return { file, store };
}

function addMany(store: Store, from: number, to: number): void {
  const turnMessages = 10;
  for (let first = from; first <= to; first += turnMessages) {
    store.begin();
    for (let number = first; number < first + turnMessages; number++)
      store.messages.insert(sampleMessage(number, text(`hello zanzibar ${number} zebra${number}`)));
    store.commit();
  }
}

function fileAfterCheckpoint(file: string): Buffer {
  const other = new DatabaseSync(file);
  other.exec('PRAGMA wal_checkpoint(FULL)');
  other.close();
  return fs.readFileSync(file);
}

function foundIn(bytes: Buffer): string[] {
  return parts.filter((part) => bytes.includes(part));
}

function foundBy(store: Store, words: string): string[] {
  return store.messages
    .search(sampleQuery(words, { conversations: [sampleConversation(1)] }), newestTen)
    .messages.map(({ id }) => id);
}
