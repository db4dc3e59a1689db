import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { bytesIn, temporaryFolder } from '../../../system-tests/temporary-folder.ts';
import { sampleConversation, sampleId, sampleKey, sampleMessage, sampleOwn, text } from '../../sample.ts';
import type { NewMessage } from '../../client-store.ts';
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

type Store = ReturnType<typeof openClientStore>;

/** So many that the index has several pages and has merged some. */
function storeWithMany(): { file: string; store: Store } {
  const file = path.join(temporaryFolder(), 'client.sqlite');
  const store = openClientStore(file);
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
    .search(words, { conversation: sampleConversation(1), before: null, limit: 10 })
    .messages.map(({ id }) => id);
}
