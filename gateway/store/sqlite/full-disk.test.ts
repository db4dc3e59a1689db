import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../system-tests/temporary-folder.ts';
import { StoreError } from '../errors.ts';
import { sampleMessage } from '../sample.ts';
import { Database } from './database.ts';
import { openClientStore } from './client/client-store.ts';

const big = 'x'.repeat(60_000);

/** A database of one table with a limit of pages, for tests of a full disk. */
function openDiary() {
  const file = path.join(temporaryFolder(), 'diary.sqlite');
  const connection = new DatabaseSync(file);
  connection.exec('PRAGMA journal_mode = WAL; CREATE TABLE entry (text TEXT NOT NULL) STRICT');
  const database = new Database(connection, file);
  const insert = database.write('INSERT INTO entry (text) VALUES (?)');
  const entries = database.query('SELECT text FROM entry ORDER BY rowid');
  return {
    file,
    database,
    write: (text: string) => void insert.run(text),
    texts: () => entries.all().map((row) => row.get('text')),
    limitPages: (pages: number) => connection.exec(`PRAGMA max_page_count = ${pages}`),
  };
}

describe('a disk that refuses', () => {
  it('undoes the whole turn, makes its commit throw, and serves again when there is room', () => {
    const { database, write, texts, limitPages } = openDiary();
    database.begin();
    write('written before');
    database.commit();
    limitPages(8);

    database.begin();
    database.savepoint(() => write('first input'));
    // SQLITE_FULL makes SQLite roll the transaction back, the first input with it.
    expect(() => database.savepoint(() => write(big))).toThrow(diskRefused);
    expect(() => database.savepoint(() => write('later input'))).toThrow(diskRefused);
    expect(() => write('later entry')).toThrow(diskRefused);
    expect(() => database.commit()).toThrow(diskRefused);
    expect(texts()).toEqual(['written before']);

    limitPages(1000);
    database.begin();
    database.savepoint(() => write(big));
    database.commit();
    expect(texts()).toEqual(['written before', big]);
    database.close();
  });

  it('makes the commit throw even if an input catches the exception', () => {
    const { database, write, texts, limitPages } = openDiary();
    limitPages(8);
    database.begin();
    database.savepoint(() => {
      write('lost with it');
      try {
        write(big);
      } catch {
        // Careless code may do this.
      }
    });
    expect(() => database.commit()).toThrow(diskRefused);
    expect(texts()).toEqual([]);
    database.close();
  });

  it('undoes writes outside savepoints too', () => {
    const { database, write, texts, limitPages } = openDiary();
    limitPages(8);
    database.begin();
    write('an entry');
    expect(() => write(big)).toThrow(diskRefused);
    expect(() => database.commit()).toThrow(diskRefused);
    expect(texts()).toEqual([]);
    database.begin();
    database.savepoint(() => write('the next'));
    database.commit();
    expect(texts()).toEqual(['the next']);
    database.close();
  });

  it('includes a lock of another process: the turn is refused and works later', () => {
    const { file, database, write, texts } = openDiary();
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    database.begin();
    expect(() => database.savepoint(() => write('too early'))).toThrow(diskRefused);
    database.commit();
    other.exec('COMMIT');
    other.close();
    database.begin();
    database.savepoint(() => write('now'));
    database.commit();
    expect(texts()).toEqual(['now']);
    database.close();
  });

  it('undoes a turn if its COMMIT fails, and the store serves again', () => {
    const file = path.join(temporaryFolder(), 'diary.sqlite');
    const connection = new DatabaseSync(file);
    // A deferred constraint is checked by COMMIT itself, which then fails with the transaction still open.
    connection.exec(`
      CREATE TABLE person (name TEXT PRIMARY KEY) STRICT;
      CREATE TABLE entry (name TEXT REFERENCES person (name) DEFERRABLE INITIALLY DEFERRED) STRICT`);
    const database = new Database(connection, file);
    const person = database.write('INSERT INTO person (name) VALUES (?)');
    const entry = database.write('INSERT INTO entry (name) VALUES (?)');
    const names = database.query('SELECT name FROM entry');
    database.begin();
    database.savepoint(() => entry.run('missing'));
    expect(() => database.commit()).toThrow('FOREIGN KEY');
    expect(names.all()).toEqual([]);
    database.begin();
    person.run('alice');
    entry.run('alice');
    database.commit();
    expect(names.all()).toHaveLength(1);
    database.close();
  });

  it('that fails to put a commit on the disk gets no further write, since a later success would prove nothing', () => {
    const file = path.join(temporaryFolder(), 'diary.sqlite');
    const connection = new DatabaseSync(file);
    connection.exec('CREATE TABLE entry (text TEXT NOT NULL) STRICT');
    let syncs = 0;
    const failsOnce = (): void => {
      syncs++;
      if (syncs > 1) return;
      throw Object.assign(new Error('i/o error'), { code: 'EIO', errno: -5, syscall: 'fdatasync' });
    };
    const database = new Database(connection, file, {
      check: () => undefined,
      sync: failsOnce,
      syncLater: () => Promise.resolve(),
      close: () => undefined,
    });
    const insert = database.write('INSERT INTO entry (text) VALUES (?)');
    const entries = database.query('SELECT text FROM entry');
    database.begin();
    insert.run('committed');
    database.commit();
    const sentence = `The disk of ${file} failed. Check the disk and its connection. Then start Chatagram again.`;
    expect(() => database.sync()).toThrow(sentence);
    database.begin();
    expect(() => insert.run('later')).toThrow(sentence);
    database.commit();
    expect(entries.all()).toHaveLength(1);
    expect(() => database.sync()).toThrow(sentence);
    expect(syncs).toBe(1);
    database.close();
  });

  it('that fails while the program goes on gets no further write either', async () => {
    const file = path.join(temporaryFolder(), 'diary.sqlite');
    const connection = new DatabaseSync(file);
    connection.exec('CREATE TABLE entry (text TEXT NOT NULL) STRICT');
    const steps: string[] = [];
    const ended: PromiseWithResolvers<undefined>[] = [];
    const database = new Database(connection, file, {
      check: () => undefined,
      sync: () => void steps.push('sync'),
      syncLater: async () => {
        steps.push('sync later');
        const sync = Promise.withResolvers<undefined>();
        ended.push(sync);
        await sync.promise;
      },
      close: () => undefined,
    });
    const insert = database.write('INSERT INTO entry (text) VALUES (?)');
    const commit = (text: string): void => {
      database.begin();
      insert.run(text);
      database.commit();
    };
    await database.syncLater();
    commit('one');
    const first = database.syncLater();
    // The disk has not said yet that it has the first commit, so this one asks it too.
    database.sync();
    expect(steps).toEqual(['sync later', 'sync']);
    commit('two');
    const second = database.syncLater();
    ended[0]?.resolve(undefined);
    await first;
    ended[1]?.reject(Object.assign(new Error('i/o error'), { code: 'EIO', errno: -5, syscall: 'fdatasync' }));
    const sentence = `The disk of ${file} failed. Check the disk and its connection. Then start Chatagram again.`;
    await expect(second).rejects.toThrow(sentence);
    database.begin();
    expect(() => insert.run('three')).toThrow(sentence);
    database.commit();
    expect(() => database.sync()).toThrow(sentence);
    await expect(database.syncLater()).rejects.toThrow(sentence);
    expect(steps).toEqual(['sync later', 'sync', 'sync later']);
    database.close();
  });

  it('is not blamed for a bug: a violated constraint throws its own error, and undoes only its input', () => {
    const store = openClientStore();
    store.begin();
    store.savepoint(() => store.messages.insert(sampleMessage(1)));
    const bug = () => store.savepoint(() => store.messages.insert(sampleMessage(2, { sequence: 1.5 })));
    expect(bug).toThrow(expect.not.objectContaining({ name: 'StoreError' }) as Error);
    store.commit();
    expect(store.messages.page(sampleMessage(1).conversation, null, 9).messages).toHaveLength(1);
    store.close();
  });
});

const diskRefused = expect.objectContaining({
  name: StoreError.name,
  code: 'disk-refused',
  retry: true,
}) as Error;
