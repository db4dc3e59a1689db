import type { ServerStore } from '../../server-store.ts';
import { SqliteBans } from './bans.ts';
import { SqliteCorrespondents } from './correspondents.ts';
import { SqliteMailboxes } from './mailboxes.ts';
import { SqliteNames } from './names.ts';
import type { Database } from '../database.ts';
import { inMemory, openDatabase, storeOn } from '../open-database.ts';
import { SqlitePublishedMailKeys } from './published-mail-keys.ts';
import { SqliteBounces } from './bounces.ts';
import { SqliteRooms } from './rooms.ts';
import { SqliteServerFacts } from './server-facts.ts';
import { serverSchema } from './server-schema.ts';

/** Opens the store in this file, and creates it if it is missing. By default the store is in memory. Throws StoreError. */
export function openServerStore(file: string = inMemory): ServerStore {
  return storeOn(openDatabase(file, serverSchema), serverStoreOn);
}

/** Makes the store on a database of this schema, and takes ownership of the database. */
export function serverStoreOn(database: Database): ServerStore {
  return {
    names: new SqliteNames(database),
    mailboxes: new SqliteMailboxes(database),
    bounces: new SqliteBounces(database),
    mailKeys: new SqlitePublishedMailKeys(database),
    bans: new SqliteBans(database),
    correspondents: new SqliteCorrespondents(database),
    rooms: new SqliteRooms(database),
    facts: new SqliteServerFacts(database),
    begin: () => database.begin(),
    savepoint: (input) => database.savepoint(input),
    commit: () => database.commit(),
    sync: () => database.sync(),
    erase: () => database.erase(),
    close: () => database.close(),
  };
}
