import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { performance } from 'node:perf_hooks';
import { SeededRandom } from '../../gateway/net/seeded-random.ts';
import { clientFolder, makeFolder } from '../../gateway/data-dir/data-dir.ts';
import { startClient } from '../../gateway/runtime/running-client.ts';
import type { ConversationId } from '../../shared/conversation.ts';
import type { MessageId } from '../../shared/ids.ts';
import { historyMessagesMax, snapshotMessagesMax } from '../../shared/limits.ts';
import type { ClientStore } from '../../gateway/store/client-store.ts';
import {
  sampleConversation,
  sampleId,
  sampleInstallation,
  sampleKey,
  sampleMe as me,
  sampleQuery,
} from '../../gateway/store/sample.ts';
import { openClientStore } from '../../gateway/store/sqlite/client/client-store.ts';
import { chinese, firstResults, Language, print, timed, type Times } from './store-times.ts';

/**
 * A client's database with very many messages. Measures the start of a client and, at the store's interface, opening a
 * conversation, loading older history, and searches.
 *
 *     node bench/load/large-database.ts [--messages 1000000] [--contacts 300] [--seed 1] [--goal-ms 100]
 *
 * Exits with 1 if one of the last three takes longer than the goal (p99).
 */
const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    contacts: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    'goal-ms': { type: 'string', default: '100' },
  },
});
const messages = Number(values.messages);
const contacts = Number(values.contacts);
const goalMs = Number(values['goal-ms']);
const messagesEachTurn = 1_000;

const halfWord = 'chatagram';
const otherHalfWord = 'telegraph';

const random = new SeededRandom(Number(values.seed));
const language = new Language(random);
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-large-database-'));
const server = { host: '127.0.0.1', port: 9 };
const file = path.join(makeFolder(clientFolder(root, 'alice', server)), 'client.sqlite');

try {
  const fillMs = fill();
  const megabytes = (fs.statSync(file).size / 1e6).toFixed(0);
  console.log(
    `${messages} messages with ${contacts} contacts: ${megabytes} MB, written in ${(fillMs / 1_000).toFixed(0)} s`,
  );
  print('the start of a client (3 times)', await starts());
  const store = openClientStore(file);
  const rows = interactive(store);
  // Each operation runs before the first one is measured. Until V8 has grown its young generation, a new page of memory
  // costs more time than the objects in it. The first operations would pay for that, and longest if they make few objects.
  for (const [, run] of rows) timed(run);
  const slowest = Math.max(...rows.map(([what, run]) => print(what, timed(run))));
  store.close();
  if (slowest > goalMs) {
    console.log(`the goal was ${goalMs} ms`);
    process.exitCode = 1;
  }
} finally {
  fs.rmSync(root, { recursive: true, force: true });
}

/** Half of the messages are with the first contact, the others spread over the rest. A third are by the local user. */
function fill(): number {
  const store = openClientStore(file);
  const startMs = performance.now();
  for (let number = 1; number <= messages;) {
    store.begin();
    const end = Math.min(messages, number + messagesEachTurn - 1);
    for (; number <= end; number++) insert(store, number);
    store.commit();
    store.sync();
  }
  const totalMs = performance.now() - startMs;
  store.begin();
  // As after reading: all but the newest few messages of each conversation are read.
  for (let number = 1; number <= contacts; number++) {
    const [key, conversation] = [sampleKey(number), sampleConversation(number)];
    const newest = store.messages.page(conversation, null, 5).messages[0];
    if (newest === undefined) continue;
    store.contacts.put({
      key,
      signingKey: null,
      nickname: `person${number}`,
      candidates: [],
      classic: null,
      verified: false,
      acceptance: 'allowed',
      guestOf: null,
      features: [],
    });
    store.conversations.setReadPosition(conversation, newest.position);
  }
  store.commit();
  store.sync();
  store.close();
  return totalMs;
}

function insert(store: ClientStore, number: number): void {
  const contact = contactNumber(number);
  const peer = sampleKey(contact);
  const conversation = sampleConversation(contact);
  const isMine = random.below(3) === 0;
  store.messages.insert({
    id: sampleId(number),
    conversation,
    author: isMine ? me : peer,
    content: { kind: 'text', text: sentence(number) },
    sentAtMs: 1_700_000_000_000 + number,
    clockOffsetMs: null,
    installation: sampleInstallation(isMine ? 1 : 2),
    sequence: isMine ? store.conversations.nextSequence(conversation) : number,
    recipients: isMine ? [peer] : [],
  });
  if (isMine) store.dispatches.setProgress(sampleId(number), peer, { stage: 'delivered', later: false });
}

