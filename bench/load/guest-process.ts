import { setTimeout as delay } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { parseMessageId } from '../../shared/ids.ts';
import { roomConversation } from '../../shared/conversation.ts';
import { everyoneRoom } from '../../shared/rooms/room-state.ts';
import { ScriptedGuest } from '../../gateway/system-tests/scripted-guest.ts';

/** What e2e/guest-load-bench.ts asks of a process with guests. */
export type GuestLoadCommand =
  /** The guests write to #everyone in turn, until the process ends. */
  { readonly type: 'write'; readonly perSecond: number };

export interface GuestLoadReport {
  /** How many guests are online in the chat. */
  readonly online: number;
  /** How many messages they have written. */
  readonly written: number;
  /** The reasons for which pages ended. */
  readonly ended: readonly string[];
}

/**
 * A process with guests of one gateway: pages without a browser, over real WebSockets. Run as `<link> <how many guests>`.
 */

const [link = '', count = ''] = process.argv.slice(2);
/** Each guest comes this long after the one before: one address is let in at this rate. */
const arrivalMs = 300;
const lookMs = 20;
/** The length of a line of chat. */
const textCharacters = 60;

const guests: ScriptedGuest[] = [];
let written = 0;

setInterval(() => {
  process.send?.({
    online: guests.filter(({ chat }) => chat.session.phase === 'online').length,
    written,
    ended: guests.flatMap(({ ended }) => ended ?? []),
  } satisfies GuestLoadReport);
}, 200);
process.on('message', ({ perSecond }: GuestLoadCommand) => void write(perSecond));
for (let index = 0; index < Number(count); index++) {
  const guest = new ScriptedGuest(link, `guest-${index}`);
  guests.push(guest);
  await delay(arrivalMs);
  while (!guest.isAdmitted) await delay(lookMs);
  await guest.execute({ type: 'join', nickname: `guest-${index}`, server: { address: 'any' } });
}

async function write(perSecond: number): Promise<void> {
  const startMs = performance.now();
  for (let index = 0; ; index++) {
    await delay(Math.max(0, startMs + (1_000 * index) / perSecond - performance.now()));
    const id = parseMessageId(uuidv7());
    if (id === undefined) throw new Error('a new id is no message id');
    const text = `line ${index} `.padEnd(textCharacters, 'x');
    const answer = await guests[index % guests.length]?.execute({
      type: 'send',
      id,
      conversation: roomConversation(everyoneRoom),
      content: { kind: 'text', text },
    });
    if (answer?.status !== 'done') throw new Error(`a guest could not write: ${JSON.stringify(answer)}`);
    written++;
  }
}
