import { describe, expect, it } from 'vitest';
import { directConversation } from '../../../shared/conversation.ts';
import type { Client } from '../../client/client.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { Moment } from '../../../shared/moment.ts';
import { contentText } from '../../../shared/content-text.ts';
import type { ServerAdmin } from '../../server/server-admin.ts';
import { StoreError } from '../../store/errors.ts';
import { textMessage, type SimulatedClient } from './chat-simulation.ts';
import type { DiskWrite, FaultyDisk, Refusal } from './faulty-disk.ts';
import { ChatFixture } from './chat-fixture.ts';

/**
 * Runs small stories again and again. Each time, the disk of one machine refuses other writes and commits, until it has
 * refused each that the story has without a fault.
 */
const refusals: readonly Refusal[] = ['statement', 'transaction'];
/** After each fault comes a turn that is saved, and the memory is compared with the disk. Then comes the next fault. */
const commitsBetweenFaults = 1;
/** Far above every back-off after several faults. */
const withinMs = 1_000_000;

/** `place`: where in the story that is. No other write of the story has it. */
type Refuses = (write: DiskWrite, place: string) => Refusal | undefined;
type Tell<Victim> = (victim: Victim, refuses: Refuses) => void;

describe('a disk that refuses its n-th write, for each n', () => {
  it.each(['alice', 'bob', 'server'] as const)(
    '%s: memory and disk never disagree, nothing is lost, nothing doubled',
    (victim) => refuseEach(victim, tellOfWords),
    300_000,
  );

  it.each(['alice', 'the new bob', 'server'] as const)(
    '%s, of keys and choices: memory and disk never disagree, nothing is lost, nothing doubled',
    (victim) => refuseEach(victim, tellOfKeys),
    300_000,
  );
});

function refuseEach<Victim extends string>(victim: Victim, tell: Tell<Victim>): void {
  const places: string[] = [];
  tell(victim, (_write, place) => void places.push(place));
  expect(places.length).toBeGreaterThan(8);
  // A story writes each kind of row several times, so both refusals meet most kinds.
  const left = new Map(places.map((place, at) => [place, refusals[at % refusals.length] ?? 'statement']));
  expect(left.size).toBe(places.length);
  while (left.size > 0) {
    const faults = tellWithFaults(victim, tell, left);
    // Up to its first fault, each story is the one without a fault. So it comes to a place that is left.
    expect(faults).not.toEqual([]);
    for (const place of faults) left.delete(place);
  }
}

/** Returns the places at which the disk refused a write. */
function tellWithFaults<Victim extends string>(
  victim: Victim,
  tell: Tell<Victim>,
  left: ReadonlyMap<string, Refusal>,
): readonly string[] {
  const faults: string[] = [];
  let commits = commitsBetweenFaults;
  const refuses: Refuses = ({ isCommit }, place) => {
    const refusal = left.get(place);
    if (refusal !== undefined && commits >= commitsBetweenFaults) {
      commits = 0;
      faults.push(place);
      // A refused COMMIT leaves its transaction open, and its caller has to roll it back.
      return isCommit ? 'statement' : refusal;
    }
    if (isCommit) commits++;
    return undefined;
  };
  try {
    tell(victim, refuses);
  } catch (error) {
    const refused = faults.map((place) => `${left.get(place) ?? ''} of ${place}`);
    throw new Error(`${victim}, refused: ${refused.join(', then ')}`, { cause: error });
  }
  return faults;
}