/** One message in ten is Chinese. Each has one of two words, which no message has both of. */
function sentence(number: number): string {
  const words = number % 10 === 9 ? chinese(random, 4 + random.below(30)) : language.sentence();
  return `${words} ${random.below(2) === 0 ? halfWord : otherHalfWord}`;
}

function contactNumber(number: number): number {
  return number % 2 === 0 ? 1 : 2 + random.below(contacts - 1);
}

/** Measures the start of a client, with contacts, outbox and conversations from the database. */
async function starts(): Promise<Times> {
  const times: Times = { clockMs: [], processorMs: [] };
  for (let round = 0; round < 3; round++) {
    const startMs = performance.now();
    const before = process.cpuUsage();
    const running = await startClient(
      { nickname: 'alice', server: { address: server }, clientPort: 0, hosted: false, keepTrying: true },
      {
        dataRoot: root,
        lab: null,
        profile: 'normal',
        url: () => null,
        onChange: () => undefined,
        onFault: (error) => console.error(error),
      },
    );
    // The snapshot for a new tab needs this.
    running.client.conversations();
    times.clockMs.push(performance.now() - startMs);
    const { user, system } = process.cpuUsage(before);
    times.processorMs.push((user + system) / 1_000);
    await running.close({ forget: false });
  }
  return times;
}

/** What is measured, and how it is done once. */
type Operation = readonly [what: string, run: () => unknown];

function interactive({ messages: repository, conversations }: ClientStore): Operation[] {
  const anyConversation = (): ConversationId => sampleConversation(1 + random.below(contacts));
  const fewMessages = (): ConversationId => sampleConversation(2 + random.below(contacts - 1));
  let before: MessageId | null = null;
  const search = (typed: () => string, conversation: () => ConversationId | null) => () => {
    const place = conversation();
    return firstResults(repository, sampleQuery(typed(), { conversations: place === null ? null : [place] }));
  };
  const common = (): string => language.common();
  const any = (): string => language.any();
  const everywhere = (): null => null;
  return [
    [
      'opening a conversation',
      () => [
        repository.page(anyConversation(), null, snapshotMessagesMax),
        conversations.unreadCount(sampleConversation(1)),
      ],
    ],
    [
      'older history, page by page upwards, in half of all messages',
      () => {
        before = repository.page(sampleConversation(1), before, historyMessagesMax).messages[0]?.id ?? null;
      },
    ],
    [
      'older history, from anywhere',
      () =>
        repository.page(
          sampleConversation(1),
          sampleId(2 + 2 * random.below(messages / 2)),
          historyMessagesMax,
        ),
    ],
    ['a search for a word', search(any, everywhere)],
    ['a search for a word that is in half of all messages', search(() => halfWord, everywhere)],
    ['... for its beginning', search(() => halfWord.slice(0, 5), everywhere)],
    [
      '... and for another one that is in the other half: nothing',
      search(() => `${halfWord} ${otherHalfWord} `, everywhere),
    ],
    ['a search for one letter', search(() => any().slice(0, 1), everywhere)],
    ['a search for a word that no message has', search(() => 'xyzzyqx', everywhere)],
    [
      'a search for a word of one author',
      () =>
        firstResults(repository, sampleQuery(common(), { authors: [sampleKey(1 + random.below(contacts))] })),
    ],
    ['a search for two Chinese characters', search(() => chinese(random, 2), everywhere)],
    ['a search for one Chinese character', search(() => chinese(random, 1), everywhere)],
    ['a search for one of the 20 most common words', search(common, everywhere)],
    ['... in a conversation with few of them', search(common, fewMessages)],
    ['a search for two common words', search(() => `${common()} ${common()}`, everywhere)],
    ['a search for a common and a rare word', search(() => `${common()} ${any()} `, everywhere)],
    ...[2, 3, 4, 5].map((letters): Operation => [
      `a search for the first ${letters} letters of a word`,
      search(() => any().slice(0, letters), everywhere),
    ]),
  ];
}
