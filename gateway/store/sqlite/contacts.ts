import type { Contact, ContactRepository } from '../client-store.ts';
import type { Database } from './database.ts';
import { candidatesOf, integerOf, optional, peerKeyOf, textOf, type Row } from './rows.ts';
import type { Query, Write } from './statements.ts';

export class SqliteContacts implements ContactRepository {
  readonly #put: Write;
  readonly #all: Query;

  constructor(database: Database) {
    // A roster that says nothing new touches no page, so that its turn costs no fsync.
    this.#put = database.write(`
      INSERT INTO contact (key, nickname, candidates, read_place, read_sequence) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET
        nickname = excluded.nickname, candidates = excluded.candidates,
        read_place = excluded.read_place, read_sequence = excluded.read_sequence
      WHERE (nickname, candidates, read_place, read_sequence)
        IS NOT (excluded.nickname, excluded.candidates, excluded.read_place, excluded.read_sequence)`);
    this.#all = database.query(
      'SELECT key, nickname, candidates, read_place, read_sequence FROM contact ORDER BY number',
    );
  }

  put(contact: Contact): void {
    this.#put.run(
      contact.key,
      contact.nickname,
      JSON.stringify(contact.candidates),
      contact.readPlace,
      contact.readSequence,
    );
  }

  all(): Contact[] {
    return this.#all.all().map(contactFrom);
  }
}

function contactFrom(row: Row): Contact {
  return {
    key: peerKeyOf(row, 'key'),
    nickname: optional(row, 'nickname', textOf) ?? null,
    candidates: candidatesOf(row, 'candidates'),
    readPlace: integerOf(row, 'read_place'),
    readSequence: integerOf(row, 'read_sequence'),
  };
}
