import type { GuestOf } from '../../../../shared/chat/guest.ts';
import type { PeerKey } from '../../../../shared/ids.ts';
import { mapServerSettings } from '../../../../shared/settings.ts';
import type { NameRecord, NameRepository } from '../../server-store.ts';
import type { Database } from '../database.ts';
import {
  booleanOf,
  bytesOf,
  integerOf,
  optional,
  peerKeyOf,
  signingKeyOf,
  textOf,
  textsOf,
  type Row,
} from '../rows.ts';
import { settingReader } from '../setting-reader.ts';
import type { Query, Write } from '../statements.ts';

export class SqliteNames implements NameRepository {
  readonly #all: Query;
  readonly #put: Write;
  readonly #raise: Write;
  readonly #highest: Query;
  readonly #remove: Write;
  readonly #removeMailKeys: Write;
  readonly #removeInstallations: Write;
  readonly #removeCorrespondents: Write;
  readonly #removed: Write;
  readonly #removedVersion: Query;

  constructor(database: Database) {
    const columns =
      'key, signing_key, nickname, candidates, online, settings, features, last_seen_ms, address_revision, online_ms, presence_since_ms, version, host, host_signing_key, host_signature, guest_signature' as const;
    this.#all = database.query(`SELECT ${columns} FROM name ORDER BY nickname`);
    // An unchanged record touches no page, so that its turn costs no fsync. The host of a key never changes.
    this.#put = database.write(`
      INSERT INTO name (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET
        nickname = excluded.nickname, candidates = excluded.candidates, online = excluded.online,
        settings = excluded.settings, features = excluded.features, last_seen_ms = excluded.last_seen_ms,
        address_revision = excluded.address_revision, online_ms = excluded.online_ms, presence_since_ms = excluded.presence_since_ms,
        version = excluded.version
      WHERE (nickname, candidates, online, settings, features, last_seen_ms, address_revision, online_ms,
        presence_since_ms, version) IS NOT
        (excluded.nickname, excluded.candidates, excluded.online, excluded.settings, excluded.features,
          excluded.last_seen_ms, excluded.address_revision, excluded.online_ms, excluded.presence_since_ms, excluded.version)`);
    this.#raise = database.write('UPDATE server SET highest_version = ?1 WHERE highest_version < ?1');
    this.#highest = database.query('SELECT highest_version FROM server');
    this.#removed = database.write('UPDATE server SET removed_version = ?1 WHERE removed_version < ?1');
    this.#removedVersion = database.query('SELECT removed_version FROM server');
    this.#remove = database.write('DELETE FROM name WHERE key = ?');
    this.#removeMailKeys = database.write('DELETE FROM mail_key WHERE peer = ?');
    this.#removeCorrespondents = database.write('DELETE FROM correspondent WHERE user = ?');
    this.#removeInstallations = database.write(`
      DELETE FROM installation WHERE peer = ?1 AND NOT EXISTS (SELECT 1 FROM mail WHERE recipient = ?1)`);
  }

  all(): NameRecord[] {
    return this.#all.all().map(recordFrom);
  }

  put(record: NameRecord): void {
    this.#put.run(
      record.key,
      record.signingKey,
      record.nickname,
      JSON.stringify(record.candidates),
      record.online ? 1 : 0,
      JSON.stringify(record.settings),
      JSON.stringify(record.features),
      record.lastSeenMs,
      record.addressRevision,
      record.onlineMs,
      record.presenceSinceMs,
      record.version,
      record.guestOf?.host ?? null,
      record.guestOf?.hostSigningKey ?? null,
      record.guestOf?.hostSignature ?? null,
      record.guestOf?.guestSignature ?? null,
    );
    if (record.version > 0) this.#raise.run(record.version);
  }

  removedVersion(): number {
    const row = this.#removedVersion.get();
    return row === undefined ? 0 : integerOf(row, 'removed_version');
  }

  remove(key: PeerKey, version: number): void {
    this.#remove.run(key);
    this.#removeMailKeys.run(key);
    this.#removeInstallations.run(key);
    this.#removeCorrespondents.run(key);
    this.#raise.run(version);
    this.#removed.run(version);
  }

  highestVersion(): number {
    const row = this.#highest.get();
    return row === undefined ? 0 : integerOf(row, 'highest_version');
  }
}

function recordFrom(row: Row): NameRecord {
  return {
    key: peerKeyOf(row, 'key'),
    signingKey: signingKeyOf(row, 'signing_key'),
    nickname: textOf(row, 'nickname'),
    candidates: textsOf(row, 'candidates'),
    online: booleanOf(row, 'online'),
    settings: mapServerSettings(settingReader(row)),
    features: textsOf(row, 'features'),
    lastSeenMs: optional(row, 'last_seen_ms', integerOf) ?? null,
    addressRevision: integerOf(row, 'address_revision'),
    onlineMs: integerOf(row, 'online_ms'),
    presenceSinceMs: integerOf(row, 'presence_since_ms'),
    version: integerOf(row, 'version'),
    guestOf: guestOf(row),
  };
}

function guestOf(row: Row): GuestOf | null {
  const host = optional(row, 'host', peerKeyOf);
  if (host === undefined) return null;
  return {
    host,
    hostSigningKey: signingKeyOf(row, 'host_signing_key'),
    hostSignature: bytesOf(row, 'host_signature'),
    guestSignature: bytesOf(row, 'guest_signature'),
  };
}
