import type { Ban, Banned } from '../../../../shared/ban.ts';
import type { PeerKey } from '../../../../shared/ids.ts';
import type { BanRepository } from '../../server-store.ts';
import type { Database } from '../database.ts';
import { integerOf, optional, peerKeyOf, textOf, type Row } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

export class SqliteBans implements BanRepository {
  readonly #put: Write;
  readonly #all: Query;
  readonly #covers: Query;
  readonly #remove: Write;
  readonly #removeEnded: Write;

  constructor(database: Database) {
    this.#put = database.write(`
      INSERT INTO ban (type, subject, nickname, until_ms) VALUES (?, ?, ?, ?)
      ON CONFLICT (type, subject)
      DO UPDATE SET nickname = excluded.nickname, until_ms = excluded.until_ms`);
    this.#all = database.query('SELECT type, subject, nickname, until_ms FROM ban ORDER BY number');
    this.#covers = database.query(`
      SELECT 1 FROM ban
      WHERE ((type = 'key' AND subject = ?1) OR (type = 'address' AND subject = ?2))
        AND (until_ms IS NULL OR until_ms > ?3)`);
    this.#remove = database.write('DELETE FROM ban WHERE type = ? AND subject = ?');
    this.#removeEnded = database.write('DELETE FROM ban WHERE until_ms <= ?');
  }

  put({ banned, untilMs }: Ban): void {
    const nickname = banned.type === 'key' ? banned.nickname : null;
    this.#put.run(banned.type, subjectOf(banned), nickname, untilMs);
  }

  all(): Ban[] {
    return this.#all.all().map(banFrom);
  }

  covers(key: PeerKey, address: string, wallMs: number): boolean {
    return this.#covers.get(key, address, wallMs) !== undefined;
  }

  remove(banned: Banned): boolean {
    return this.#remove.run(banned.type, subjectOf(banned)) > 0;
  }

  removeEnded(wallMs: number): void {
    this.#removeEnded.run(wallMs);
  }
}

function subjectOf(banned: Banned): string {
  return banned.type === 'key' ? banned.key : banned.address;
}

function banFrom(row: Row): Ban {
  const untilMs = optional(row, 'until_ms', integerOf) ?? null;
  if (textOf(row, 'type') === 'address')
    return { banned: { type: 'address', address: textOf(row, 'subject') }, untilMs };
  const nickname = optional(row, 'nickname', textOf) ?? null;
  return { banned: { type: 'key', key: peerKeyOf(row, 'subject'), nickname }, untilMs };
}
