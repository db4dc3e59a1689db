import type { PeerKey } from '../../../../shared/ids.ts';
import type { Acceptance, Contact, ContactRepository } from '../../client-store.ts';
import type { Database } from '../database.ts';
import {
  booleanOf,
  optional,
  peerKeyOf,
  signingKeyOf,
  textOf,
  textsOf,
  unreadable,
  type Row,
} from '../rows.ts';
import type { Query, Write } from '../statements.ts';

export class SqliteContacts implements ContactRepository {
  readonly #put: Write;
  readonly #all: Query;
  readonly #remove: Write;

  constructor(database: Database) {
    // A roster without news touches no page, so that its turn costs no fsync.
    this.#put = database.write(`
      INSERT INTO contact (key, signing_key, nickname, candidates, classic, verified, features, acceptance, guest_of)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET
        signing_key = excluded.signing_key, nickname = excluded.nickname,
        candidates = excluded.candidates, classic = excluded.classic, verified = excluded.verified,
        features = excluded.features, acceptance = excluded.acceptance,
        guest_of = excluded.guest_of
      WHERE (signing_key, nickname, candidates, classic, verified, features, acceptance, guest_of)
        IS NOT (excluded.signing_key, excluded.nickname, excluded.candidates, excluded.classic, excluded.verified,
          excluded.features, excluded.acceptance, excluded.guest_of)`);
    this.#all = database.query(`
      SELECT key, signing_key, nickname, candidates, classic, verified, features, acceptance, guest_of
      FROM contact ORDER BY number`);
    this.#remove = database.write(`
      DELETE FROM contact WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM conversation WHERE id = 'direct:' || ?1)`);
  }

  put(contact: Contact): void {
    this.#put.run(
      contact.key,
      contact.signingKey,
      contact.nickname,
      JSON.stringify(contact.candidates),
      contact.classic === null ? null : Number(contact.classic),
      Number(contact.verified),
      JSON.stringify(contact.features),
      contact.acceptance,
      contact.guestOf,
    );
  }

  all(): Contact[] {
    return this.#all.all().map(contactFrom);
  }

  remove(key: PeerKey): void {
    this.#remove.run(key);
  }
}

function contactFrom(row: Row): Contact {
  return {
    key: peerKeyOf(row, 'key'),
    signingKey: optional(row, 'signing_key', signingKeyOf) ?? null,
    nickname: optional(row, 'nickname', textOf) ?? null,
    candidates: textsOf(row, 'candidates'),
    classic: optional(row, 'classic', booleanOf) ?? null,
    verified: booleanOf(row, 'verified'),
    features: textsOf(row, 'features'),
    acceptance: acceptanceOf(row),
    guestOf: optional(row, 'guest_of', peerKeyOf) ?? null,
  };
}

function acceptanceOf(row: Row): Acceptance {
  const text = textOf(row, 'acceptance');
  return text === 'limited' || text === 'exhausted' || text === 'allowed'
    ? text
    : unreadable('acceptance', 'an acceptance');
}
