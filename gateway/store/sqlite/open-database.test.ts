import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../../system-tests/temporary-folder.ts';
import { sampleConversation, sampleMessage } from '../sample.ts';
import { openClientStore } from './client/client-store.ts';
import { applicationId } from './schema.ts';
import { openServerStore } from './server/server-store.ts';

describe('an open store', () => {
  it.each(['', '-wal'])(
    'refuses each write while client.sqlite%s is moved or removed, and takes writes once it is back',
    (end) => {
      vi.useFakeTimers({ toFake: ['performance'] });
      onTestFinished(() => void vi.useRealTimers());
      const file = path.join(temporaryFolder(), 'client.sqlite');
      const store = openClientStore(file);
      const write = (number: number): void => {
        store.begin();
        store.messages.insert(sampleMessage(number));
        store.commit();
      };
      const moved = file + end;
      write(1);
      fs.renameSync(moved, `${moved}.away`);
      vi.advanceTimersByTime(1_000);
      for (let attempt = 0; attempt < 2; attempt++) expect(() => write(2)).toThrow(/moved or removed/u);
      fs.renameSync(`${moved}.away`, moved);
      write(3);
      expect(store.messages.page(sampleConversation(1), null, 10).messages).toHaveLength(2);
      fs.rmSync(moved);
      vi.advanceTimersByTime(1_000);
      expect(() => write(4)).toThrow(refusal('disk-refused'));
      store.close();
    },
  );
});

