import assert from 'node:assert/strict';
import { directConversation } from '../../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { SeededRandom } from '../../net/seeded-random.ts';
import { StoreError } from '../../store/errors.ts';
import type { StormUser } from './chat-invariants.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { unlessDiskFails } from './faulty-disk.ts';

/** One reading of a conversation. */
interface Reading {
  readonly reader: SimulatedClient;
  readonly of: PeerKey;
  /** The other user's messages up to the place that was read. */
  readonly seen: ReadonlySet<MessageId>;
  /** Whether the other user may know. */
  readonly isTold: boolean;
}

/** The readings of a storm, and which messages senders may therefore be shown as read. */
export class ReadingInvariants {
  readonly #chance: SeededRandom;
  #readings: Reading[] = [];
  /** A user disabled read receipts at some time. */
  #wasSecret = false;

  constructor(chance: SeededRandom) {
    this.#chance = chance;
  }

  get count(): number {
    return this.#readings.length;
  }

  /** A user opens a conversation, and reads to its end or to an earlier message. */
  read(reader: SimulatedClient): void {
    if (!reader.isRunning) return;
    const contacts = reader.role.contacts();
    const peer = contacts[this.#chance.below(contacts.length)]?.key;
    if (peer === undefined || peer === reader.key) return;
    const back = this.#chance.below(3) === 0 ? this.#chance.below(6) : 0;
    this.#readUpTo(reader, peer, back);
  }

  /** Switches the read receipts of a user. */
  decide(reader: SimulatedClient): void {
    if (!reader.isRunning) return;
    const isOn = this.#chance.below(2) === 0;
    if (!isOn) this.#wasSecret = true;
    unlessDiskFails(() => reader.command((client, now) => client.changeSetting(now, 'readReceipts', isOn)));
  }

  /** Checks that a message shown as read was read by its recipient, with read receipts on. */
  checkShown(id: MessageId, from: SimulatedClient, to: StormUser): void {
    const reading = this.#readings.find(
      (one) => one.isTold && to.gateways.includes(one.reader) && one.of === from.key && one.seen.has(id),
    );
    assert(
      reading !== undefined,
      `${id} of ${from.nickname} is called read, and ${to.nickname} has not read it`,
    );
  }

  /** Whether the sender sees each reading by a user that always had read receipts on. */
  isAllTold(clients: readonly SimulatedClient[]): boolean {
    if (this.#wasSecret) return true;
    return clients.every((reader) =>
      clients.every((writer) => {
        const isRead = reader.role
          .conversations()
          .some(
            ({ conversation, unread }) => conversation === directConversation(writer.key) && unread === 0,
          );
        return (
          reader === writer || !isRead || this.#heard(reader, writer).every((id) => isShownRead(writer, id))
        );
      }),
    );
  }

  /** Lets all users switch read receipts on and read everything. */
  readAll(clients: readonly SimulatedClient[]): void {
    for (const reader of clients) {
      reader.command((client, now) => client.changeSetting(now, 'readReceipts', true));
      for (const { key } of reader.role.contacts()) if (key !== reader.key) this.#readUpTo(reader, key, 0);
    }
  }

  /** Whether all messages are shown as read. */
  isAllRead(clients: readonly SimulatedClient[]): boolean {
    return clients.every((reader) =>
      clients.every(
        (writer) => reader === writer || this.#heard(reader, writer).every((id) => isShownRead(writer, id)),
      ),
    );
  }

  /** The messages that the reader has and that their sender knows to be delivered. */
  #heard(reader: SimulatedClient, writer: SimulatedClient): MessageId[] {
    return reader
      .messagesWith(writer)
      .filter(({ author, id }) => author !== reader.key && writer.store.messages.find(id) !== undefined)
      .map(({ id }) => id);
  }

  #readUpTo(reader: SimulatedClient, of: PeerKey, back: number): void {
    const heard = reader.messagesWith({ key: of }).filter(({ author }) => author !== reader.key);
    const seen = heard.slice(0, heard.length - back).map(({ id }) => id);
    const last = seen.at(-1);
    if (last === undefined) return;
    const isInDoubt = reader.role
      .contacts()
      .some(({ key, keyConflict }) => key === of && keyConflict !== undefined);
    const isTold = reader.role.settings().readReceipts && !isInDoubt;
    const reading: Reading = { reader, of, seen: new Set(seen), isTold };
    this.#readings.push(reading);
    try {
      reader.command((client, now) => client.markRead(now, directConversation(of), last));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // A process that died may have sent the receipt.
      if (!reader.disk.isProcessDead) this.#readings = this.#readings.filter((one) => one !== reading);
    }
  }
}

function isShownRead(writer: SimulatedClient, id: MessageId): boolean {
  return writer.storedStageOf(id) === 'read';
}
