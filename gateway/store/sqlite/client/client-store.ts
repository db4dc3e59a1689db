import type { ClientStore } from '../../client-store.ts';
import { SqliteAnswers } from './answers.ts';
import { SqliteBlocks } from './blocks.ts';
import { SqliteClientFacts } from './client-facts.ts';
import { clientSchema } from './client-schema.ts';
import { SqliteContacts } from './contacts.ts';
import { SqliteConversations } from './conversations.ts';
import { SqliteDispatches } from './dispatches.ts';
import { SqliteDueReceipts } from './due-receipts.ts';
import { SqliteFiles } from './files.ts';
import { Forgetting } from './forgetting.ts';
import type { Database } from '../database.ts';
import { inMemory, openDatabase, storeOn } from '../open-database.ts';
import { SqliteOwnMailKeys } from './own-mail-keys.ts';
import { SqliteMessages } from './messages.ts';
import { SqlitePins } from './pins.ts';
import { Rekeying } from './rekeying.ts';
import { SqliteRooms } from './rooms.ts';
import { SqliteWithdrawals } from './withdrawals.ts';

export interface ClientStoreOptions {
  /** How many messages may wait until they are indexed together; 1: none. */
  readonly waitingRowsMax?: number;
  /** How much of the database stays in memory. Left out: as much as a search of many messages needs. */
  readonly pageCacheKiB?: number | undefined;
}

/** Opens the store in this file, and creates the file if it does not exist. Without a file it lives in memory. Throws StoreError. */
export function openClientStore(file: string = inMemory, options: ClientStoreOptions = {}): ClientStore {
  const { pageCacheKiB = clientSchema.pageCacheKiB } = options;
  const schema = pageCacheKiB === undefined ? clientSchema : { ...clientSchema, pageCacheKiB };
  return storeOn(openDatabase(file, schema), (database) => clientStoreOn(database, options));
}

/** Returns the store on a database of this schema. The store closes the database. */
export function clientStoreOn(database: Database, options: ClientStoreOptions = {}): ClientStore {
  const rekeying = new Rekeying(database);
  const forgetting = new Forgetting(database);
  return {
    contacts: new SqliteContacts(database),
    pins: new SqlitePins(database),
    blocks: new SqliteBlocks(database),
    conversations: new SqliteConversations(database),
    messages: new SqliteMessages(database, options),
    dispatches: new SqliteDispatches(database),
    withdrawals: new SqliteWithdrawals(database),
    receipts: new SqliteDueReceipts(database),
    mailKeys: new SqliteOwnMailKeys(database),
    rooms: new SqliteRooms(database),
    files: new SqliteFiles(database),
    answers: new SqliteAnswers(database),
    facts: new SqliteClientFacts(database),
    rekey: (from, to) => rekeying.run(from, to),
    forget: (key, next) => forgetting.run(key, next),
    begin: () => database.begin(),
    savepoint: (input) => database.savepoint(input),
    commit: () => database.commit(),
    sync: () => database.sync(),
    syncLater: () => database.syncLater(),
    erase: () => database.erase(),
    close: () => database.close(),
  };
}
