import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { inMemory } from './open-database.ts';
import { migrate, type Schema } from './schema.ts';

describe('migrations', () => {
  const first = 'CREATE TABLE song (title TEXT); INSERT INTO song VALUES (1)';
  const songs = (...migrations: string[]): Schema => ({ applicationId: 77, migrations });

  it('run once each, in order', () => {
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

  it('leave the database as the last complete one left it when one fails', () => {
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

function numbersOf(connection: DatabaseSync): unknown[] {
  return ['application_id', 'user_version'].map((name) => connection.prepare(`PRAGMA ${name}`).get()?.[name]);
}
