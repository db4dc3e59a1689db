import assert from 'node:assert/strict';
import type { BridgeEvent } from '../../shared/bridge/events.ts';
import type { MessageId } from '../../shared/ids.ts';
import type { Delivery } from '../../shared/message.ts';
import type { ClientInWorld } from './chat-world.ts';
import type { ServerInWorld } from './server-in-world.ts';

/** A message of a storm, from the moment at which its sender had "saved in my outbox". */
interface Spoken {
  readonly from: ClientInWorld;
  readonly to: ClientInWorld;
  readonly text: string;
  /** How often the server had lost what it knew before this was said. */
  readonly serverLosses: number;
  /** What its sender was shown last, over all lives. */
  shown: Delivery['state'];
}

/**
 * Everything that was said in a storm over the whole chat. Watches what each gateway tells its faces while the storm
 * lasts, and compares screens when it is over; throws at the first thing that DESIGN section 5 rules out.
 */
export class ChatLedger {
  readonly #server: ServerInWorld;
  readonly #spoken = new Map<MessageId, Spoken>();
  /** Of `message` events. */
  readonly #announced = new Set<string>();
  #serverLosses = 0;

  constructor(server: ServerInWorld) {
    this.#server = server;
  }

  get count(): number {
    return this.#spoken.size;
  }

  /** From now on everything is looked at that this person is shown. */
  watch(person: ClientInWorld): void {
    person.onEvent = (event) => this.#see(person, event);
  }

  /** This message is in its sender's outbox, on disk. */
  said(id: MessageId, from: ClientInWorld, to: ClientInWorld, text: string): void {
    this.#spoken.set(id, { from, to, text, serverLosses: this.#serverLosses, shown: 'saved' });
  }

  /** The server has forgotten something that it kept. */
  serverLost(): void {
    this.#serverLosses++;
  }

  get isAllDelivered(): boolean {
    return [...this.#spoken].every(([id, { from }]) => progressOf(from, id) === 'delivered');
  }

  /** For whoever reads of a storm that did not come to an end. */
  undelivered(): string {
    const open = [...this.#spoken].filter(([id, { from }]) => progressOf(from, id) !== 'delivered');
    return open.map(([id, { text, shown }]) => `${text} (${id}, ${shown})`).join('; ');
  }

  /** Whether each screen shows everything that was said to its person, once and in the order of each sender. */
  checkScreens(people: readonly ClientInWorld[]): void {
    for (const to of people) {
      for (const from of people) {
        if (from === to) continue;
        const said = [...this.#spoken.values()].filter((spoken) => spoken.from === from && spoken.to === to);
        assert.deepEqual(
          to.textsFrom(from),
          said.map(({ text }) => text),
          `what ${to.nickname} reads of ${from.nickname}`,
        );
      }
    }
    for (const [id, { from, text }] of this.#spoken)
      assert.equal(from.stateOf(id), 'delivered', `what ${from.nickname} is shown of ${text}`);
  }

  #see(person: ClientInWorld, event: BridgeEvent): void {
    if (event.type === 'message') {
      const name = `${person.nickname} ${event.message.id}`;
      assert(!this.#announced.has(name), `${event.message.text} was announced twice to ${person.nickname}`);
      this.#announced.add(name);
    } else if (event.type === 'delivery') this.#seeDelivery(person, event.id, event.delivery.state);
  }

  #seeDelivery(person: ClientInWorld, id: MessageId, state: Delivery['state']): void {
    const spoken = this.#spoken.get(id);
    // What is told in the very turn that saves it comes before it is written down here.
    if (spoken === undefined) return;
    const { to, text, shown } = spoken;
    assert.equal(person, spoken.from, `${text} is not ${person.nickname}'s`);
    assert.notEqual(state, 'failed', `nothing refuses ${text} for ever`);
    assert(shown !== 'delivered' || state === 'delivered', `${text} was delivered, and now is ${state}`);
    const isThere = to.store.messages.find(id) !== undefined;
    if (state === 'delivered')
      assert(isThere, `${text} is called delivered, and ${to.nickname} does not have it`);
    // A server that has lost it since had it nevertheless.
    if (state === 'stored' && spoken.serverLosses === this.#serverLosses)
      assert(
        isThere || this.#server.store.mailboxes.has(to.key, person.key, id),
        `${text} is called stored, and nobody keeps it`,
      );
    spoken.shown = state;
  }
}

function progressOf(from: ClientInWorld, id: MessageId): string | undefined {
  return from.store.messages.find(id)?.progress?.stage;
}
