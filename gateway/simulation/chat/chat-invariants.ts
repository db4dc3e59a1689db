import assert from 'node:assert/strict';
import type { ClientEvent } from '../../client/client-event.ts';
import { roomOfConversation } from '../../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import { contentText } from '../../../shared/content-text.ts';
import type { Delivery } from '../../../shared/message.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import type { SimulatedServer } from './simulated-server.ts';
import type { ReadingInvariants } from './reading-invariants.ts';

/** A user and all gateways that it has had. A gateway with another key replaces one that lost its data folder. */
export interface StormUser {
  readonly nickname: string;
  /** The newest last. */
  readonly gateways: SimulatedClient[];
}

/** A message of a storm, from the moment when it was saved in its sender's outbox. */
interface SentMessage {
  readonly from: SimulatedClient;
  readonly to: StormUser;
  readonly text: string;
  /** How often the server had lost its data before this message. */
  readonly serverLosses: number;
  /** The last state that its sender was shown, over all processes. */
  shown: Delivery['state'];
}

/**
 * The invariants of a storm over a whole chat. Checks the events of each gateway during the storm, and compares screens
 * after it. Throws at the first violation: a lost, duplicated or misplaced message, or a false state.
 */
export class ChatInvariants {
  readonly #server: SimulatedServer;
  readonly #sent = new Map<MessageId, SentMessage>();
  /** The messages that `message` events have announced. */
  readonly #announced = new Set<string>();
  #serverLosses = 0;
  readonly #lost = new Set<SimulatedClient>();
  readonly #readings: ReadingInvariants;

  constructor(server: SimulatedServer, readings: ReadingInvariants) {
    this.#server = server;
    this.#readings = readings;
  }

  get count(): number {
    return this.#sent.size;
  }

  /** Checks all events of this client from now on. */
  watch(client: SimulatedClient): void {
    client.onEvent = (event) => this.#see(client, event);
  }

  /** Records a message that is in its sender's outbox on disk. */
  recordSent(id: MessageId, from: SimulatedClient, to: StormUser, text: string): void {
    this.#sent.set(id, { from, to, text, serverLosses: this.#serverLosses, shown: 'saved' });
  }

  /** Records that the gateway lost its disk. */
  lose(gateway: SimulatedClient): void {
    this.#lost.add(gateway);
  }

  /** Records that the server lost data. */
  serverLost(): void {
    this.#serverLosses++;
  }

  get isAllDelivered(): boolean {
    return this.#undelivered().length === 0;
  }

  /** Describes the undelivered messages, for the error of a storm that does not settle. */
  undelivered(): string {
    return this.#undelivered()
      .map(([id, { text, shown }]) => `${text.slice(0, 20)} (${id}, ${shown})`)
      .join('; ');
  }

  /** Checks that each screen shows each message to its user, once and in the order of each sender. */
  checkScreens(users: readonly StormUser[]): void {
    for (const to of users) for (const from of users) if (from !== to) this.#checkScreen(from, to);
    for (const [id, { from, to, text }] of this.#sent) {
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
    const written = [...this.#sent].filter(([, one]) => from.gateways.includes(one.from) && one.to === to);
    assert.equal(
      new Set(heard).size,
      heard.length,
      `${to.nickname} reads something of ${from.nickname} twice`,
    );
    for (const gateway of from.gateways) {
      const sent = written.filter(([, one]) => one.from === gateway);
      // A message that was lost with the sender's disk, or with the disk of a recipient that had it, cannot be here.
      const isOwed = (id: MessageId): boolean =>
        !this.#lost.has(gateway) && !to.gateways.some((other) => other !== reader && hasIt(other, id));
      const expected = sent.filter(([id, { text }]) => isOwed(id) || heard.includes(text));
      const texts = new Set(sent.map(([, { text }]) => text));
      assert.deepEqual(
        heard.filter((text) => texts.has(text)),
        expected.map(([, { text }]) => text),
        `what ${to.nickname} reads of ${from.nickname}`,
      );
    }
    const known = new Set(written.map(([, { text }]) => text));
    assert(
      heard.every((text) => known.has(text)),
      `${to.nickname} reads what ${from.nickname} never sent`,
    );
  }

  #undelivered(): [MessageId, SentMessage][] {
    return [...this.#sent].filter(
      ([id, { from }]) => !this.#lost.has(from) && !isArrived(from.storedStageOf(id)),
    );
  }

  #see(client: SimulatedClient, event: ClientEvent): void {
    // The log of a room that a server lost comes again with its backup (room-storm.ts).
    if (event.type === 'message' && roomOfConversation(event.message.conversation) === undefined) {
      const name = `${client.key} ${event.message.id}`;
      assert(
        !this.#announced.has(name),
        `${contentText(event.message.content)} was announced twice to ${client.nickname}`,
      );
      this.#announced.add(name);
    } else if (event.type === 'delivery') this.#seeDelivery(client, event.id, event.delivery.state);
  }

  #seeDelivery(client: SimulatedClient, id: MessageId, state: Delivery['state']): void {
    const written = this.#sent.get(id);
    // An event of the turn that saves the message comes before the message is recorded here.
    if (written === undefined) return;
    const { to, text, shown } = written;
    assert.equal(client, written.from, `${text} is not ${client.nickname}'s`);
    assert.notEqual(state, 'failed', `nothing refuses ${text} for ever`);
    assert(!isArrived(shown) || isArrived(state), `${text} was delivered, and now is ${state}`);
    assert(shown !== 'read' || state === 'read', `${text} was read, and now is ${state}`);
    const isThere = isWith(to, id);
    if (isArrived(state))
      assert(isThere, `${text} is shown as ${state}, and ${to.nickname} does not have it`);
    if (state === 'read') this.#readings.checkShown(id, client, to);
    // A server that has lost data since may have lost this message, too.
    if (state === 'stored' && written.serverLosses === this.#serverLosses)
      assert(
        isThere || to.gateways.some(({ key }) => this.#server.store.mailboxes.has(key, client.key, id)),
        `${text} is shown as stored, and neither the server nor the recipient has it`,
      );
    written.shown = state;
  }
}

/** Returns the key under which `from` can send to this user. */
export function keyKnownOf({ nickname }: StormUser, from: SimulatedClient): PeerKey | undefined {
  return from.role.contacts().find((row) => row.nickname === nickname && row.keyConflict === undefined)?.key;
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