describe('opening a store', () => {
  it('makes files that only their owner can read', () => {
    const file = path.join(temporaryFolder(), 'client.sqlite');
    const store = openClientStore(file);
    store.begin();
    store.messages.insert(sampleMessage(1));
    store.commit();
    const files = fs.readdirSync(path.dirname(file));
    expect(files.toSorted()).toEqual(['client.sqlite', 'client.sqlite-shm', 'client.sqlite-wal']);
    for (const name of files) {
      expect(fs.statSync(path.join(path.dirname(file), name)).mode & 0o777).toBe(0o600);
    }
    store.close();
  });

  it('makes the WAL as long as it will be, so that no commit makes it longer, and the database stays small', () => {
    const file = path.join(temporaryFolder(), 'client.sqlite');
    const store = openClientStore(file);
    const [wal, database] = [fs.statSync(`${file}-wal`).size, fs.statSync(file).size];
    expect(wal).toBeGreaterThan(1_000_000);
    expect(database).toBeLessThan(wal / 2);
    for (let number = 1; number <= 300; number++) {
      store.begin();
      store.messages.insert(sampleMessage(number));
      store.commit();
    }
    expect(fs.statSync(`${file}-wal`).size).toBe(wal);
    expect(fs.statSync(file).size).toBeGreaterThan(database);
    store.close();
  });

  it('starts over with a database that a crash left half-made', () => {
    const file = path.join(temporaryFolder(), 'client.sqlite');
    fs.writeFileSync(`${file}.new`, 'half of a database');
    openClientStore(file).close();
    expect(fs.readdirSync(path.dirname(file))).toEqual(['client.sqlite']);
  });

  it('reports that the disk refuses when the folder does not exist', () => {
    const file = path.join(temporaryFolder(), 'nowhere', 'client.sqlite');
    expect(() => openClientStore(file)).toThrow(refusal('disk-refused'));
  });

  it('refuses a newer schema and leaves it untouched', () => {
    const file = filledStore();
    change(file, 'PRAGMA user_version = 99');
    expectUntouched(file, () => expect(() => openClientStore(file)).toThrow(refusal('newer-schema')));
  });

  it('refuses a newer schema that a crash left in the WAL, and leaves it untouched', () => {
    const origin = filledStore();
    const file = path.join(temporaryFolder(), 'client.sqlite');
    const newer = new DatabaseSync(origin);
    newer.exec('PRAGMA journal_mode = WAL; PRAGMA user_version = 99');
    // A crash now would leave these two files.
    for (const end of ['', '-wal']) fs.copyFileSync(origin + end, file + end);
    newer.close();
    expect(fs.readFileSync(file).readUInt32BE(60)).not.toBe(99);
    expectUntouched(file, () => expect(() => openClientStore(file)).toThrow(refusal('newer-schema')));
  });

  it.each(['CgCl', 'CgSv', 'CgBk'])(
    'refuses a file of an earlier Chatagram (%s), says what to do, and leaves it untouched byte for byte',
    (letters) => {
      const file = filledStore();
      change(file, `PRAGMA application_id = ${applicationId(letters)}`);
      for (const open of [openClientStore, openServerStore])
        expectUntouched(file, () => {
          expect(() => open(file)).toThrow(refusal('earlier-shape'));
          expect(() => open(file)).toThrow(/earlier Chatagram.*Move it away to start fresh/u);
        });
    },
  );

  it('refuses the database of another program or role, and leaves it untouched', () => {
    const anothers = path.join(temporaryFolder(), 'another.sqlite');
    change(anothers, 'CREATE TABLE song (title TEXT); PRAGMA user_version = 1');
    expectUntouched(anothers, () => expect(() => openClientStore(anothers)).toThrow(refusal('foreign-file')));
    const clients = filledStore();
    expectUntouched(clients, () => expect(() => openServerStore(clients)).toThrow(refusal('foreign-file')));
  });

  it('refuses a damaged file, leaves it untouched, and never puts a new one in its place', () => {
    const damages: Record<string, (file: string) => void> = {
      'a text': (file) => fs.writeFileSync(file, 'this is a letter to my grandmother '.repeat(200)),
      'a few bytes': (file) => fs.writeFileSync(file, 'SQLite format 3\0'),
      'nothing in it': (file) => fs.truncateSync(file, 0),
      'its end missing': (file) => fs.truncateSync(file, fs.statSync(file).size - 4096),
      'gone, its WAL still there': (file) => fs.renameSync(file, `${file}-wal`),
      'a broken first page': (file) => overwrite(file, 100, 3000),
    };
    for (const [damage, apply] of Object.entries(damages)) {
      const file = filledStore();
      apply(file);
      expectUntouched(file, () => expect(() => openClientStore(file), damage).toThrow(refusal('damaged')));
    }
  });

  it('reports a damaged database when it reads a broken page later', () => {
    const file = filledStore();
    const pages = fs.statSync(file).size / 4096;
    for (let page = 2; page <= pages; page++) overwrite(file, (page - 1) * 4096, 4096);
    const read = () => {
      const store = openClientStore(file);
      try {
        store.messages.page(sampleConversation(1), null, 1000);
      } finally {
        store.close();
      }
    };
    expect(read).toThrow(refusal('damaged'));
  });

  it('reports a damaged database when a row holds a value that this program never writes', () => {
    const file = filledStore();
    change(
      file,
      `UPDATE message SET id = 'x'; INSERT INTO contact (key, candidates) VALUES ('k', '[1]'); UPDATE client SET server_key = 'k'`,
    );
    change(file, `INSERT INTO answer (command, result) VALUES ('c', '{"status":"maybe"}'), ('d', '{')`);
    const store = openClientStore(file);
    expect(() => store.messages.page(sampleConversation(1), null, 1)).toThrow(refusal('damaged'));
    expect(() => store.contacts.all()).toThrow(refusal('damaged'));
    expect(() => store.facts.get()).toThrow(refusal('damaged'));
    expect(() => store.answers.find('c')).toThrow(refusal('damaged'));
    expect(() => store.answers.find('d')).toThrow(refusal('damaged'));
    store.close();
  });
});

function refusal(code: string): Error {
  return expect.objectContaining({ name: 'StoreError', code }) as Error;
}

/** The file of a closed store with one message in it. */
function filledStore(): string {
  const file = path.join(temporaryFolder(), 'client.sqlite');
  const store = openClientStore(file);
  store.begin();
  store.messages.insert(sampleMessage(1));
  store.commit();
  store.close();
  return file;
}

function change(file: string, sql: string): void {
  const connection = new DatabaseSync(file);
  connection.exec(sql);
  connection.close();
}

function overwrite(file: string, position: number, bytes: number): void {
  const descriptor = fs.openSync(file, 'r+');
  fs.writeSync(descriptor, Buffer.alloc(bytes, 0xee), 0, bytes, position);
  fs.closeSync(descriptor);
}

function expectUntouched(file: string, act: () => void): void {
  const folder = path.dirname(file);
  const look = () =>
    fs
      .readdirSync(folder)
      // The -shm holds no data. It is an index over the WAL, which each reader makes when it is missing.
      .filter((name) => !name.endsWith('-shm'))
      .map((name) => ({
        name,
        changedMs: fs.statSync(path.join(folder, name)).mtimeMs,
        content: fs.readFileSync(path.join(folder, name)).toString('base64'),
      }));
  const before = look();
  act();
  expect(look()).toEqual(before);
}
