import { mapSettings } from '../../../../shared/settings.ts';
import type { ClientFactRepository, ClientFacts } from '../../client-store.ts';
import type { Database } from '../database.ts';
import { identityOf } from '../identity.ts';
import { serverOf } from './known-server.ts';
import { booleanOf, epochOf, installationOf, integerOf, optional, textOf } from '../rows.ts';
import { RowCache } from '../row-cache.ts';
import { settingReader } from '../setting-reader.ts';
import type { Query, Write } from '../statements.ts';

export class SqliteClientFacts implements ClientFactRepository {
  readonly #database: Database;
  readonly #known: RowCache<'facts', ClientFacts>;
  readonly #get: Query;
  readonly #set: Write;

  constructor(database: Database) {
    this.#database = database;
    this.#known = new RowCache(database);
    this.#get = database.query('SELECT * FROM client');
    this.#set = database.write(`
      UPDATE client SET seed = ?, key = ?, signing_key = ?, installation = ?, nickname = ?, server = ?, server_key = ?,
        server_epoch = ?, registration = ?, deregistered = ?, settings = ?`);
  }

  get(): ClientFacts {
    return this.#known.get('facts', () => this.#read()) ?? this.#read();
  }

  set(change: Partial<ClientFacts>): void {
    const facts = { ...this.get(), ...change };
    this.#database.dropCaches();
    this.#set.run(
      facts.identity?.seed ?? null,
      facts.identity?.key ?? null,
      facts.identity?.signingKey ?? null,
      facts.installation ?? null,
      facts.nickname ?? null,
      facts.server?.address ?? null,
      facts.server?.key ?? null,
      facts.serverEpoch ?? null,
      facts.registration,
      facts.deregistered ? 1 : 0,
      JSON.stringify(facts.settings),
    );
  }

  #read(): ClientFacts {
    const row = this.#get.get();
    if (row === undefined) throw new Error('the only row of a client is gone');
    return {
      identity: identityOf(row),
      installation: optional(row, 'installation', installationOf),
      nickname: optional(row, 'nickname', textOf),
      server: serverOf(row),
      serverEpoch: optional(row, 'server_epoch', epochOf),
      registration: integerOf(row, 'registration'),
      deregistered: booleanOf(row, 'deregistered'),
      settings: mapSettings(settingReader(row)),
    };
  }
}
