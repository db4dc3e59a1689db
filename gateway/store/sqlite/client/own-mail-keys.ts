import type { MailKeyKind } from '../../../../shared/chat/mail-key.ts';
import { toHex, type MailKeyId } from '../../../../shared/ids.ts';
import type { OwnMailKey, OwnMailKeyRepository } from '../../client-store.ts';
import type { Database } from '../database.ts';
import {
  bytesOf,
  installationOf,
  integerOf,
  mailKeyIdOf,
  mailKeyKindOf,
  optional,
  type Row,
} from '../rows.ts';
import type { Query, Write } from '../statements.ts';

export class SqliteOwnMailKeys implements OwnMailKeyRepository {
  readonly #put: Write;
  readonly #find: Query;
  readonly #all: Query;
  readonly #count: Query;
  readonly #setReplaced: Write;
  readonly #remove: Write;
  readonly #removeOneTime: Write;

  constructor(database: Database) {
    const columns = 'key_id, kind, installation, secret, expires_at_ms, made_at_ms, replaced_at_ms';
    // One statement for all, however many: a client makes 64 at a time.
    this.#put = database.write(`
      INSERT INTO mail_key (${columns})
      SELECT value ->> 'keyId', value ->> 'kind', value ->> 'installation', unhex(value ->> 'secretKey'),
        value ->> 'expiresAtMs', value ->> 'madeAtMs', value ->> 'replacedAtMs'
      FROM json_each(?) ORDER BY key`);
    this.#find = database.query(`SELECT ${columns} FROM mail_key WHERE key_id = ?`);
    this.#all = database.query(`SELECT ${columns} FROM mail_key WHERE kind = ? ORDER BY number`);
    this.#count = database.query('SELECT count(*) AS count FROM mail_key WHERE kind = ?');
    this.#setReplaced = database.write('UPDATE mail_key SET replaced_at_ms = ? WHERE key_id = ?');
    this.#remove = database.write('DELETE FROM mail_key WHERE key_id = ?');
    this.#removeOneTime = database.write(`
      DELETE FROM mail_key WHERE kind = 'one-time' AND (made_at_ms < ?1 OR number NOT IN (
        SELECT number FROM mail_key WHERE kind = 'one-time' ORDER BY number DESC LIMIT ?2))`);
  }

  put(keys: readonly OwnMailKey[]): void {
    if (keys.length === 0) return;
    this.#put.run(JSON.stringify(keys.map((key) => ({ ...key, secretKey: toHex(key.secretKey) }))));
  }

  find(keyId: MailKeyId): OwnMailKey | undefined {
    const row = this.#find.get(keyId);
    return row === undefined ? undefined : keyFrom(row);
  }

  all(kind: MailKeyKind): OwnMailKey[] {
    return this.#all.all(kind).map(keyFrom);
  }

  count(kind: MailKeyKind): number {
    const row = this.#count.get(kind);
    return row === undefined ? 0 : integerOf(row, 'count');
  }

  setReplaced(keyId: MailKeyId, replacedAtMs: number): void {
    this.#setReplaced.run(replacedAtMs, keyId);
  }

  remove(keyId: MailKeyId): void {
    this.#remove.run(keyId);
  }

  removeOneTime(madeBeforeMs: number, keepMax: number): number {
    return this.#removeOneTime.run(madeBeforeMs, keepMax);
  }
}

function keyFrom(row: Row): OwnMailKey {
  return {
    keyId: mailKeyIdOf(row, 'key_id'),
    kind: mailKeyKindOf(row, 'kind'),
    installation: installationOf(row, 'installation'),
    secretKey: bytesOf(row, 'secret'),
    expiresAtMs: integerOf(row, 'expires_at_ms'),
    madeAtMs: integerOf(row, 'made_at_ms'),
    replacedAtMs: optional(row, 'replaced_at_ms', integerOf) ?? null,
  };
}
