import assert from 'node:assert/strict';
import type { ClientEvent } from '../../client/client-event.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { Delivery } from '../../../shared/message.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import type { SimulatedServer } from './simulated-server.ts';
import type { ReadingInvariants } from './reading-invariants.ts';

/** Somebody, and the gateways that this person has had: another one, with another key, when a data folder was lost. */
export interface StormUser {
  readonly nickname: string;
  /** The newest last. */
  readonly gateways: SimulatedClient[];
}

/** A message of a storm, from the moment at which its sender had "saved in my outbox". */
interface Spoken {
  readonly from: SimulatedClient;
  readonly to: StormUser;
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
export class ChatInvariants {
  readonly #server: SimulatedServer;
  readonly #spoken = new Map<MessageId, Spoken>();
  /** Of `message` events. */
  readonly #announced = new Set<string>();
  #serverLosses = 0;
  readonly #lost = new Set<SimulatedClient>();
  readonly #readings: ReadingInvariants;

  constructor(server: SimulatedServer, readings: ReadingInvariants) {
    this.#server = server;
    this.#readings = readings;
  }

  get count(): number {
    return this.#spoken.size;
  }

  /** From now on everything is looked at that this person is shown. */
  watch(person: SimulatedClient): void {
    person.onEvent = (event) => this.#see(person, event);
  }

  /** This message is in its sender's outbox, on disk. */
  said(id: MessageId, from: SimulatedClient, to: StormUser, text: string): void {
    this.#spoken.set(id, { from, to, text, serverLosses: this.#serverLosses, shown: 'saved' });
  }

  /** What this gateway had is lost with its disk. */
  lose(gateway: SimulatedClient): void {
    this.#lost.add(gateway);
  }

  /** The server has forgotten something that it kept. */
  serverLost(): void {
    this.#serverLosses++;
  }

  get isAllDelivered(): boolean {
    return this.#undelivered().length === 0;
  }

  /** For whoever reads of a storm that did not come to an end. */
  undelivered(): string {
    return this.#undelivered()
      .map(([id, { text, shown }]) => `${text.slice(0, 20)} (${id}, ${shown})`)
      .join('; ');
  }

  /** Whether each screen shows everything that was said to its person, once and in the order of each sender. */
  checkScreens(people: readonly StormUser[]): void {
    for (const to of people) for (const from of people) if (from !== to) this.#checkScreen(from, to);
    for (const [id, { from, to, text }] of this.#spoken) {
      if (this.#lost.has(from)) continue;
      assert.match(
        from.stateOf(id) ?? 'gone',
        /^(delivered|read)$/u,
        `what ${from.nickname} is shown of ${text}`,
      );
      assert(isWith(to, id), `${text} is with ${to.nickname}`);
    }
  }

  #checkScreen(from: StormUser, to: StormUser): void {
    const [writer, reader] = [newestOf(from), newestOf(to)];
    const heard = reader.textsFrom(writer);
    const spoken = [...this.#spoken].filter(([, one]) => from.gateways.includes(one.from) && one.to === to);
    assert.equal(
      new Set(heard).size,
      heard.length,
      `${to.nickname} reads something of ${from.nickname} twice`,
    );
    for (const gateway of from.gateways) {
      const said = spoken.filter(([, one]) => one.from === gateway);
      // What went down with a disk, its own or that of who had it already, cannot be here.
      const isOwed = (id: MessageId): boolean =>
        !this.#lost.has(gateway) && !to.gateways.some((other) => other !== reader && hasIt(other, id));
      const expected = said.filter(([id, { text }]) => isOwed(id) || heard.includes(text));
      const texts = new Set(said.map(([, { text }]) => text));
      assert.deepEqual(
        heard.filter((text) => texts.has(text)),
        expected.map(([, { text }]) => text),
        `what ${to.nickname} reads of ${from.nickname}`,
      );
    }
    const known = new Set(spoken.map(([, { text }]) => text));
    assert(
      heard.every((text) => known.has(text)),
      `${to.nickname} reads what ${from.nickname} never said`,
    );
  }

  #undelivered(): [MessageId, Spoken][] {
    return [...this.#spoken].filter(
      ([id, { from }]) => !this.#lost.has(from) && !isArrived(from.storedStageOf(id)),
    );
  }

  #see(person: SimulatedClient, event: ClientEvent): void {
    if (event.type === 'message') {
      const name = `${person.key} ${event.message.id}`;
      assert(
        !this.#announced.has(name),
        `${event.message.content.text} was announced twice to ${person.nickname}`,
      );
      this.#announced.add(name);
    } else if (event.type === 'delivery') this.#seeDelivery(person, event.id, event.delivery.state);
  }

  #seeDelivery(person: SimulatedClient, id: MessageId, state: Delivery['state']): void {
    const spoken = this.#spoken.get(id);
    // What is told in the very turn that saves it comes before it is written down here.
    if (spoken === undefined) return;
    const { to, text, shown } = spoken;
    assert.equal(person, spoken.from, `${text} is not ${person.nickname}'s`);
    assert.notEqual(state, 'failed', `nothing refuses ${text} for ever`);
    assert(!isArrived(shown) || isArrived(state), `${text} was delivered, and now is ${state}`);
    assert(shown !== 'read' || state === 'read', `${text} was read, and now is ${state}`);
    const isThere = isWith(to, id);
    if (isArrived(state)) assert(isThere, `${text} is called ${state}, and ${to.nickname} does not have it`);
    if (state === 'read') this.#readings.checkShown(id, person, to);
    // A server that has lost it since had it nevertheless.
    if (state === 'stored' && spoken.serverLosses === this.#serverLosses)
      assert(
        isThere || to.gateways.some(({ key }) => this.#server.store.mailboxes.has(key, person.key, id)),
        `${text} is called stored, and nobody keeps it`,
      );
    spoken.shown = state;
  }
}

/** Under which key this person can be written to. */
export function keyKnownOf({ nickname }: StormUser, from: SimulatedClient): PeerKey | undefined {
  return from.role.people().find((row) => row.nickname === nickname && row.keyConflict === undefined)?.key;
}

function isArrived(stage: string | undefined): boolean {
  return stage === 'delivered' || stage === 'read';
}

function newestOf({ nickname, gateways }: StormUser): SimulatedClient {
  const newest = gateways.at(-1);
  if (newest === undefined) throw new RangeError(`${nickname} has a gateway`);
  return newest;
}

function hasIt(gateway: SimulatedClient, id: MessageId): boolean {
  return gateway.store.messages.find(id) !== undefined;
}

function isWith({ gateways }: StormUser, id: MessageId): boolean {
  return gateways.some((gateway) => hasIt(gateway, id));
}
