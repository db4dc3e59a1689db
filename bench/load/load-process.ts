import { setTimeout as delay } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { parseMessageId, type MessageId, type PeerKey } from '../../shared/ids.ts';
import { secureRandom } from '../../gateway/net/random.ts';
import { LoadClient, type LoadCounts } from './load-client.ts';

/** What server-load.ts asks of this process. */
export type LoadCommand =
  /** One client deregisters, or registers again. */
  | { readonly type: 'change' }
  /** Clients send messages for the server to store, at this rate and for this long. */
  | { readonly type: 'mail'; readonly perSecond: number; readonly seconds: number }
  /** Asks for the counts since the last report. */
  | { readonly type: 'report' };

/** This process reports its state ten times a second, and its counts on request. */
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
/** The length of a line of chat with its frame and seal. */
const bodyBytes = 250;
const joiningMax = 20;

const clients: LoadClient[] = [];
/** Registered once and now offline, so that the server keeps mail for them. */
const recipients: PeerKey[] = [];
const offline: LoadClient[] = [];
const counts: LoadCounts = newCounts();
const latenciesMs: number[] = [];
let isOpen = false;
let changes = 0;

setInterval(() => {
  const registered = clients.filter(({ isRegistered }) => isRegistered).length;
  const registrations = clients.reduce((sum, client) => sum + client.registrations, 0);
  report({ type: 'state', registered, registrations, isOpen });
}, 100);
process.on('message', (command: LoadCommand) => {
  handle(command);
});
await open();

async function open(): Promise<void> {
  for (let index = 0; index < Number(count); index++) {
    clients.push(await LoadClient.open(`person-${number}-${index}`, server, counts, latenciesMs));
    // The time to join is not measured. More clients at once would only make a busy machine slower.
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

function handle(command: LoadCommand): void {
  switch (command.type) {
    case 'change':
      return change();
    case 'mail':
      void sendMail(command.perSecond, command.seconds);
      return;
    case 'report':
      report({ type: 'counts', counts, latenciesMs: latenciesMs.splice(0) });
      Object.assign(counts, newCounts());
      return;
    default:
      command satisfies never;
  }
}

/** Takes another client each time, so that no client changes more often than a server publishes. */
function change(): void {
  const back = offline.shift();
  if (back !== undefined) return back.join();
  const client = clients[changes++ % clients.length];
  if (client === undefined) return;
  offline.push(client);
  client.leave();
}

async function sendMail(perSecond: number, seconds: number): Promise<void> {
  const startMs = performance.now();
  for (let sent = 0; sent < perSecond * seconds;) {
    const due = Math.floor(((performance.now() - startMs) / 1_000) * perSecond);
    for (; sent < Math.min(due, perSecond * seconds); sent++) sendOne(sent);
    await delay(5);
  }
}

function sendOne(sent: number): void {
  const from = clients[sent % clients.length];
  const to = recipients[sent % recipients.length];
  if (from?.isRegistered === true && to !== undefined) from.store(to, newId(), secureRandom(bodyBytes));
}

function newId(): MessageId {
  const id = parseMessageId(uuidv7());
  if (id === undefined) throw new Error('uuidv7 made an invalid id');
  return id;
}

function newCounts(): LoadCounts {
  return { stored: 0, rejected: 0, rosterMessages: 0, rosterBytes: 0, rosterRows: 0 };
}

function report(message: LoadReport): void {
  process.send?.(message);
}
