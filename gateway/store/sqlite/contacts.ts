import type { PeerKey } from '../../../shared/ids.ts';
import type { Contact, ContactRepository } from '../client-store.ts';
import type { Database } from './database.ts';
import {
  booleanOf,
  candidatesOf,
  integerOf,
  optional,
  peerKeyOf,
  signingKeyOf,
  textOf,
  type Row,
} from './rows.ts';
import { Rekeying } from './rekeying.ts';
import type { Query, Write } from './statements.ts';

export class SqliteContacts implements ContactRepository {
  readonly #put: Write;
  readonly #all: Query;
  readonly #spokenWith: Query;
  readonly #remove: Write;
  readonly #rekeying: Rekeying;

  constructor(database: Database) {
    // A roster that says nothing new touches no page, so that its turn costs no fsync.
    this.#put = database.write(`
      INSERT INTO contact (key, signing_key, nickname, candidates, read_place, read_sequence, classic, verified)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET
        signing_key = excluded.signing_key, nickname = excluded.nickname, candidates = excluded.candidates,
        read_place = excluded.read_place, read_sequence = excluded.read_sequence,
        classic = excluded.classic, verified = excluded.verified
      WHERE (signing_key, nickname, candidates, read_place, read_sequence, classic, verified)
        IS NOT (excluded.signing_key, excluded.nickname, excluded.candidates, excluded.read_place, excluded.read_sequence,
          excluded.classic, excluded.verified)`);
    this.#all = database.query(
      'SELECT key, signing_key, nickname, candidates, read_place, read_sequence, classic, verified FROM contact ORDER BY number',
    );
    // Places and sequences are never given twice: who ever had one is not forgotten.
    this.#spokenWith = database.query('SELECT key FROM contact WHERE last_place > 0 OR last_sequence > 0');
    this.#remove = database.write(
      'DELETE FROM contact WHERE key = ? AND last_place = 0 AND last_sequence = 0',
    );
    this.#rekeying = new Rekeying(database);
  }

  put(contact: Contact): void {
    this.#put.run(
      contact.key,
      contact.signingKey,
      contact.nickname,
      JSON.stringify(contact.candidates),
      contact.readPlace,
      contact.readSequence,
      contact.classic === null ? null : Number(contact.classic),
      contact.verified ? 1 : 0,
    );
  }

  all(): Contact[] {
    return this.#all.all().map(contactFrom);
  }

  spokenWith(): PeerKey[] {
    return this.#spokenWith.all().map((row) => peerKeyOf(row, 'key'));
  }

  remove(key: PeerKey): void {
    this.#remove.run(key);
  }

  rekey(from: PeerKey, to: PeerKey): void {
    this.#rekeying.run(from, to);
  }
}

function contactFrom(row: Row): Contact {
  return {
    key: peerKeyOf(row, 'key'),
    signingKey: optional(row, 'signing_key', signingKeyOf) ?? null,
    nickname: optional(row, 'nickname', textOf) ?? null,
    candidates: candidatesOf(row, 'candidates'),
    readPlace: integerOf(row, 'read_place'),
    readSequence: integerOf(row, 'read_sequence'),
    classic: optional(row, 'classic', booleanOf) ?? null,
    verified: booleanOf(row, 'verified'),
  };
}
