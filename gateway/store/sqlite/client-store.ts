import type { ClientStore } from '../client-store.ts';
import { SqliteAnswers } from './answers.ts';
import { SqliteClientFacts } from './client-facts.ts';
import { clientSchema } from './client-schema.ts';
import { SqliteContacts } from './contacts.ts';
import { SqliteDueReceipts } from './due-receipts.ts';
import type { Database } from './database.ts';
import { inMemory, openDatabase, storeOn } from './open-database.ts';
import { SqliteMessages } from './messages.ts';
import { SqliteOutbox } from './outbox.ts';
import { SqlitePins } from './pins.ts';

/** Opens the store in this file, made if there is none; without a file it lives in memory. Throws StoreError. */
export function openClientStore(file: string = inMemory): ClientStore {
  return storeOn(openDatabase(file, clientSchema), clientStoreOn);
}

/** The store on a database of this schema, which it takes over. */
export function clientStoreOn(database: Database): ClientStore {
  return {
    contacts: new SqliteContacts(database),
    pins: new SqlitePins(database),
    messages: new SqliteMessages(database),
    outbox: new SqliteOutbox(database),
    receipts: new SqliteDueReceipts(database),
    answers: new SqliteAnswers(database),
    facts: new SqliteClientFacts(database),
    begin: () => database.begin(),
    savepoint: (input) => database.savepoint(input),
    commit: () => database.commit(),
    close: () => database.close(),
  };
}
