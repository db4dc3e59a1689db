/**
 * `node e2e/fill-server.ts <database> <count> plain|hostile`: writes so many registered people, who are offline, into the database of a
 * server that does not run. A process of its own, because Playwright may run on a Node without SQLite.
 */
import { openServerStore } from '../gateway/store/sqlite/server/server-store.ts';
import { sampleName } from '../gateway/store/sample.ts';
import { peerKeyFromBytes } from '../shared/ids.ts';
import { writeNow } from '../gateway/turn/role.ts';

const [database = '', count = '0', names = 'plain'] = process.argv.slice(2);

/** Right-to-left words, letters that are as wide as letters are, and marks that stand on one another. */
function nicknameOf(number: number): string {
  if (names === 'plain') return `person${number}`;
  if (number % 7 === 0) return `אבגדהו${number}${'ש'.repeat(20)}`;
  if (number % 5 === 0) return `${'W'.repeat(26)}${number}`;
  if (number % 3 === 0) return `e${'\u0301'.repeat(25)}${number}`;
  return `person${number}`;
}

const store = openServerStore(database);
writeNow(store, () => {
  for (let number = 0; number < Number(count); number++) {
    const key = peerKeyFromBytes(Uint8Array.from({ length: 32 }, (_, index) => number >> (8 * (index % 2))));
    store.names.put({
      ...sampleName(1),
      key,
      nickname: nicknameOf(number),
      candidates: [`192.168.${number % 200}.${number % 250}:${50_000 + number}`],
      online: false,
      lastSeenMs: Date.now() - number * 60_000,
    });
  }
});
store.close();
