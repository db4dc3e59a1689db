import { setTimeout as delay } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { ScriptedGuest } from '../../gateway/system-tests/scripted-guest.ts';
import { roomConversation } from '../../shared/conversation.ts';
import { parseMessageId } from '../../shared/ids.ts';

/** The order of e2e/guest-load-bench.ts to this process: its one argument, in JSON. */
export interface GuestLoadOrder {
  readonly link: string;
  readonly guests: number;
  /** Messages a second of all guests together, in #everyone. */
  readonly rate: number;
}
/** This process says when all guests are in, begins when it is told to, and ends when it is told again. */
export type GuestLoadReport =
  | { readonly type: 'in' }
  | { readonly type: 'done'; readonly sent: number; readonly timesMs: readonly number[] };

const { link, guests: count, rate } = JSON.parse(process.argv[2] ?? '') as GuestLoadOrder;
const joinedWithinMs = 120_000;

const guests: ScriptedGuest[] = [];
for (let index = 0; index < count; index++)
  guests.push(await comeIn(`guest${index}`, `127.0.0.${101 + (index % 8)}`));
send({ type: 'in' });
const over = new AbortController();
await told();
void told().then(() => over.abort());

const sentAtMs = new Map<string, number>();
for (let index = 0; !over.signal.aborted; index++) {
  const guest = guests[index % guests.length];
  const id = parseMessageId(uuidv7());
  if (guest === undefined || id === undefined) throw new Error('a UUIDv7 is a message id');
  sentAtMs.set(id, performance.now());
  const content = { kind: 'text', text: `I am number ${index}, and the soup is hot.` } as const;
  void guest.execute({ type: 'send', id, conversation: everyone(guest), content });
  await delay(1_000 / rate);
}
await delay(2_000);
const timesMs = guests
  .slice(0, 10)
  .flatMap(({ shownAtMs }) =>
    [...sentAtMs].map(([id, ms]) => (shownAtMs.get(id) ?? Number.POSITIVE_INFINITY) - ms),
  );
send({ type: 'done', sent: sentAtMs.size, timesMs });
await told();
process.exit(0);

/** One address can take only half of the places. */
async function comeIn(nickname: string, from: string): Promise<ScriptedGuest> {
  const guest = new ScriptedGuest(link, nickname, undefined, from);
  await until(() => guest.isAdmitted, guest);
  const answer = await guest.execute({ type: 'join', nickname, server: { address: 'any' } });
  if (answer.status !== 'done') throw new Error(`${nickname} cannot join: ${answer.code}`);
  await until(() => guest.chat.session.phase === 'online' && guest.chat.rooms.size > 0, guest);
  return guest;
}

async function until(isTrue: () => boolean, guest: ScriptedGuest): Promise<void> {
  for (let endMs = performance.now() + joinedWithinMs; !isTrue();) {
    if (performance.now() > endMs || guest.ended !== undefined)
      throw new Error(`a guest is out: ${guest.ended}`);
    await delay(5);
  }
}

function everyone({ chat }: ScriptedGuest) {
  const [room] = chat.rooms.keys();
  if (room === undefined) throw new Error('each server has #everyone');
  return roomConversation(room);
}

function told(): Promise<unknown> {
  return new Promise((resolve) => process.once('message', resolve));
}

function send(report: GuestLoadReport): void {
  process.send?.(report);
}
