import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { contentBytesMax } from '../../shared/limits.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import { StartError } from '../runtime/start-error.ts';
import { sampleIdentity, sampleInstallation, sampleMessage } from '../store/sample.ts';
import { clientSchema } from '../store/sqlite/client/client-schema.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';
import { indexMessages } from '../store/sqlite/client/message-search.ts';
import { addFunctions, applicationId } from '../store/sqlite/schema.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { backUp, restore } from './backup.ts';
import { clientFolder, makeFolder } from './data-dir.ts';
import { updateProfile } from './profiles.ts';

/** D1: a backup from a stranger is data, and does nothing but fill the folders of a restore. */

const server = { host: '127.0.0.1', port: 50_000 };
const pageBytes = 4_096;

let origin: string;
let clientFile: string;
let file: string;
/** A folder into which nothing was restored yet. It does not exist. */
let root: string;

beforeEach(() => {
  origin = temporaryFolder();
  clientFile = path.join(makeFolder(clientFolder(origin, 'alice', server)), 'client.sqlite');
  const client = openClientStore(clientFile);
  client.begin();
  client.facts.set({ identity: sampleIdentity(7), installation: sampleInstallation(9), nickname: 'alice' });
  client.messages.insert(sampleMessage(1));
  client.commit();
  client.close();
  updateProfile(path.dirname(clientFile), {
    nickname: 'alice',
    server: { address: '127.0.0.1:50000', key: undefined },
    hosted: false,
    nowMs: 7,
  });
  file = path.join(temporaryFolder(), 'chats.backup');
  root = path.join(temporaryFolder(), 'new', 'root');
});

/** Changes a database by SQL, as an attacker can. */
function changed(database: string, sql: string): void {
  const connection = new DatabaseSync(database);
  addFunctions(connection, clientSchema);
  connection.exec(sql);
  connection.close();
}

/** Backs up what is in the data folder after this change to the client's database. */
function backUpAfter(sql: string): void {
  changed(clientFile, sql);
  fs.rmSync(file, { force: true });
  backUp(origin, file);
}

