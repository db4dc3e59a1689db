import assert from 'node:assert/strict';
import { directConversation } from '../../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { SeededRandom } from '../../net/seeded-random.ts';
import { StoreError } from '../../store/errors.ts';
import type { StormUser } from './chat-invariants.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { unlessDiskFails } from './faulty-disk.ts';

/** Somebody looked at a conversation. */
interface Reading {
  readonly reader: SimulatedClient;
  readonly of: PeerKey;
  /** What of the other's words stood there, up to where was read. */
  readonly seen: ReadonlySet<MessageId>;
  /** The other may know. */
  readonly isTold: boolean;
}

/** Who read what in a storm over the whole chat, and what others may therefore be shown as read. */
export class ReadingInvariants {
  readonly #chance: SeededRandom;
  #readings: Reading[] = [];
  /** Somebody did not want that others know, at some time. */
  #wasSecret = false;

  constructor(chance: SeededRandom) {
    this.#chance = chance;
  }

  get count(): number {
    return this.#readings.length;
  }

  /** Somebody opens a conversation, and has read to its end or to somewhere before. */
  read(reader: SimulatedClient): void {
    if (!reader.isRunning) return;
    const people = reader.role.people();
    const peer = people[this.#chance.below(people.length)]?.key;
    if (peer === undefined || peer === reader.key) return;
    const back = this.#chance.below(3) === 0 ? this.#chance.below(6) : 0;
    this.#readUpTo(reader, peer, back);
  }

  /** From now on others hear of this person's reading, or not any more. */
  decide(reader: SimulatedClient): void {
    if (!reader.isRunning) return;
    const isOn = this.#chance.below(2) === 0;
    if (!isOn) this.#wasSecret = true;
    unlessDiskFails(() => reader.command((client, now) => client.changeSetting(now, 'readReceipts', isOn)));
  }

  /** `read` may be shown of this message only if its recipient has read it and lets others know. */
  checkShown(id: MessageId, from: SimulatedClient, to: StormUser): void {
    const reading = this.#readings.find(
      (one) => one.isTold && to.gateways.includes(one.reader) && one.of === from.key && one.seen.has(id),
    );
    assert(
      reading !== undefined,
      `${id} of ${from.nickname} is called read, and ${to.nickname} has not read it`,
    );
  }

  /** Of all that stands on these screens, read by who always lets others know, its sender is shown that it was. */
  isAllTold(people: readonly SimulatedClient[]): boolean {
    if (this.#wasSecret) return true;
    return people.every((reader) =>
      people.every((writer) => {
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

  /** Everybody lets others know, and reads everything. */
  readAll(people: readonly SimulatedClient[]): void {
    for (const reader of people) {
      reader.command((client, now) => client.changeSetting(now, 'readReceipts', true));
      for (const { key } of reader.role.people()) if (key !== reader.key) this.#readUpTo(reader, key, 0);
    }
  }

  /** Everything that is here is known to be read. */
  isAllRead(people: readonly SimulatedClient[]): boolean {
    return people.every((reader) =>
      people.every(
        (writer) => reader === writer || this.#heard(reader, writer).every((id) => isShownRead(writer, id)),
      ),
    );
  }

  /** What the one has of the other's words, as far as the other has them too, and knows that. */
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
      .people()
      .some(({ key, keyConflict }) => key === of && keyConflict !== undefined);
    const isTold = reader.role.settings().readReceipts && !isInDoubt;
    const reading: Reading = { reader, of, seen: new Set(seen), isTold };
    this.#readings.push(reading);
    try {
      reader.command((client, now) => client.markRead(now, directConversation(of), last));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // A process that died on the way may have told it.
      if (!reader.disk.isProcessDead) this.#readings = this.#readings.filter((one) => one !== reading);
    }
  }
}

function isShownRead(writer: SimulatedClient, id: MessageId): boolean {
  return writer.storedStageOf(id) === 'read';
}
