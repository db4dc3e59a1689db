import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { keptVersion } from '../../testing/kept-versions.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { sampleEpoch, sampleId, sampleInstallation, sampleKey } from '../sample.ts';
import { clientSchema } from './client-schema.ts';
import { openClientStore } from './client-store.ts';
import { inMemory, openDatabase } from './open-database.ts';
import { migrate, type Schema } from './schema.ts';
import { serverSchema } from './server-schema.ts';
import { openServerStore } from './server-store.ts';
import { clientVersion1, serverVersion1 } from './version-1.dump.ts';

describe('migrations', () => {
  it.each(versionsOf('client'))(
    'a client of version $version is opened by this program, nothing lost',
    ({ file }) => {
      const store = openClientStore(file());
      expect(store.facts.get()).toMatchObject({
        identity: { secret: Uint8Array.of(1, 2, 3), key: sampleKey(7) },
        installation: sampleInstallation(9),
        nickname: 'alice',
        server: '127.0.0.1:50000',
        serverKey: sampleKey(8),
        serverEpoch: sampleEpoch(4),
        registration: 3,
        deregistered: false,
        tellsReads: true,
        showsLastSeen: false,
      });
      expect(store.contacts.all()).toMatchObject([
        {
          ...{ key: sampleKey(1), nickname: 'bob', candidates: ['10.0.0.2:50001'] },
          ...{ readPlace: 1, readSequence: 1, classic: null, verified: false },
        },
      ]);
      expect(store.messages.page(sampleKey(1), null, 10).messages).toMatchObject([
        { id: sampleId(1), direction: 'in', text: 'hello', place: 1, sequence: 1, progress: null },
        {
          id: sampleId(2),
          direction: 'out',
          text: 'hi',
          place: 2,
          sequence: 1,
          progress: { stage: 'pending' },
        },
      ]);
      const found = store.messages.search('hello', { peer: sampleKey(1), before: null, limit: 10 });
      expect(found.messages).toMatchObject([{ id: sampleId(1) }]);
      expect(store.answers.find('command')).toEqual({ status: 'done' });
      store.begin();
      expect(store.outbox.nextSequence(sampleKey(1))).toBe(2);
      expect(store.messages.insert({ ...removed, id: sampleId(3) })).toBeUndefined();
      expect(store.messages.insert({ ...removed, id: sampleId(4) })?.place).toBe(4);
      store.commit();
      store.close();
    },
  );

  it.each(versionsOf('server'))(
    'a server of version $version is opened by this program',
    ({ version, file }) => {
      const store = openServerStore(file());
      const { identity, epoch } = store.facts.get();
      expect(identity).toEqual({ secret: Uint8Array.of(1, 2, 3), key: sampleKey(8) });
      expect(store.names.all()).toMatchObject([{ key: sampleKey(1), nickname: 'bob' }]);
      // What was kept so far was open to read: it is gone, and a new epoch makes those offer it again who still have it.
      const isOpen = version <= 3;
      expect(epoch).toBe(isOpen ? undefined : sampleEpoch(4));
      expect(store.mailboxes.count(sampleKey(1))).toBe(isOpen ? 0 : 1);
      store.close();
    },
  );

  it.each([...versionsOf('client'), ...versionsOf('server')])(
    'what was carried forward from version $version of a $role has the tables of what is made anew',
    ({ role, file }) => {
      const schema = { client: clientSchema, server: serverSchema }[role];
      const old = file();
      openDatabase(old, schema).close();
      const carried = new DatabaseSync(old);
      const fresh = new DatabaseSync(inMemory);
      migrate(fresh, schema, inMemory);
      expect(tablesOf(carried)).toEqual(tablesOf(fresh));
      expect(tablesOf(fresh).length).toBeGreaterThan(3);
      carried.close();
    },
  );

  const first = 'CREATE TABLE song (title TEXT); INSERT INTO song VALUES (1)';
  const songs = (...migrations: string[]): Schema => ({ applicationId: 77, migrations });

  it('run once each, in their order', () => {
    const connection = new DatabaseSync(inMemory);
    migrate(connection, songs(first), inMemory);
    migrate(connection, songs(first, 'INSERT INTO song VALUES (2)', 'INSERT INTO song VALUES (3)'), inMemory);
    migrate(connection, songs(first, 'INSERT INTO song VALUES (2)', 'INSERT INTO song VALUES (3)'), inMemory);
    expect(connection.prepare('SELECT title FROM song').all()).toMatchObject([
      { title: '1' },
      { title: '2' },
      { title: '3' },
    ]);
    expect(numbersOf(connection)).toEqual([77, 3]);
  });

  it('that fail leave the database as the last whole one left it', () => {
    const connection = new DatabaseSync(inMemory);
    const broken = songs(
      first,
      'INSERT INTO song VALUES (2)',
      'DELETE FROM song; INSERT INTO nowhere VALUES (1)',
    );
    expect(() => migrate(connection, broken, inMemory)).toThrow('nowhere');
    expect(connection.prepare('SELECT title FROM song').all()).toMatchObject([
      { title: '1' },
      { title: '2' },
    ]);
    expect(numbersOf(connection)).toEqual([77, 2]);
  });
});

const removed = {
  peer: sampleKey(1),
  direction: 'in',
  text: 'late',
  sentAtMs: 0,
  installation: sampleInstallation(1),
  sequence: 3,
} as const;

interface OldVersion {
  readonly role: 'client' | 'server';
  readonly version: number;
  /** A file of its own, as the program of that version left it. */
  readonly file: () => string;
}

/**
 * Every version that there was, this program's with them: so the next migration finds it kept.
 * gateway/testing/keep-version.ts keeps them.
 */
function versionsOf(role: 'client' | 'server'): OldVersion[] {
  const { migrations } = { client: clientSchema, server: serverSchema }[role];
  const first = { client: clientVersion1, server: serverVersion1 }[role];
  return migrations.map((_, index) => ({
    role,
    version: index + 1,
    file: () => (index === 0 ? databaseOf(first) : unpacked(keptVersion(role, index + 1))),
  }));
}

function unpacked(kept: string): string {
  const file = path.join(temporaryFolder(), 'old.sqlite');
  fs.writeFileSync(file, gunzipSync(fs.readFileSync(kept)));
  return file;
}

/** A file made from a dump, as the program of that time left it. */
function databaseOf(dump: string): string {
  const file = path.join(temporaryFolder(), 'old.sqlite');
  const connection = new DatabaseSync(file);
  connection.exec(dump);
  connection.close();
  return file;
}

function tablesOf(connection: DatabaseSync): unknown[] {
  return connection
    .prepare(`SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name`)
    .all()
    .map(
      (row) =>
        `${String(row['name'])}: ${String(row['sql']).replaceAll(/--.*$/gm, '').replaceAll(/\s+/g, '')}`,
    );
}

function numbersOf(connection: DatabaseSync): unknown[] {
  return ['application_id', 'user_version'].map((name) => connection.prepare(`PRAGMA ${name}`).get()?.[name]);
}
