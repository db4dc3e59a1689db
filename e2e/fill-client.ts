/**
 * `node e2e/fill-client.ts <database> <count> <milliseconds apart> <oldest>`: writes so many messages of bob into the database of a
 * client that does not run. `oldest` is the text of the first one. A process of its own, because Playwright may run on a Node without
 * SQLite.
 */
import { openClientStore } from '../gateway/store/sqlite/client/client-store.ts';
import { sampleId, sampleInstallation } from '../gateway/store/sample.ts';
import { directConversation } from '../shared/conversation.ts';
import { writeNow } from '../gateway/turn/role.ts';

const [database = '', count = '0', apartMs = '0', oldest = ''] = process.argv.slice(2);
const words = 'the quick brown fox jumps over the lazy dog and goes home to sleep now'.split(' ');

function textOf(number: number): string {
  if (number === 1) return oldest;
  const length = 1 + ((number * 7) % 40);
  return Array.from({ length }, (_, at) => words[(number + at) % words.length]).join(' ');
}

const store = openClientStore(database);
const bob = store.contacts.all().find(({ nickname }) => nickname === 'bob');
if (bob === undefined) throw new Error('the client does not know bob');
writeNow(store, () => {
  for (let number = 1; number <= Number(count); number++) {
    store.messages.insert({
      id: sampleId(number),
      conversation: directConversation(bob.key),
      author: bob.key,
      content: { kind: 'text', text: textOf(number) },
      sentAtMs: Date.now() - (Number(count) - number) * Number(apartMs),
      clockOffsetMs: null,
      installation: sampleInstallation(2),
      sequence: number,
      recipients: [],
    });
  }
});
store.close();
