import type { MailKey, MailKeyKind } from '../../../../shared/chat/mail-key.ts';
import { toHex, type InstallationId, type PeerKey } from '../../../../shared/ids.ts';
import type { KnownInstallation, PublishedMailKeyRepository } from '../../server-store.ts';
import type { Database } from '../database.ts';
import {
  bytesOf,
  installationOf,
  integerOf,
  mailKeyIdOf,
  mailKeyKindOf,
  optional,
  peerKeyOf,
  type Row,
} from '../rows.ts';
import type { Query, Write } from '../statements.ts';

export class SqlitePublishedMailKeys implements PublishedMailKeyRepository {
  readonly #installations: Query;
  readonly #setCurrent: Write;
  readonly #setReplaced: Write;
  readonly #setOthersReplaced: Write;
  readonly #forgetOthers: Write;
  readonly #removeKeysOfOthers: Write;
  readonly #replacedBefore: Query;
  readonly #removeInstallation: Write;
  readonly #put: Write;
  readonly #first: Query;
  readonly #count: Query;
  readonly #remove: Write;
  readonly #removeWeekly: Write;
  readonly #removeOneTimeOfAll: Write;

  constructor(database: Database) {
    const columns = 'peer, installation, key_id, kind, public_key, expires_at_ms, signature';
    this.#installations = database.query(`
      SELECT installation, replaced_at_ms FROM installation WHERE peer = ?
      ORDER BY replaced_at_ms IS NULL, replaced_at_ms, installation`);
    // Without a change no page is written: a client that comes back costs no fsync.
    this.#setCurrent = database.write(`
      INSERT INTO installation (peer, installation) VALUES (?, ?)
      ON CONFLICT (peer, installation) DO UPDATE SET replaced_at_ms = NULL WHERE replaced_at_ms IS NOT NULL`);
    this.#setReplaced = database.write(
      'UPDATE installation SET replaced_at_ms = ? WHERE peer = ? AND installation = ?',
    );
    this.#setOthersReplaced = database.write(
      'UPDATE installation SET replaced_at_ms = ?3 WHERE peer = ?1 AND installation <> ?2 AND replaced_at_ms IS NULL',
    );
    this.#forgetOthers = database.write(`
      DELETE FROM installation WHERE peer = ?1 AND installation <> ?2 AND NOT EXISTS (
        SELECT 1 FROM mail WHERE recipient = ?1 AND substr(key_id, 1, 8) = substr(installation.installation, 1, 8))`);
    this.#removeKeysOfOthers = database.write('DELETE FROM mail_key WHERE peer = ? AND installation <> ?');
    this.#replacedBefore = database.query(
      'SELECT peer, installation FROM installation WHERE replaced_at_ms < ? ORDER BY replaced_at_ms LIMIT ?',
    );
    this.#removeInstallation = database.write('DELETE FROM installation WHERE peer = ? AND installation = ?');
    this.#put = database.write(`
      INSERT INTO mail_key (${columns})
      SELECT ?1, ?2, value ->> 'keyId', value ->> 'kind', unhex(value ->> 'publicKey'), value ->> 'expiresAtMs',
        unhex(value ->> 'signature')
      FROM json_each(?3) WHERE true ORDER BY key ON CONFLICT (peer, key_id) DO NOTHING`);
    this.#first = database.query(`
      SELECT number, ${columns} FROM mail_key WHERE peer = ? AND installation = ? AND kind = ? ORDER BY number LIMIT 1`);
    this.#count = database.query(
      'SELECT count(*) AS count FROM mail_key WHERE peer = ? AND installation = ? AND kind = ?',
    );
    this.#remove = database.write('DELETE FROM mail_key WHERE number = ?');
    this.#removeWeekly = database.write(
      `DELETE FROM mail_key WHERE peer = ? AND installation = ? AND kind = 'weekly' AND key_id <> ?`,
    );
    this.#removeOneTimeOfAll = database.write(`DELETE FROM mail_key WHERE kind = 'one-time'`);
  }

  installations(peer: PeerKey): KnownInstallation[] {
    return this.#installations.all(peer).map((row) => ({
      installation: installationOf(row, 'installation'),
      replacedAtMs: optional(row, 'replaced_at_ms', integerOf) ?? null,
    }));
  }

  setCurrent(peer: PeerKey, installation: InstallationId, runningMs: number): void {
    this.#forgetOthers.run(peer, installation);
    this.#setOthersReplaced.run(peer, installation, runningMs);
    this.#setCurrent.run(peer, installation);
    this.#removeKeysOfOthers.run(peer, installation);
  }

  replacedBefore(runningMs: number, limit: number): { peer: PeerKey; installation: InstallationId }[] {
    return this.#replacedBefore.all(runningMs, limit).map((row) => ({
      peer: peerKeyOf(row, 'peer'),
      installation: installationOf(row, 'installation'),
    }));
  }

  setReplaced(peer: PeerKey, installation: InstallationId, replacedAtMs: number): void {
    this.#setReplaced.run(replacedAtMs, peer, installation);
  }

  removeInstallation(peer: PeerKey, installation: InstallationId): void {
    this.#removeInstallation.run(peer, installation);
  }

  putWeekly(peer: PeerKey, installation: InstallationId, key: MailKey): void {
    this.#removeWeekly.run(peer, installation, key.keyId);
    this.#insert(peer, installation, [key]);
  }

  weekly(peer: PeerKey, installation: InstallationId): MailKey | undefined {
    return this.#find(peer, installation, 'weekly')?.key;
  }

  putOneTime(peer: PeerKey, installation: InstallationId, keys: readonly MailKey[]): void {
    if (keys.length > 0) this.#insert(peer, installation, keys);
  }

  takeOneTime(peer: PeerKey, installation: InstallationId): MailKey | undefined {
    const found = this.#find(peer, installation, 'one-time');
    if (found !== undefined) this.#remove.run(found.number);
    return found?.key;
  }

  countOneTime(peer: PeerKey, installation: InstallationId): number {
    const row = this.#count.get(peer, installation, 'one-time');
    return row === undefined ? 0 : integerOf(row, 'count');
  }

  removeOneTimeOfAll(): void {
    this.#removeOneTimeOfAll.run();
  }

  /** One statement for all, however many: a client gives 64 at a time. */
  #insert(peer: PeerKey, installation: InstallationId, keys: readonly MailKey[]): void {
    const rows = keys.map((key) => ({
      ...key,
      publicKey: toHex(key.publicKey),
      signature: toHex(key.signature),
    }));
    this.#put.run(peer, installation, JSON.stringify(rows));
  }

  #find(peer: PeerKey, installation: InstallationId, kind: MailKeyKind) {
    const row = this.#first.get(peer, installation, kind);
    return row === undefined ? undefined : { number: integerOf(row, 'number'), key: keyFrom(row) };
  }
}

function keyFrom(row: Row): MailKey {
  return {
    keyId: mailKeyIdOf(row, 'key_id'),
    kind: mailKeyKindOf(row, 'kind'),
    publicKey: bytesOf(row, 'public_key'),
    expiresAtMs: integerOf(row, 'expires_at_ms'),
    signature: bytesOf(row, 'signature'),
  };
}