/** Messages that are stored and delivered later, messages that are delivered at once, receipts, and a read mark. */
function tellOfWords(victim: 'alice' | 'bob' | 'server', refuses: Refuses): void {
  const chat = new ChatFixture();
  const [alice, bob] = [chat.client('alice'), chat.client('bob')];
  const story = new Story(chat, [alice, bob]);
  story.watch({ alice, bob, server: chat.server }[victim].disk, refuses);
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
  story.does(alice, (client, now) => client.markRead(now, directConversation(bob.key), answer));
  const late = story.says(alice, bob, 'four');
  story.until('delivered', () => alice.stateOf(late) === 'delivered');
  story.until('all receipts are sent', () =>
    [alice, bob].every(({ store }) => store.receipts.senders().length === 0),
  );
  story.until('the server keeps nothing', () =>
    [alice, bob].every(
      ({ key }) =>
        chat.server.store.mailboxes.count(key) === 0 &&
        chat.server.store.bounces.waiting(key, 1).length === 0,
    ),
  );
  expect(bob.textsFrom(alice)).toEqual(['one', 'two', 'four']);
  expect(alice.textsFrom(bob)).toEqual(['three']);
  expect([...early, late].map((id) => bob.timesAnnounced(id))).toEqual([1, 1, 1]);
  expect(alice.timesAnnounced(answer)).toBe(1);
  expect(alice.store.conversations.unreadCount(directConversation(bob.key))).toBe(0);
}

/** Bob loses his folder: his nickname is released and registered again, and Alice accepts his new key. */
function tellOfKeys(victim: 'alice' | 'the new bob' | 'server', refuses: Refuses): void {
  const chat = new ChatFixture();
  const [alice, bob, newBob] = [chat.client('alice'), chat.client('bob'), chat.client('bob')];
  const story = new Story(chat, [alice, newBob]);
  story.watch({ alice, 'the new bob': newBob, server: chat.server }[victim].disk, refuses);
  for (const one of [alice, bob]) story.begin(one);
  story.until('both online', () => alice.isOnline && bob.isOnline && alice.sees(bob) && bob.sees(alice));
  const first = story.says(alice, bob, 'one');
  story.until('delivered', () => alice.stateOf(first) === 'delivered');
  for (const on of [false, true])
    story.does(alice, (client, now) => client.changeSetting(now, 'readReceipts', on));
  story.does(alice, (client, now) => client.setClassic(now, bob.key, true));
  story.does(alice, (client, now) => client.setVerified(now, bob.key, true));
  bob.kill();
  story.until('bob is away', () => !alice.sees(bob));
  const waiting = story.says(alice, bob, 'two');
  story.until('stored', () => alice.stateOf(waiting) === 'stored');
  story.operates((admin, now) => admin.release(now, 'bob'));
  story.begin(newBob);
  story.until('another bob', () => newBob.isOnline && alice.sees(newBob) && newBob.sees(alice));
  const keyConflictOf = (key: PeerKey) =>
    alice.role.contacts().find((one) => one.key === key)?.keyConflict?.type;
  expect([bob, newBob].map(({ key }) => keyConflictOf(key))).toEqual(['changed', 'not-pinned']);
  story.does(alice, (client, now) => client.refuseKey(now, bob.key, newBob.key));
  story.does(alice, (client, now) => client.acceptKey(now, bob.key, newBob.key));
  story.until('delivered to the new key', () => alice.stateOf(waiting) === 'delivered');
  const last = story.says(alice, newBob, 'three');
  story.until('delivered', () => alice.stateOf(last) === 'delivered');
  story.does(newBob, (client, now) => client.markRead(now, directConversation(alice.key), last));
  story.until('read', () => [waiting, last].every((id) => alice.stateOf(id) === 'read'));
  // A message that only the lost folder had is not read.
  expect(alice.stateOf(first)).toBe('delivered');
  expect(newBob.textsFrom(alice)).toEqual(['two', 'three']);
  expect(alice.messagesWith(newBob).map(({ content }) => contentText(content))).toEqual([
    'one',
    'two',
    'three',
  ]);
  expect(alice.role.isClassicWanted(newBob.key)).toBe(true);
  expect(alice.role.settings().readReceipts).toBe(true);
}

interface Compared {
  readonly turns: number;
  readonly writes: number;
  readonly onDisk: unknown;
}

