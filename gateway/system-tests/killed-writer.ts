import fs from 'node:fs';
import { sampleMessage } from '../store/sample.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';

/**
 * A process for tests. It writes one message per turn, numbered from the second argument. After each commit it prints the
 * number on standard output. It runs until it is killed.
 */
const [, , file = '', first = '1'] = process.argv;
const store = openClientStore(file);
for (let number = Number(first); ; number++) {
  store.begin();
  store.savepoint(() => void store.messages.insert(sampleMessage(number)));
  store.commit();
  store.sync();
  fs.writeSync(1, `${number}\n`);
}
