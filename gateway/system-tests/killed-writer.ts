import fs from 'node:fs';
import { sampleMessage } from '../store/sample.ts';
import { openClientStore } from '../store/sqlite/client-store.ts';

/**
 * A process for tests: writes a message in each turn, numbered from the second argument, and tells its number on
 * standard output after the commit, until somebody kills it.
 */
const [, , file = '', first = '1'] = process.argv;
const store = openClientStore(file);
for (let number = Number(first); ; number++) {
  store.begin();
  store.savepoint(() => void store.messages.insert(sampleMessage(number)));
  store.commit();
  fs.writeSync(1, `${number}\n`);
}
