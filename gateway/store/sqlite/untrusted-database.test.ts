import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../system-tests/temporary-folder.ts';
import { openClientStore } from './client/client-store.ts';
import { clientSchema } from './client/client-schema.ts';
import { openUntrusted } from './untrusted-database.ts';

const pageBytes = 4_096;
const headerAt = 100;

/** A client's database, whole and closed. */
function database(): string {
  const source = path.join(temporaryFolder(), 'client.sqlite');
  openClientStore(source).close();
  const file = path.join(temporaryFolder(), 'copy.sqlite');
  const connection = new DatabaseSync(source);
  connection.prepare('VACUUM INTO ?').run(file);
  connection.close();
  return file;
}

function open(file: string): void {
  openUntrusted(file, { schema: clientSchema, valueBytesMax: 65_536 }).close();
}

describe('openUntrusted', () => {
  it('opens a database of the program for reading only, and leaves nothing beside it', () => {
    const file = database();
    const connection = openUntrusted(file, { schema: clientSchema, valueBytesMax: 65_536 });
    expect(connection.prepare('SELECT count(*) AS count FROM client').get()?.['count']).toBe(1);
    expect(() => connection.exec("UPDATE client SET nickname = 'x'")).toThrow();
    connection.close();
    expect(fs.readdirSync(path.dirname(file))).toEqual(['copy.sqlite']);
  });

  it('refuses a schema with a page that leads to the same page again, without reading it by SQLite', () => {
    const file = database();
    const bytes = fs.readFileSync(file);
    expect(bytes[headerAt]).toBe(5);
    const cells = bytes.readUInt16BE(headerAt + 3);
    for (const target of [bytes.readUInt32BE(headerAt + 8), 1, 0, bytes.length / pageBytes + 1]) {
      const hostile = Buffer.from(bytes);
      for (let cell = 0; cell < cells; cell++)
        hostile.writeUInt32BE(target, hostile.readUInt16BE(headerAt + 12 + 2 * cell));
      fs.writeFileSync(file, hostile);
      expect(() => open(file), String(target)).toThrow(/schema cannot be read/u);
    }
  });

  it('refuses a schema with more levels or more pages than this program’s has', () => {
    const file = database();
    const bytes = fs.readFileSync(file);
    const deeper = Buffer.from(bytes);
    deeper[(bytes.readUInt32BE(headerAt + 8) - 1) * pageBytes] = 5;
    fs.writeFileSync(file, deeper);
    expect(() => open(file)).toThrow(/schema cannot be read/u);
    const wider = Buffer.from(bytes);
    wider.writeUInt16BE(1_000, headerAt + 3);
    fs.writeFileSync(file, wider);
    expect(() => open(file)).toThrow(/schema is too large/u);
  });
});
