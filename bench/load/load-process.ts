import { setTimeout as delay } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { parseMessageId, type MessageId, type PeerKey } from '../../shared/ids.ts';
import { secureRandom } from '../../gateway/net/random.ts';
import { LoadClient, type LoadCounts } from './load-client.ts';

/** What server-load.ts asks of this process. */
export type LoadOrder =
  /** One more client goes, or comes back. */
  | { readonly type: 'change' }
  /** So many stored messages a second, for this long; none after that. */
  | { readonly type: 'mail'; readonly perSecond: number; readonly seconds: number }
  /** What was counted since the last time. */
  | { readonly type: 'report' };

/** What this process tells, ten times a second, and the counts when it is asked. */
export type LoadReport =
  | {
      readonly type: 'state';
      readonly registered: number;
      readonly registrations: number;
      readonly isOpen: boolean;
    }
  | { readonly type: 'counts'; readonly counts: LoadCounts; readonly latenciesMs: number[] };

/** Run as a process: `<number> <how many clients> <how many of them are away> <the server's port on loopback>`. */
const [number = '', count = '', away = '', port = ''] = process.argv.slice(2);
const server = { host: '127.0.0.1', port: Number(port) };
/** As long as a line of chat, its frame and its seal. */
const bodyBytes = 250;
const joiningMax = 20;

const clients: LoadClient[] = [];
/** They were registered once, so that the server keeps mail for them. */
const recipients: PeerKey[] = [];
const gone: LoadClient[] = [];
const counts: LoadCounts = newCounts();
const latenciesMs: number[] = [];
let isOpen = false;
let changes = 0;

setInterval(() => {
  const registered = clients.filter(({ isRegistered }) => isRegistered).length;
  const registrations = clients.reduce((sum, client) => sum + client.registrations, 0);
  tell({ type: 'state', registered, registrations, isOpen });
}, 100);
process.on('message', (order: LoadOrder) => {
  handle(order);
});
await open();

async function open(): Promise<void> {
  for (let index = 0; index < Number(count); index++) {
    clients.push(await LoadClient.open(`person-${number}-${index}`, server, counts, latenciesMs));
    // Joining is not what is measured, and would be slower for more at once than a busy machine has room for.
    while (clients.filter(({ isRegistered }) => !isRegistered).length > joiningMax) await delay(10);
  }
  while (clients.some(({ isRegistered }) => !isRegistered)) await delay(50);
  for (const client of clients.splice(0, Number(away))) {
    client.leave();
    recipients.push(client.key);
    while (client.isRegistered) await delay(5);
  }
  isOpen = true;
}

function handle(order: LoadOrder): void {
  switch (order.type) {
    case 'change':
      return change();
    case 'mail':
      void write(order.perSecond, order.seconds);
      return;
    case 'report':
      tell({ type: 'counts', counts, latenciesMs: latenciesMs.splice(0) });
      Object.assign(counts, newCounts());
      return;
    default:
      order satisfies never;
  }
}

/** Each time another one, so that nobody comes and goes more often than a server tells. */
function change(): void {
  const back = gone.shift();
  if (back !== undefined) return back.join();
  const client = clients[changes++ % clients.length];
  if (client === undefined) return;
  gone.push(client);
  client.leave();
}

async function write(perSecond: number, seconds: number): Promise<void> {
  const startMs = performance.now();
  for (let written = 0; written < perSecond * seconds;) {
    const due = Math.floor(((performance.now() - startMs) / 1_000) * perSecond);
    for (; written < Math.min(due, perSecond * seconds); written++) writeOne(written);
    await delay(5);
  }
}

function writeOne(written: number): void {
  const from = clients[written % clients.length];
  const to = recipients[written % recipients.length];
  if (from?.isRegistered === true && to !== undefined) from.store(to, newId(), secureRandom(bodyBytes));
}

function newId(): MessageId {
  const id = parseMessageId(uuidv7());
  if (id === undefined) throw new Error('uuidv7 gave no UUIDv7');
  return id;
}

function newCounts(): LoadCounts {
  return { stored: 0, declined: 0, rosterMessages: 0, rosterBytes: 0, rosterRows: 0 };
}

function tell(report: LoadReport): void {
  process.send?.(report);
}