/** Refused with a sentence for the user, and no trace is left: not even the folder of the restore. */
function expectRefused(backup = file): void {
  const above = path.dirname(path.dirname(root));
  let refusal: unknown;
  try {
    restore(root, backup);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(StartError);
  expect((refusal as StartError).sentence).toMatch(
    /(is not a backup of Chatagram, or it is damaged|do not belong in a backup of Chatagram)\. Nothing was restored\.$/u,
  );
  expect(fs.readdirSync(above, { recursive: true })).toEqual([]);
}

/** A backup that was made by hand, with these tables. */
function handmade(sql: string): void {
  changed(
    file,
    `PRAGMA page_size = ${pageBytes};
     CREATE TABLE item (
      number INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL
    ) STRICT;
    INSERT INTO item VALUES (1, 'clients/a/client.sqlite', 314572800, '');
    ${sql};
    PRAGMA application_id = ${applicationId('ChBk')}; PRAGMA user_version = 1`,
  );
}

const numbersTo = (end: string) => `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n ${end})`;

describe('the schema of a backup', () => {
  it.each([
    ['a view of a few bytes that makes 300 MiB', 'WHERE i < 299'],
    ['a view without an end', ''],
  ])('is refused with %s', (_, end) => {
    handmade(
      `CREATE VIEW chunk AS ${numbersTo(end)} SELECT 1 AS item, i AS number, zeroblob(1048576) AS content FROM n`,
    );
    expect(fs.statSync(file).size).toBeLessThan(5 * pageBytes);
    expectRefused();
  });

  it('is refused with a view in place of the list of its items', () => {
    backUp(origin, file);
    changed(
      file,
      `ALTER TABLE item RENAME TO other;
       CREATE VIEW item AS ${numbersTo('')} SELECT i AS number, 'clients/a/' || i AS path, 0 AS bytes, '' AS sha256 FROM n`,
    );
    expectRefused();
  });

  it.each([
    'CREATE TRIGGER t AFTER INSERT ON item BEGIN DELETE FROM chunk; END',
    'CREATE VIEW v AS SELECT 1',
    'CREATE INDEX i ON item (bytes)',
    'CREATE TABLE other (a)',
    'CREATE VIRTUAL TABLE f USING fts5 (a)',
    "ALTER TABLE item ADD COLUMN more TEXT NOT NULL DEFAULT ''",
    'ALTER TABLE item ADD COLUMN made TEXT AS (hex(zeroblob(100000000))) VIRTUAL',
  ])('is refused after %s', (sql) => {
    backUp(origin, file);
    changed(file, sql);
    expectRefused();
  });
});

describe('a database in a backup', () => {
  it.each([
    'CREATE TRIGGER t AFTER UPDATE ON client BEGIN DELETE FROM message; END',
    `CREATE VIEW v AS ${numbersTo('')} SELECT i FROM n`,
    `DROP TABLE answer; CREATE VIEW answer AS ${numbersTo('')} SELECT i AS number, i AS command, i AS result FROM n`,
    'CREATE TABLE other (a)',
    'CREATE VIRTUAL TABLE f USING fts5 (a)',
    'DROP INDEX message_order',
    'DROP TABLE message_search',
    'ALTER TABLE message ADD COLUMN made TEXT AS (hex(zeroblob(100000000))) VIRTUAL',
    'PRAGMA user_version = 0',
  ])('is refused after %s', (sql) => {
    backUpAfter(sql);
    expectRefused();
  });

  it('is refused with a message that is too long, and taken with one of 16 KiB', () => {
    backUpAfter(`UPDATE message SET text = printf('%.*c', ${contentBytesMax + 1}, 'x')`);
    expectRefused();
    backUpAfter(`UPDATE message SET text = printf('%.*c', ${contentBytesMax}, 'x');
      INSERT INTO message_search (message_search) VALUES ('delete-all');
      ${indexMessages} true`);
    expect(restore(root, file)).toHaveLength(1);
  });

  it('is refused with another value of more than 64 KiB, or a row that refers to a missing one', () => {
    backUpAfter("INSERT INTO answer VALUES (1, 'a', printf('%.*c', 70000, 'x'))");
    expectRefused();
    backUpAfter('PRAGMA foreign_keys = OFF; DELETE FROM answer; DELETE FROM peer');
    expectRefused();
  });

  it('is refused with a profile that cannot be read, or one without an end', () => {
    const profile = path.join(path.dirname(clientFile), 'profile.json');
    const good = fs.readFileSync(profile);
    for (const bad of ['{', '{}', `${good.toString()}${' '.repeat(70_000)}`]) {
      fs.writeFileSync(profile, bad);
      backUpAfter('SELECT 1');
      expectRefused();
    }
  });
});

describe('the file of a backup', () => {
  it('is refused with pages of another size, in WAL mode, or with an item that is longer or shorter than it says', () => {
    for (const sql of [
      'PRAGMA page_size = 8192; VACUUM',
      'PRAGMA page_size = 512; VACUUM',
      'PRAGMA journal_mode = WAL',
      'UPDATE item SET bytes = bytes + 1',
      'UPDATE item SET bytes = bytes - 1',
      'UPDATE item SET bytes = -1',
      'UPDATE item SET bytes = 1000000000000',
      'UPDATE item SET bytes = 9223372036854775807',
      "UPDATE item SET path = printf('%.*c', 2000000, 'x') WHERE number = 1",
    ]) {
      fs.rmSync(file, { force: true });
      backUp(origin, file);
      changed(file, sql);
      expectRefused();
    }
  });

  it('is refused when it ends early, goes on, or is no database', () => {
    backUp(origin, file);
    const bytes = fs.readFileSync(file);
    const cuts = [0, 1, 15, 16, 99, 100, 511, pageBytes - 1, pageBytes, bytes.length / 2, bytes.length - 1];
    for (const length of cuts) {
      fs.writeFileSync(file, bytes.subarray(0, Math.trunc(length)));
      expectRefused();
    }
    for (const more of [1, pageBytes]) {
      fs.writeFileSync(file, Buffer.concat([bytes, Buffer.alloc(more)]));
      expectRefused();
    }
    for (const other of [
      Buffer.alloc(10 * pageBytes),
      Buffer.alloc(9_000, 'a letter '),
      bytes.toReversed(),
    ]) {
      fs.writeFileSync(file, other);
      expectRefused();
    }
  });

  it('is refused, or restored as it was, with any bit flipped', () => {
    backUp(origin, file);
    const bytes = fs.readFileSync(file);
    const random = new SeededRandom(11);
    // The schema and the list of items, then anywhere.
    const places = [
      18,
      28,
      56,
      60,
      68,
      100,
      103,
      105,
      108,
      ...Array.from({ length: 40 }, () => random.below(bytes.length)),
    ];
    for (const place of places) {
      const flipped = Buffer.from(bytes);
      flipped[place] = (flipped[place] ?? 0) ^ (1 << random.below(8));
      fs.writeFileSync(file, flipped);
      const target = temporaryFolder();
      try {
        restore(target, file);
      } catch (error) {
        expect(error, `byte ${place}`).toBeInstanceOf(StartError);
        expect(fs.readdirSync(target), `byte ${place}`).toEqual([]);
        continue;
      }
      const restored = openClientStore(path.join(clientFolder(target, 'alice', server), 'client.sqlite'));
      expect(restored.facts.get().nickname, `byte ${place}`).toBe('alice');
      restored.close();
    }
  });

  it('is refused with guests that no chat has, or a record of guests that is not one', () => {
    const guests = path.join(path.dirname(clientFile), 'guests');
    const record = path.join(makeFolder(guests), 'guests.json');
    for (const text of ['{}', '[]', '{"privateKey":"00"}', 'x'.repeat(300_000)]) {
      fs.writeFileSync(record, text);
      fs.rmSync(file, { force: true });
      backUp(origin, file);
      expectRefused();
    }
    fs.rmSync(record);
    const place = 'clients/alice@127.0.0.1_50000/guests';
    for (const other of [
      `${place}/client.sqlite`,
      `${place}/../guests.json`,
      `${place}/abc/clients/zoe/client.sqlite`,
      `${place}/${'0a'.repeat(32)}/servers/50000/server.sqlite`,
      `${place}/${'0a'.repeat(32)}/guests.json`,
      `guests/${'0a'.repeat(32)}/clients/zoe/client.sqlite`,
    ]) {
      fs.rmSync(file, { force: true });
      backUp(origin, file);
      changed(file, `UPDATE item SET path = '${other}' WHERE number = 1`);
      expectRefused();
    }
  });

  it('is refused when it is a folder, a device or a pipe, and none of them is waited for', () => {
    const fifo = path.join(temporaryFolder(), 'fifo');
    execFileSync('mkfifo', [fifo]);
    const link = path.join(temporaryFolder(), 'link');
    fs.symlinkSync('/dev/zero', link);
    for (const other of [temporaryFolder(), '/dev/zero', '/dev/null', fifo, link]) expectRefused(other);
  });

  it('may be a link to a backup', () => {
    backUp(origin, file);
    const link = path.join(temporaryFolder(), 'link');
    fs.symlinkSync(file, link);
    expect(restore(root, link)).toHaveLength(1);
  });
});

describe('a restore', () => {
  it('reads the backup only, and neither a WAL nor a journal beside it', () => {
    backUp(origin, file);
    for (const end of ['-wal', '-journal', '-shm'])
      fs.writeFileSync(`${file}${end}`, Buffer.alloc(10_000, 7));
    expect(restore(root, file)).toHaveLength(1);
    expect(fs.readFileSync(`${file}-journal`).equals(Buffer.alloc(10_000, 7))).toBe(true);
  });

  it('removes what a restore that was ended had left, and keeps everything else', () => {
    backUp(origin, file);
    const left = path.join(makeFolder(path.join(root, 'restoring', 'drafts', '0')), 'client.sqlite');
    fs.writeFileSync(left, 'half of a database');
    expect(restore(root, file)).toHaveLength(1);
    expect(fs.readdirSync(root)).toEqual(['clients']);
  });

  it('changes nothing in a folder with data when it is refused', () => {
    backUpAfter('SELECT 1');
    const before = fs.readFileSync(clientFile);
    const names = fs.readdirSync(origin, { recursive: true });
    changed(file, 'CREATE VIEW v AS SELECT 1');
    expect(() => restore(origin, file)).toThrow(StartError);
    expect(fs.readFileSync(clientFile).equals(before)).toBe(true);
    expect(fs.readdirSync(origin, { recursive: true })).toEqual(names);
  });
});
