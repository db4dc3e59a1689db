import type { NameRecord, NameRepository } from '../server-store.ts';
import type { Database } from './database.ts';
import { booleanOf, candidatesOf, peerKeyOf, textOf, type Row } from './rows.ts';
import type { Query, Write } from './statements.ts';

export class SqliteNames implements NameRepository {
  readonly #all: Query;
  readonly #put: Write;

  constructor(database: Database) {
    this.#all = database.query('SELECT key, nickname, candidates, online FROM name ORDER BY nickname');
    // What says nothing new touches no page, so that its turn costs no fsync.
    this.#put = database.write(`
      INSERT INTO name (key, nickname, candidates, online) VALUES (?, ?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET
        nickname = excluded.nickname, candidates = excluded.candidates, online = excluded.online
      WHERE (nickname, candidates, online) IS NOT (excluded.nickname, excluded.candidates, excluded.online)`);
  }

  all(): NameRecord[] {
    return this.#all.all().map(recordFrom);
  }

  put(record: NameRecord): void {
    this.#put.run(record.key, record.nickname, JSON.stringify(record.candidates), record.online ? 1 : 0);
  }
}

function recordFrom(row: Row): NameRecord {
  return {
    key: peerKeyOf(row, 'key'),
    nickname: textOf(row, 'nickname'),
    candidates: candidatesOf(row, 'candidates'),
    online: booleanOf(row, 'online'),
  };
}