/** Repeats under the same id what the disk has refused. */
class Story {
  readonly #chat: ChatFixture;
  readonly #clients: readonly SimulatedClient[];
  #step = 0;
  /** How often this step has asked for each write. */
  readonly #asked = new Map<string, number>();
  /** A user who repeats a command meets no second fault. */
  #isRetrying = false;
  /** Each client when it was last compared. */
  readonly #compared = new Map<SimulatedClient, Compared>();
  /** The turns that the server had taken then. */
  #serverComparedAt = -1;

  constructor(chat: ChatFixture, clients: readonly SimulatedClient[]) {
    this.#chat = chat;
    this.#clients = clients;
  }

  /** Asks about each write of this disk whether it is refused. */
  watch(disk: FaultyDisk, refuses: Refuses): void {
    disk.refuses = (write) => {
      const count = (this.#asked.get(write.sql) ?? 0) + 1;
      this.#asked.set(write.sql, count);
      return this.#isRetrying ? undefined : refuses(write, `step ${this.#step}, time ${count}: ${write.sql}`);
    };
  }

  #nextStep(): void {
    this.#step++;
    this.#asked.clear();
  }

  /** Starts a process again that cannot save its first step. */
  begin(one: SimulatedClient): void {
    this.#withPatience(
      () => one.start(),
      () => one.kill(),
    );
  }

  does(one: SimulatedClient, run: (client: Client, now: Moment) => unknown): void {
    this.#withPatience(() => one.command(run));
  }

  says(from: SimulatedClient, to: SimulatedClient, text: string): MessageId {
    const id = this.#chat.simulation.newMessageId();
    this.does(from, (client, now) => client.write(now, textMessage(id, to.key, text)));
    return id;
  }

  operates(run: (admin: ServerAdmin, now: Moment) => unknown): void {
    this.#withPatience(() => this.#chat.server.operate(run));
  }

  until(what: string, isDone: () => boolean): void {
    this.#nextStep();
    const isReached = this.#chat.simulation.network.run(withinMs, () => {
      this.#compare();
      return isDone();
    });
    if (!isReached) throw new Error(`not within ${withinMs} ms: ${what}`);
  }

  #withPatience(run: () => unknown, undo: () => void = () => undefined): void {
    this.#nextStep();
    try {
      run();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#compare();
      undo();
      this.#chat.simulation.pass(1_000);
      this.#isRetrying = true;
      run();
      this.#isRetrying = false;
    }
    this.#compare();
  }

  /** Checks that clients and the server show what new processes would read from their disks. */
  #compare(): void {
    if (this.#chat.simulation.faults.length === 0) return;
    for (const one of this.#clients) if (one.isRunning) this.#compareClient(one);
    const { server, serverHost } = this.#chat;
    if (this.#serverComparedAt === serverHost.turns) return;
    const shown = server.people().map(({ nickname }) => nickname);
    const kept = server.store.names.all().map(({ nickname }) => nickname);
    this.#serverComparedAt = serverHost.turns;
    expect(shown, 'server').toEqual(kept.toSorted());
  }

  /** Without a turn since the last comparison, nothing has changed; without a write, only the memory can have. */
  #compareClient(one: SimulatedClient): void {
    const before = this.#compared.get(one);
    const { turns } = one.socketHost;
    const { writes } = one.disk;
    if (before?.turns === turns) return;
    const onDisk = before?.writes === writes ? before.onDisk : durableView(one.asAfterRestart());
    expect(durableView(one.role), one.nickname).toEqual(onDisk);
    this.#compared.set(one, { turns, writes, onDisk });
  }
}

/** The lasting state of a client: without presence, attempts, and the order of contacts. */
function durableView(client: Client): unknown {
  const contacts = client.contacts().toSorted((one, other) => (one.key < other.key ? -1 : 1));
  const conversations = client
    .conversations()
    .toSorted((one, other) => (one.conversation < other.conversation ? -1 : 1));
  return {
    settings: client.settings(),
    contacts: contacts.map(({ key, nickname, keyConflict, verified }) => ({
      key,
      nickname,
      keyConflict,
      verified,
      classic: client.isClassicWanted(key),
    })),
    conversations: conversations.map(({ conversation, unread, messages }) => ({
      conversation,
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
