import type { ServerFactRepository, ServerFacts } from '../server-store.ts';
import type { Database } from './database.ts';
import { identityOf } from './identity.ts';
import { epochOf, optional } from './rows.ts';
import type { Query, Write } from './statements.ts';

export class SqliteServerFacts implements ServerFactRepository {
  readonly #get: Query;
  readonly #set: Write;

  constructor(database: Database) {
    this.#get = database.query('SELECT * FROM server');
    this.#set = database.write('UPDATE server SET secret = ?, key = ?, epoch = ?');
  }

  get(): ServerFacts {
    const row = this.#get.get();
    if (row === undefined) throw new Error('the only row of a server is gone');
    return { identity: identityOf(row), epoch: optional(row, 'epoch', epochOf) };
  }

  set(change: Partial<ServerFacts>): void {
    const facts = { ...this.get(), ...change };
    this.#set.run(facts.identity?.secret ?? null, facts.identity?.key ?? null, facts.epoch ?? null);
  }
}
