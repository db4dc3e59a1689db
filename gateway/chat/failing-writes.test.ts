import { describe, expect, it } from 'vitest';
import type { Client } from '../client/client.ts';
import type { MessageId } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import { StoreError } from '../store/errors.ts';
import type { ClientInWorld } from '../testing/chat-world.ts';
import type { DiskWrite, FaultyDisk, Refusal } from '../testing/faulty-disk.ts';
import { SmallChat } from '../testing/small-chat.ts';

/**
 * A small story (words stored and delivered later, words delivered at once, receipts, a read mark), told again and
 * again; each time the disk of one machine refuses one other write or commit, until the story has no further one.
 */
const machines = ['alice', 'bob', 'server'] as const;
const refusals: readonly Refusal[] = ['statement', 'transaction'];
/** Far above every back-off after one fault. */
const withinMs = 300_000;

describe('a disk that refuses its n-th write, for every n', () => {
  it.each(machines)(
    '%s: memory and disk never disagree, nothing is lost, nothing doubled',
    (victim) => {
      const writes = tellStory(victim, () => undefined);
      expect(writes).toBeGreaterThan(8);
      for (let number = 1; number <= writes; number++) {
        for (const refusal of refusals) {
          const at = `${victim}, write ${number} of ${writes}, ${refusal}`;
          let seen = 0;
          let refused = false;
          const count = tellStory(
            victim,
            ({ isCommit }) => {
              if (++seen !== number) return undefined;
              refused = true;
              // A COMMIT that is refused leaves its transaction to whoever asked.
              return isCommit ? 'statement' : refusal;
            },
            at,
          );
          expect(refused, at).toBe(true);
          expect(count, at).toBeGreaterThanOrEqual(number);
        }
      }
    },
    300_000,
  );
});

/** Gives how many writes the victim's disk was asked for. */
function tellStory(
  victim: (typeof machines)[number],
  refuses: (write: DiskWrite) => Refusal | undefined,
  at = 'without a fault',
): number {
  const chat = new SmallChat();
  const [alice, bob] = [chat.person('alice'), chat.person('bob')];
  const story = new Story(chat, [alice, bob], at);
  let writes = 0;
  const disk: FaultyDisk = { alice, bob, server: chat.server }[victim].disk;
  disk.refuses = (write) => {
    writes++;
    return refuses(write);
  };
  for (const one of [alice, bob]) story.begin(one);
  story.until('both online', () => alice.isOnline && bob.isOnline && alice.sees(bob) && bob.sees(alice));
  story.does(bob, (client, now) => client.deregister(now));
  story.until('bob is away', () => bob.role.session().phase === 'offline' && !alice.sees(bob));
  const early = ['one', 'two'].map((text) => story.says(alice, bob, text));
  story.until('stored', () => early.every((id) => alice.stateOf(id) === 'stored'));
  story.does(bob, (client, now) => client.register(now));
  story.until('delivered later', () => early.every((id) => alice.stateOf(id) === 'delivered'));
  const answer = story.says(bob, alice, 'three');
  story.until('the answer is here', () => bob.stateOf(answer) === 'delivered');
  story.does(alice, (client, now) => client.markRead(now, bob.key, answer));
  const late = story.says(alice, bob, 'four');
  story.until('delivered', () => alice.stateOf(late) === 'delivered');
  story.until('nobody owes a receipt', () =>
    [alice, bob].every(({ store }) => store.receipts.senders().length === 0),
  );
  story.until('the server keeps nothing', () =>
    [alice, bob].every(
      ({ key }) =>
        chat.server.store.mailboxes.count(key) === 0 &&
        chat.server.store.notices.waiting(key, 1).length === 0,
    ),
  );
  expect(bob.textsFrom(alice), at).toEqual(['one', 'two', 'four']);
  expect(alice.textsFrom(bob), at).toEqual(['three']);
  expect(
    [...early, late].map((id) => bob.timesAnnounced(id)),
    at,
  ).toEqual([1, 1, 1]);
  expect(alice.timesAnnounced(answer), at).toBe(1);
  expect(alice.store.messages.unreadCount(bob.key), at).toBe(0);
  return writes;
}

/** Whoever tells it does again what the disk has refused, under the same id. */
class Story {
  readonly #chat: SmallChat;
  readonly #people: readonly ClientInWorld[];
  readonly #at: string;

  constructor(chat: SmallChat, people: readonly ClientInWorld[], at: string) {
    this.#chat = chat;
    this.#people = people;
    this.#at = at;
  }

  /** A process that cannot save its first step is started again. */
  begin(one: ClientInWorld): void {
    this.#withPatience(
      () => one.start(),
      () => one.kill(),
    );
  }

  does(one: ClientInWorld, run: (client: Client, now: Moment) => unknown): void {
    this.#withPatience(() => one.command(run));
  }

  says(from: ClientInWorld, to: ClientInWorld, text: string): MessageId {
    const id = this.#chat.world.newMessageId();
    this.does(from, (client, now) => client.send(now, { id, to: to.key, text }));
    return id;
  }

  until(what: string, isDone: () => boolean): void {
    const isReached = this.#chat.world.network.run(withinMs, () => {
      this.#compare();
      return isDone();
    });
    if (!isReached) throw new Error(`${this.#at}: not within ${withinMs} ms: ${what}`);
  }

  #withPatience(run: () => unknown, undo: () => void = () => undefined): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#compare();
      undo();
      this.#chat.world.pass(1_000);
      run();
    }
    this.#compare();
  }

  /** What a client shows is what a process that starts now would read from its disk. */
  #compare(): void {
    if (this.#chat.world.faults.length === 0) return;
    for (const one of this.#people) {
      if (!one.isRunning) continue;
      expect(durableView(one.role), `${this.#at}: ${one.nickname}`).toEqual(
        durableView(one.asAfterRestart()),
      );
    }
  }
}

/** All that is not only of the moment: who is online, and which try is under way. */
function durableView(client: Client): unknown {
  return {
    people: client.people().map(({ key, nickname }) => ({
      key,
      nickname,
      classic: client.isClassicWanted(key),
    })),
    conversations: client.conversations().map(({ peer, unread, messages }) => ({
      peer,
      unread,
      messages: messages.map(({ delivery, ...message }) => ({
        ...message,
        stage: stageOf(delivery?.state),
      })),
    })),
  };
}

function stageOf(state: string | undefined): string | undefined {
  return state === 'sending' || state === 'waiting' ? 'saved' : state;
}
